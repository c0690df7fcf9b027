/* The list of erasures beside the database: nobody without the log key adds, changes or takes out a line. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crypto/hash.h"
#include "proto/journal.pb-c.h"
#include "server/erasures_list.h"
#include "tests/lib/test.h"

enum { LINES = 3, FILE_BYTES_MAX = 65536 };

struct fixture {
    char folder[64];
    char path[128];
    struct signing_key *key;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct error error;
    char text[FILE_BYTES_MAX];
    size_t len;
};

struct seen {
    size_t count;
    char decisions[LINES + 1][16];
};

static void open_key(uint8_t first, struct signing_key **ret_key, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES])
{
    uint8_t seed[SIGN_SEED_BYTES] = {first};
    assert_int_equal(signing_key_from_seed(seed, ret_key), ERR_OK);
    signing_key_public(*ret_key, ret_public);
}

static struct bytes log_keys(const struct fixture *fixture)
{
    return bytes_of(fixture->public_key, sizeof fixture->public_key);
}

static void fixture_open(struct fixture *fixture)
{
    *fixture = (struct fixture){.folder = "/tmp/dantin-erasures.XXXXXX"};
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/" ERASURES_LIST_FILE, fixture->folder);
    open_key(7, &fixture->key, fixture->public_key);
}

static void fixture_close(struct fixture *fixture)
{
    (void)unlink(fixture->path); /* some tests make none */
    assert_int_equal(rmdir(fixture->folder), 0);
    signing_key_free(fixture->key);
}

static enum err add(struct fixture *fixture, const struct signing_key *key, const char *decision)
{
    uint8_t record[ID_BYTES] = {1};
    Dantin__ErasureListed listed = DANTIN__ERASURE_LISTED__INIT;
    listed.has_record = true;
    listed.record = (ProtobufCBinaryData){sizeof record, record};
    listed.decision = (char *)(uintptr_t)decision;
    return erasures_list_add(fixture->path, key, log_keys(fixture), &listed, LANGUAGE_EN, &fixture->error);
}

static enum err on_line(void *context, const Dantin__ErasureListed *listed, struct error *ret_error)
{
    struct seen *seen = context;
    (void)ret_error;
    assert_true(seen->count <= LINES);
    (void)snprintf(seen->decisions[seen->count++], sizeof seen->decisions[0], "%s", listed->decision);
    return ERR_OK;
}

static enum err walk(struct fixture *fixture, struct seen *seen)
{
    *seen = (struct seen){0};
    return erasures_list_walk(fixture->path, log_keys(fixture), on_line, seen, LANGUAGE_EN, &fixture->error);
}

static void load(struct fixture *fixture)
{
    FILE *file = fopen(fixture->path, "re");
    assert_non_null(file);
    fixture->len = fread(fixture->text, 1, sizeof fixture->text, file);
    (void)fclose(file); /* it was only read */
}

