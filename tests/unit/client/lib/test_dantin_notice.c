/* What becomes of devices that speak for the committee: told until acknowledged, by what the store knows of the journal's entries. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/handle.h"
#include "client/lib/store_notice.h"
#include "client/lib/store_setting.h"
#include "tests/lib/folder.h"

enum { TOLD_MAX = 8 };

#define PASSPHRASE "mật khẩu dùng để thử"

static char home[FOLDER_PATH_BYTES];
static struct dantin *dantin;
static struct dantin_notice told[TOLD_MAX];
static size_t told_count;

static const struct id ours = {{1}};
static const struct id theirs = {{2}};

static int setup(void **state)
{
    char inner[FOLDER_PATH_BYTES];
    static struct dantin_init_result made;
    (void)state;
    folder_new(home);
    (void)snprintf(inner, sizeof inner, "%.200s/home", home);
    struct dantin_options options = {.home = inner, .language = DANTIN_EN, .passphrase = PASSPHRASE};
    struct dantin_init_request request = {.server = "127.0.0.1:1", .cost = DANTIN_KEY_FOR_TESTS};
    assert_int_equal(dantin_init(&options, &request, &made), 0);
    assert_int_equal(dantin_open(&options, &dantin), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dantin_close(dantin);
    folder_remove(home);
    return 0;
}

static void on_notice(void *context, const struct dantin_notice *notice)
{
    (void)context;
    assert_true(told_count < TOLD_MAX);
    told[told_count++] = *notice;
}

static size_t ask(void)
{
    told_count = 0;
    assert_int_equal(dantin_notices(dantin, on_notice, NULL), 0);
    return told_count;
}

static uint64_t open_count(void)
{
    uint64_t count = 0;
    struct dantin_status status;
    assert_int_equal(dantin_notices_open(dantin, &count), 0);
    assert_int_equal(dantin_status(dantin, &status), 0);
    assert_int_equal(status.notices, count);
    return count;
}

/* An entry of the journal said this of a device. first: of the device's id; 0: our own. */
static void know(uint8_t entry, enum store_notice_what what, uint8_t first, const struct id *sender,
                 uint64_t position)
{
    struct store *store = NULL;
    struct store_notice notice = {.entry = {{entry}},
                                  .device = {{first}},
                                  .sender = *sender,
                                  .what = what,
                                  .role = bytes_of_text("clerk"),
                                  .position = position};
    assert_int_equal(handle_store_open(dantin, &store), ERR_OK);
    if (first == 0) {
        notice.device = store_device(store);
    }
    assert_int_equal(store_begin(store), ERR_OK);
    assert_int_equal(store_setting_put(store, SETTING_SENDER, bytes_of(ours.at, ID_BYTES)), ERR_OK);
    assert_int_equal(store_notice_put(store, &notice), ERR_OK);
    assert_int_equal(store_commit(store), ERR_OK);
    store_close(store);
}

/* Another person's device was connected from this home. */
static void connect_here(uint8_t first)
{
    struct store *store = NULL;
    struct store_owner owner = dantin->owner;
    struct error error = {0};
    owner.device = (struct hash){{first}};
    assert_int_equal(store_open(dantin->home, &owner, false, &store, &error), ERR_OK);
    assert_int_equal(store_begin(store), ERR_OK);
    assert_int_equal(store_setting_put(store, SETTING_SENDER, bytes_of(ours.at, ID_BYTES)), ERR_OK);
    assert_int_equal(store_commit(store), ERR_OK);
    store_close(store);
}

/* A home that was never connected knows of nobody. */
static void dantin_notices__never_connected__none(void **state)
{
    (void)state;
    assert_int_equal(ask(), 0);
    assert_int_equal(open_count(), 0);
}

/* Of the own committee only, without oneself; until the person has looked, and no longer. */
static void dantin_notices__about_us__open_until_acknowledged(void **state)
{
    (void)state;
    know(1, STORE_NOTICE_ENROLLED, 0, &ours, 3);
    know(2, STORE_NOTICE_ENROLLED, 0xaa, &ours, 5);
    know(3, STORE_NOTICE_ENROLLED, 0xbb, &theirs, 6);
    know(4, STORE_NOTICE_KEY, 0xaa, &ours, 7);
    know(5, STORE_NOTICE_REVOKED, 0xaa, &ours, 9);

    assert_int_equal(ask(), 3);

    assert_int_equal(told[0].what, DANTIN_NOTICE_ENROLLED);
    assert_int_equal(told[0].position, 5);
    assert_memory_equal(told[0].device, "aa00", 4);
    assert_string_equal(told[0].role, "clerk");
    assert_int_equal(told[1].what, DANTIN_NOTICE_KEY);
    assert_int_equal(told[2].what, DANTIN_NOTICE_REVOKED);
    assert_false(told[2].is_seen);
    assert_int_equal(open_count(), 3);
    assert_int_equal(dantin_notices_acknowledge(dantin, told[1].number), 0);
    assert_int_equal(open_count(), 1);
    assert_int_equal(ask(), 3);
    assert_true(told[1].is_seen);
    assert_false(told[2].is_seen);
    assert_int_equal(dantin_notices_acknowledge(dantin, told[2].number), 0);
    assert_int_equal(dantin_notices_acknowledge(dantin, told[0].number), 0); /* never less than was seen */
    assert_int_equal(open_count(), 0);
}

/* A new epoch tells everything anew: what it kept is the same notice, what is new at a position that was passed is not. */
static void dantin_notices__told_again_by_an_epoch__one_notice(void **state)
{
    (void)state;
    know(2, STORE_NOTICE_ENROLLED, 0xaa, &ours, 5);
    assert_int_equal(ask(), 1);
    assert_int_equal(dantin_notices_acknowledge(dantin, told[0].number), 0);

    know(2, STORE_NOTICE_ENROLLED, 0xaa, &ours, 5);
    know(9, STORE_NOTICE_ENROLLED, 0xbb, &ours, 5);

    assert_int_equal(ask(), 2);
    assert_true(told[0].is_seen);
    assert_memory_equal(told[1].device, "bb00", 4);
    assert_int_equal(open_count(), 1);
}

/* Whoever works at this PC is known here. */
static void dantin_notices__device_of_this_home__none(void **state)
{
    (void)state;
    know(2, STORE_NOTICE_ENROLLED, 0xaa, &ours, 5);
    know(3, STORE_NOTICE_ENROLLED, 0xcc, &ours, 6);
    assert_int_equal(open_count(), 2);

    connect_here(0xaa);

    assert_int_equal(ask(), 1);
    assert_memory_equal(told[0].device, "cc00", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dantin_notices__never_connected__none, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_notices__about_us__open_until_acknowledged, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_notices__told_again_by_an_epoch__one_notice, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_notices__device_of_this_home__none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
