/* Configuration of dantind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/config.h"

static void write_temporary(char path[64], const char *text)
{
    (void)snprintf(path, 64, "/tmp/dantin-config-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
}

/* What a file does not say has the documented default; the last of two lines wins over nothing silently. */
static void config_read__some_keys__others_keep_defaults(void **state)
{
    (void)state;
    char path[64];
    struct config config;
    struct error error = {0};
    write_temporary(path,
                    "# comment\nlisten = 127.0.0.1:0\nread_connections=7\n; other\nnames = a.vn, 10.0.0.1\n");
    config_init(&config);

    assert_int_equal(config_read(&config, path, LANGUAGE_EN, &error), ERR_OK);

    assert_string_equal(config.listen, "127.0.0.1:0");
    assert_int_equal(config.read_connections, 7);
    assert_string_equal(config.names, "a.vn, 10.0.0.1");
    assert_string_equal(config.user, "dantin");
    assert_string_equal(config.database, "");
    (void)unlink(path);
}

/* A typing error in a file is named with its line, and nothing of the file is taken. */
static void config_read__bad_line__named_and_untouched(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "listen = a:1\nlistne = b:2\n",          "listen = a:1\nread_connections = 0\n",
        "listen = a:1\nread_connections = 17\n", "listen = a:1\nread_connections = 4x\n",
        "listen = a:1\n[section]\nuser = x\n",   "listen = a:1\nnonsense\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[64];
        struct config config;
        struct error error = {0};
        write_temporary(path, texts[i]);
        config_init(&config);

        assert_int_equal(config_read(&config, path, LANGUAGE_EN, &error), ERR_CONFIG);

        assert_non_null(strstr(error.text, i == 4 ? "line 3" : "line 2"));
        assert_string_equal(config.listen, "0.0.0.0:7443");
        (void)unlink(path);
    }
}

/* "No file" is for the caller to judge: the default file may be missing, one named by hand may not. */
static void config_read__no_file__not_found(void **state)
{
    (void)state;
    struct config config;
    config_init(&config);
    assert_int_equal(config_read(&config, "/nonexistent/dantind.ini", LANGUAGE_VI, NULL), ERR_NOT_FOUND);
}

/* The sample is the documentation of the keys: it must read back to exactly the defaults. */
static void config_print_sample__read_back__defaults(void **state)
{
    (void)state;
    for (enum language language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
        char path[64];
        struct config presets;
        struct config config;
        struct error error = {0};
        write_temporary(path, "");
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        config_print_sample(file, language);
        assert_int_equal(fclose(file), 0);
        config_init(&presets);
        config_init(&config);

        assert_int_equal(config_read(&config, path, LANGUAGE_EN, &error), ERR_OK);

        assert_memory_equal(&config, &presets, sizeof config);
        assert_int_equal(config_check(&config, LANGUAGE_EN, &error), ERR_OK);
        (void)unlink(path);
    }
}

/* What check-config prints ends up in tickets and mails: a password is not among it, in whichever form it was written. */
static void config_print__database_with_password__hidden(void **state)
{
    (void)state;
    static const char *const conninfos[] = {
        "host=db.example dbname=dantin password=geheim sslpassword=geheim",
        "postgresql://admin:geheim@db.example/dantin", "host=db.example password='geheim nonsense"};
    for (size_t i = 0; i < sizeof conninfos / sizeof conninfos[0]; i++) {
        char text[8192] = "";
        struct config config;
        FILE *out = fmemopen(text, sizeof text, "w");
        assert_non_null(out);
        config_init(&config);
        assert_int_equal(config_set(&config, "database", conninfos[i], LANGUAGE_EN, NULL), ERR_OK);
        config_print(out, &config);
        assert_int_equal(fclose(out), 0);
        assert_null(strstr(text, "geheim"));
        assert_non_null(strstr(text, "***"));
        assert_true((strstr(text, "host='db.example'") != NULL) == (i < 2)); /* the last cannot be read */
    }
}

/* Addresses are split the same way everywhere: v4, names, bracketed v6; nothing else. */
static void config_address__forms__split_or_refused(void **state)
{
    (void)state;
    char host[CONFIG_TEXT_BYTES_MAX];
    unsigned port = 1;

    assert_int_equal(config_address("0.0.0.0:7443", host, &port), ERR_OK);
    assert_string_equal(host, "0.0.0.0");
    assert_int_equal(port, 7443);
    assert_int_equal(config_address("[::1]:0", host, &port), ERR_OK);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
    static const char *const bad[] = {"",           "7443",    "host",     "host:", ":7443",
                                      "host:65536", "host:-1", "::1:7443", "h:1x",  "[]:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(config_address(bad[i], host, &port), ERR_CONFIG);
    }
    assert_string_equal(host, "::1");
}

/* A log level nobody knows is said at start, not ignored. */
static void config_check__unknown_level__refused(void **state)
{
    (void)state;
    struct config config;
    struct error error = {0};
    config_init(&config);
    assert_int_equal(config_set(&config, "log_level", "loud", LANGUAGE_EN, &error), ERR_OK);
    assert_int_equal(config_check(&config, LANGUAGE_EN, &error), ERR_CONFIG);
    assert_int_equal(config_log_level(&config), LOG_INFO);
    assert_int_equal(config_set(&config, "log_level", "debug", LANGUAGE_EN, &error), ERR_OK);
    assert_int_equal(config_check(&config, LANGUAGE_EN, &error), ERR_OK);
    assert_int_equal(config_log_level(&config), LOG_DEBUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_read__some_keys__others_keep_defaults),
        cmocka_unit_test(config_read__bad_line__named_and_untouched),
        cmocka_unit_test(config_read__no_file__not_found),
        cmocka_unit_test(config_print_sample__read_back__defaults),
        cmocka_unit_test(config_print__database_with_password__hidden),
        cmocka_unit_test(config_address__forms__split_or_refused),
        cmocka_unit_test(config_check__unknown_level__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
