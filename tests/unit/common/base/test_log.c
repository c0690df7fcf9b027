/* Log lines. */
#include "common/base/log.h"

#include "common/base/utf8.h"
#include "tests/lib/test.h"

static char last_line[4096];
static unsigned line_count;

static void keep_line(enum log_level level, const char *line)
{
    (void)level;
    assert_true(strlen(line) < sizeof last_line);
    strcpy(last_line, line);
    line_count++;
}

static int set_sink(void **state)
{
    (void)state;
    line_count = 0;
    log_set_level(LOG_INFO);
    log_set_sink(keep_line);
    return 0;
}

static int clear_sink(void **state)
{
    (void)state;
    log_set_sink(NULL);
    log_set_level(LOG_INFO);
    return 0;
}

/* A line says when, how severe and what, then the caller's pairs. */
static void log_write__event__time_level_event_pairs(void **state)
{
    (void)state;
    log_write(LOG_WARN, "session_ready", "session=%u role=%s", 42U, "clerk");
    assert_int_equal(line_count, 1);
    assert_memory_equal(last_line, "time=2", 6);
    assert_non_null(strstr(last_line, "Z level=warn event=session_ready session=42 role=clerk"));
}

/* Less severe lines than the level are not even formatted. */
static void log_write__below_the_level__nothing(void **state)
{
    (void)state;
    log_write(LOG_DEBUG, "x", "%s", "y");
    assert_int_equal(line_count, 0);
    log_set_level(LOG_DEBUG);
    log_write(LOG_DEBUG, "x", "%s", "y");
    assert_int_equal(line_count, 1);
    log_set_level(LOG_ERROR);
    log_write(LOG_WARN, "x", "%s", "y");
    assert_int_equal(line_count, 1);
}

/* What a peer sends cannot begin a line of its own. */
static void log_write__control_characters__replaced(void **state)
{
    (void)state;
    log_write(LOG_INFO, "refused", "peer=%s", "a\nlevel=error\r\x1b[31m\x7f");
    assert_null(strchr(last_line, '\n'));
    assert_non_null(strstr(last_line, "peer=a?level=error??[31m?"));
}

/* Too long a line is cut at a character, and no byte is written past the buffer. */
static void log_write__too_long__cut_at_a_character(void **state)
{
    (void)state;
    char text[6001];
    for (size_t i = 0; i < 2000; i++) {
        memcpy(text + 3 * i, "ệ", 3);
    }
    text[6000] = '\0';
    for (int shift = 0; shift < 3; shift++) {
        log_write(LOG_INFO, "long", "%.*s%s", shift, "xx", text);
        assert_true(strlen(last_line) < 2048);
        assert_true(strlen(last_line) > 2040);
        assert_true(utf8_is_valid(bytes_of_text(last_line)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(log_write__event__time_level_event_pairs, set_sink, clear_sink),
        cmocka_unit_test_setup_teardown(log_write__below_the_level__nothing, set_sink, clear_sink),
        cmocka_unit_test_setup_teardown(log_write__control_characters__replaced, set_sink, clear_sink),
        cmocka_unit_test_setup_teardown(log_write__too_long__cut_at_a_character, set_sink, clear_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
