/* Who else speaks for the committee: told once, by what the store knows of the journal's entries. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/handle.h"
#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"
#include "tests/lib/folder.h"

enum { TOLD_MAX = 8 };

#define PASSPHRASE "mật khẩu dùng để thử"

static char home[FOLDER_PATH_BYTES];
static struct dantin *dantin;
static struct dantin_device told[TOLD_MAX];
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

static void on_device(void *context, const struct dantin_device *device)
{
    (void)context;
    assert_true(told_count < TOLD_MAX);
    told[told_count++] = *device;
}

static size_t ask(void)
{
    told_count = 0;
    assert_int_equal(dantin_new_devices(dantin, on_device, NULL), 0);
    return told_count;
}

/* What SEAL told: this device was given its key by an entry; everything below `after` is known. first: of the device's id; 0: our
 * own. */
static void know(uint8_t first, const struct id *sender, uint64_t position, uint64_t after)
{
    struct store *store = NULL;
    uint8_t number[8];
    struct store_witness witness = {.device = {{first}}, .sender = *sender, .position = position};
    u64_write(number, after);
    assert_int_equal(handle_store_open(dantin, &store), ERR_OK);
    if (first == 0) {
        witness.device = store_device(store);
    }
    assert_int_equal(store_begin(store), ERR_OK);
    assert_int_equal(store_setting_put(store, SETTING_SENDER, bytes_of(ours.at, ID_BYTES)), ERR_OK);
    assert_int_equal(store_setting_put(store, SETTING_WITNESS_AFTER, bytes_of(number, sizeof number)),
                     ERR_OK);
    assert_int_equal(store_witness_put(store, &witness), ERR_OK);
    assert_int_equal(store_commit(store), ERR_OK);
    store_close(store);
}

/* A home that was never connected knows of nobody. */
static void dantin_new_devices__never_connected__none(void **state)
{
    (void)state;
    assert_int_equal(ask(), 0);
}

/* Of the own committee only, without oneself; each once. */
static void dantin_new_devices__enrolled_for_us__told_once(void **state)
{
    (void)state;
    know(0, &ours, 3, 10);
    know(0xaa, &ours, 5, 10);
    know(0xbb, &theirs, 6, 10);

    assert_int_equal(ask(), 1);

    assert_int_equal(told[0].position, 5);
    assert_memory_equal(told[0].device, "aa00", 4);
    assert_int_equal(ask(), 0);
    know(0xcc, &theirs, 12, 20);
    assert_int_equal(ask(), 0);
    know(0xdd, &ours, 25, 30);
    assert_int_equal(ask(), 1);
    assert_int_equal(told[0].position, 25);
    assert_int_equal(ask(), 0);
}

/* A device with a new key is one to be told of again: whoever holds that key speaks for us. */
static void dantin_new_devices__new_key__told_again(void **state)
{
    (void)state;
    know(0xaa, &ours, 5, 10);
    assert_int_equal(ask(), 1);
    know(0xaa, &ours, 15, 20);
    assert_int_equal(ask(), 1);
    assert_int_equal(told[0].position, 15);
}

/* The journal is in an epoch now: this checkpoint is the newest held. */
static void enter_epoch(uint8_t first, uint64_t size)
{
    struct store *store = NULL;
    const struct store_checkpoint checkpoint = {
        .epoch = {{first}}, .size = size, .note = bytes_of_text("note"), .standing = STORE_CHECKPOINT_PROVED};
    assert_int_equal(handle_store_open(dantin, &store), ERR_OK);
    assert_int_equal(store_begin(store), ERR_OK);
    assert_int_equal(store_checkpoint_put(store, &checkpoint), ERR_OK);
    assert_int_equal(store_commit(store), ERR_OK);
    store_close(store);
}

/* An epoch that kept fewer entries than were told of: a device enrolled at a position that had been passed is new all the same. */
static void dantin_new_devices__enrolled_in_a_new_epoch__told(void **state)
{
    (void)state;
    enter_epoch(1, 100);
    know(0xaa, &ours, 5, 100);
    assert_int_equal(ask(), 1);
    assert_int_equal(ask(), 0);
    enter_epoch(2, 101);
    know(0xbb, &ours, 60, 101);

    assert_int_equal(ask(), 2);

    assert_int_equal(told[1].position, 60);
    assert_int_equal(ask(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dantin_new_devices__never_connected__none, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_new_devices__enrolled_for_us__told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_new_devices__new_key__told_again, setup, teardown),
        cmocka_unit_test_setup_teardown(dantin_new_devices__enrolled_in_a_new_epoch__told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