static void store(const struct fixture *fixture, size_t len)
{
    FILE *file = fopen(fixture->path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(fixture->text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void add_three(struct fixture *fixture)
{
    assert_int_equal(add(fixture, fixture->key, "1-QD"), ERR_OK);
    assert_int_equal(add(fixture, fixture->key, "2-QD"), ERR_OK);
    assert_int_equal(add(fixture, fixture->key, "3-QD"), ERR_OK);
    load(fixture);
}

/* What was listed is read in its order; a server that never erased anybody has no list. */
static void erasures_list__lines_added__read_in_order(void **state)
{
    struct fixture fixture;
    struct seen seen;
    (void)state;
    fixture_open(&fixture);
    assert_int_equal(walk(&fixture, &seen), ERR_OK);
    assert_int_equal(seen.count, 0);

    add_three(&fixture);

    assert_int_equal(walk(&fixture, &seen), ERR_OK);
    assert_int_equal(seen.count, LINES);
    assert_string_equal(seen.decisions[0], "1-QD");
    assert_string_equal(seen.decisions[2], "3-QD");
    fixture_close(&fixture);
}

/* No byte can be changed unnoticed, but for the end of the last line: that makes it one that was never finished. */
static void erasures_list__any_byte_changed__refused(void **state)
{
    struct fixture fixture;
    struct seen seen;
    (void)state;
    fixture_open(&fixture);
    add_three(&fixture);
    for (size_t i = 0; i + 1 < fixture.len; i++) {
        char was = fixture.text[i];
        fixture.text[i] = was == 'A' ? 'B' : 'A';
        store(&fixture, fixture.len);
        fixture.text[i] = was;
        assert_int_equal(walk(&fixture, &seen), ERR_BAD_SIGNATURE);
        assert_int_equal(add(&fixture, fixture.key, "4-QD"), ERR_BAD_SIGNATURE);
    }
    fixture_close(&fixture);
}

/* A line taken out, one put in twice, and one by another key are found. */
static void erasures_list__line_dropped_doubled_or_forged__refused(void **state)
{
    struct fixture fixture;
    struct seen seen;
    struct signing_key *other = NULL;
    uint8_t other_public[SIGN_PUBLIC_KEY_BYTES];
    (void)state;
    fixture_open(&fixture);
    add_three(&fixture);
    size_t first = (size_t)(strchr(fixture.text, '\n') - fixture.text) + 1;
    char whole[FILE_BYTES_MAX];
    memcpy(whole, fixture.text, fixture.len);
    size_t len = fixture.len;

    memmove(fixture.text, whole + first, len - first);
    store(&fixture, len - first);
    assert_int_equal(walk(&fixture, &seen), ERR_BAD_SIGNATURE);

    memcpy(fixture.text, whole, first);
    memcpy(fixture.text + first, whole, len);
    store(&fixture, first + len);
    assert_int_equal(walk(&fixture, &seen), ERR_BAD_SIGNATURE);
    assert_int_equal(seen.count, 1);

    memcpy(fixture.text, whole, len);
    store(&fixture, len);
    open_key(8, &other, other_public);
    assert_int_equal(add(&fixture, other, "4-QD"), ERR_OK);
    assert_int_equal(walk(&fixture, &seen), ERR_BAD_SIGNATURE);
    assert_non_null(strstr(fixture.error.text, "line 4"));
    signing_key_free(other);
    fixture_close(&fixture);
}

/* The log's key changes: lines by the new one are good for a database that knows the one before alone, once and only behind the line that
 * names it. */
static void erasures_list__log_key_changed__followed_from_the_one_before(void **state)
{
    struct fixture fixture;
    struct seen seen;
    struct signing_key *next = NULL;
    uint8_t next_public[SIGN_PUBLIC_KEY_BYTES];
    (void)state;
    fixture_open(&fixture);
    open_key(8, &next, next_public);
    assert_false(erasures_list_has_any(fixture.path));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(erasures_list_follow(fixture.path, fixture.key, log_keys(&fixture), next_public,
                                              LANGUAGE_EN, &fixture.error),
                         ERR_OK);
    }
    load(&fixture);
    assert_ptr_equal(strchr(fixture.text, '\n'), fixture.text + fixture.len - 1); /* one line */
    assert_false(erasures_list_has_any(fixture.path));

    assert_int_equal(add(&fixture, next, "1-QD"), ERR_OK);
    assert_int_equal(add(&fixture, fixture.key, "2-QD"), ERR_OK); /* of a database put back from before */

    assert_true(erasures_list_has_any(fixture.path));
    assert_int_equal(walk(&fixture, &seen), ERR_OK);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.decisions[0], "1-QD");
    signing_key_free(next);
    fixture_close(&fixture);
}

/* Power fails while a line is written: it was never journalled, is passed over, and makes room for the next. */
static void erasures_list__last_line_cut__passed_over_and_replaced(void **state)
{
    struct fixture fixture;
    struct seen seen;
    (void)state;
    fixture_open(&fixture);
    add_three(&fixture);
    size_t second = 0;
    for (int i = 0; i < 2; i++) {
        second = (size_t)(strchr(fixture.text + second, '\n') - fixture.text) + 1;
    }
    for (size_t cut = second; cut < fixture.len; cut++) {
        store(&fixture, cut);
        assert_int_equal(walk(&fixture, &seen), ERR_OK);
        assert_int_equal(seen.count, 2);
    }

    assert_int_equal(add(&fixture, fixture.key, "new"), ERR_OK);

    assert_int_equal(walk(&fixture, &seen), ERR_OK);
    assert_int_equal(seen.count, LINES);
    assert_string_equal(seen.decisions[2], "new");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erasures_list__lines_added__read_in_order),
        cmocka_unit_test(erasures_list__any_byte_changed__refused),
        cmocka_unit_test(erasures_list__line_dropped_doubled_or_forged__refused),
        cmocka_unit_test(erasures_list__log_key_changed__followed_from_the_one_before),
        cmocka_unit_test(erasures_list__last_line_cut__passed_over_and_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
