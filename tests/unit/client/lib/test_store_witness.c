/* The client's store: what a witness keeps survives, and is never mixed up. */
#include "tests/lib/test.h"

#include "client/lib/store_witness.h"
#include "tests/lib/client_world.h"

static struct client_world world;
static const struct id old_epoch = {{0xe1}};
static const struct id new_epoch = {{0xe2}};

static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    assert_int_equal(store_begin(world.store), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_world_close(&world);
    return 0;
}

static void put(const struct id *epoch, uint64_t size, const char *note, enum store_standing standing)
{
    const struct store_checkpoint checkpoint = {
        .epoch = *epoch, .size = size, .note = bytes_of_text(note), .standing = standing};
    assert_int_equal(store_checkpoint_put(world.store, &checkpoint), ERR_OK);
}

static struct store_checkpoint newest(void)
{
    struct store_checkpoint checkpoint = {0};
    assert_int_equal(store_checkpoint_newest(world.store, &world.arena, &checkpoint), ERR_OK);
    return checkpoint;
}

/* A note that is there stays what it was: it is evidence. What is proved does not become unproved. */
static void checkpoint_put__same_size_again__first_note_kept(void **state)
{
    (void)state;
    struct store_checkpoint checkpoint = {0};
    put(&old_epoch, 5, "first", STORE_CHECKPOINT_UNPROVED);
    put(&old_epoch, 5, "second", STORE_CHECKPOINT_PROVED);
    put(&old_epoch, 5, "third", STORE_CHECKPOINT_UNPROVED);
    assert_int_equal(store_commit(world.store), ERR_OK);
    client_world_reopen(&world);

    assert_int_equal(store_checkpoint_get(world.store, &old_epoch, 5, &world.arena, &checkpoint), ERR_OK);

    assert_true(bytes_equal(checkpoint.note, bytes_of_text("first")));
    assert_int_equal(checkpoint.standing, STORE_CHECKPOINT_PROVED);
    assert_null(checkpoint.sealed.at);
    assert_int_equal(store_checkpoint_get(world.store, &new_epoch, 5, &world.arena, &checkpoint),
                     ERR_NOT_FOUND);
}

/* After a new epoch only what it kept counts, whatever came last. */
static void leave_behind__beyond_the_branch__counts_no_more(void **state)
{
    (void)state;
    struct store_checkpoint checkpoint = {0};
    put(&old_epoch, 5, "5", STORE_CHECKPOINT_PROVED);
    put(&old_epoch, 9, "9", STORE_CHECKPOINT_PROVED);
    put(&old_epoch, 7, "7", STORE_CHECKPOINT_PROVED);
    assert_int_equal(newest().size, 9);

    assert_int_equal(store_leave_behind(world.store, &old_epoch, 7), ERR_OK);

    assert_int_equal(newest().size, 7);
    assert_int_equal(store_checkpoint_at_most(world.store, &old_epoch, 6, &world.arena, &checkpoint), ERR_OK);
    assert_int_equal(checkpoint.size, 5);
    assert_int_equal(store_checkpoint_at_most(world.store, &old_epoch, 4, &world.arena, &checkpoint),
                     ERR_NOT_FOUND);
    assert_int_equal(store_checkpoint_at_most(world.store, &old_epoch, UINT64_MAX, &world.arena, &checkpoint),
                     ERR_OK);
    assert_int_equal(checkpoint.size, 7);
    assert_int_equal(store_checkpoint_get(world.store, &old_epoch, 9, &world.arena, &checkpoint), ERR_OK);
    assert_int_equal(checkpoint.standing, STORE_CHECKPOINT_LEFT_BEHIND);
}

/* The ones to prove, the largest first, at most as many as asked. */
static void checkpoint_unproved__some_proved__the_others_in_order(void **state)
{
    (void)state;
    struct store_checkpoint found[2];
    size_t count = 0;
    for (uint64_t size = 1; size <= 6; size++) {
        put(&old_epoch, size, "x", size % 2 == 0 ? STORE_CHECKPOINT_PROVED : STORE_CHECKPOINT_UNPROVED);
    }

    assert_int_equal(store_checkpoint_unproved(world.store, 5, &world.arena, found, 2, &count), ERR_OK);

    assert_int_equal(count, 2);
    assert_int_equal(found[0].size, 3);
    assert_int_equal(found[1].size, 1);
}

/* A receipt is sealed by the smallest sealed checkpoint that holds its position. */
static void checkpoint_sealed__two_of_them__largest_and_smallest_over(void **state)
{
    (void)state;
    struct store_checkpoint checkpoint = {0};
    put(&old_epoch, 5, "5", STORE_CHECKPOINT_PROVED);
    put(&old_epoch, 9, "9", STORE_CHECKPOINT_PROVED);
    assert_int_equal(store_checkpoint_sealed(world.store, &world.arena, &checkpoint), ERR_NOT_FOUND);
    assert_int_equal(store_checkpoint_seal(world.store, &old_epoch, 5, bytes_of_text("5 sealed")), ERR_OK);
    assert_int_equal(store_checkpoint_seal(world.store, &old_epoch, 9, bytes_of_text("9 sealed")), ERR_OK);

    assert_int_equal(store_checkpoint_sealed(world.store, &world.arena, &checkpoint), ERR_OK);
    assert_int_equal(checkpoint.size, 9);
    assert_int_equal(store_checkpoint_sealed_over(world.store, 4, &world.arena, &checkpoint), ERR_OK);
    assert_true(bytes_equal(checkpoint.sealed, bytes_of_text("5 sealed")));
    assert_int_equal(store_checkpoint_sealed_over(world.store, 5, &world.arena, &checkpoint), ERR_OK);
    assert_int_equal(checkpoint.size, 9);
    assert_int_equal(store_checkpoint_sealed_over(world.store, 9, &world.arena, &checkpoint), ERR_NOT_FOUND);
}

/* Never two texts for one origin and size, whatever asks for it. */
static void cosignature_put__twice__refused(void **state)
{
    (void)state;
    struct store_cosignature cosignature = {
        .epoch = old_epoch, .size = 4, .text_hash = {{1}}, .line = bytes_of_text("line")};
    struct store_cosignature found = {0};
    assert_int_equal(store_cosignature_get(world.store, &old_epoch, 4, &world.arena, &found), ERR_NOT_FOUND);
    assert_int_equal(store_cosignature_put(world.store, &cosignature), ERR_OK);
    cosignature.text_hash.at[0] = 3;

    assert_int_equal(store_cosignature_put(world.store, &cosignature), ERR_STORE);

    assert_int_equal(store_cosignature_set_taken(world.store, &old_epoch, 4), ERR_OK);
    assert_int_equal(store_cosignature_get(world.store, &old_epoch, 4, &world.arena, &found), ERR_OK);
    assert_int_equal(found.text_hash.at[0], 1);
    assert_true(bytes_equal(found.line, bytes_of_text("line")));
    assert_true(found.is_taken);
}

/* The newer entry about a device goes before the older one, in whatever order they come. */
static void witness_put__renewed_and_dropped__newest_counts(void **state)
{
    (void)state;
    struct store_witness witness = {.device = {{7}}, .sender = {{8}}, .public_key = {1}, .position = 10};
    const struct store_witness *found = NULL;
    size_t count = 0;
    assert_int_equal(store_witness_put(world.store, &witness), ERR_OK);
    witness.position = 20;
    witness.public_key[0] = 2;
    assert_int_equal(store_witness_put(world.store, &witness), ERR_OK);
    witness.position = 15;
    witness.public_key[0] = 3;
    assert_int_equal(store_witness_put(world.store, &witness), ERR_OK);

    assert_int_equal(store_witnesses(world.store, &world.arena, &found, &count), ERR_OK);

    assert_int_equal(count, 1);
    assert_int_equal(found[0].public_key[0], 2);
    assert_int_equal(store_witness_drop(world.store, &witness.device), ERR_OK);
    assert_int_equal(store_witnesses(world.store, &world.arena, &found, &count), ERR_OK);
    assert_int_equal(count, 0);
}

/* The key in force is the last one; older ones stay, for the receipts they signed. */
static void log_key_put__two__newest_first(void **state)
{
    (void)state;
    uint8_t keys[STORE_LOG_KEYS_MAX][SIGN_PUBLIC_KEY_BYTES];
    uint8_t key[SIGN_PUBLIC_KEY_BYTES] = {1};
    size_t count = 9;
    assert_int_equal(store_log_keys(world.store, keys, STORE_LOG_KEYS_MAX, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_log_key_put(world.store, key), ERR_OK);
    key[0] = 2;
    assert_int_equal(store_log_key_put(world.store, key), ERR_OK);
    assert_int_equal(store_log_key_put(world.store, key), ERR_OK);

    assert_int_equal(store_log_keys(world.store, keys, STORE_LOG_KEYS_MAX, &count), ERR_OK);

    assert_int_equal(count, 2);
    assert_int_equal(keys[0][0], 2);
    assert_int_equal(keys[1][0], 1);
}

static bool count_alarm(void *context, const struct store_alarm *alarm)
{
    size_t *count = context;
    assert_true(bytes_equal(alarm->shown, bytes_of_text("shown")));
    assert_null(alarm->held.at);
    (*count)++;
    return true;
}

/* An alarm stays until a person has looked; the same fault at every connection is one alarm. Acknowledging gives up what no
 * quorum sealed, and nothing else. */
static void alarm_put__again__one_until_acknowledged(void **state)
{
    (void)state;
    const struct store_alarm alarm = {.time_ms = 5, .fault = 3, .shown = bytes_of_text("shown")};
    uint64_t number = 0;
    uint64_t open = 0;
    size_t count = 0;
    put(&old_epoch, 5, "5", STORE_CHECKPOINT_PROVED);
    put(&old_epoch, 9, "9", STORE_CHECKPOINT_PROVED);
    assert_int_equal(store_checkpoint_seal(world.store, &old_epoch, 5, bytes_of_text("sealed")), ERR_OK);
    assert_int_equal(store_alarm_put(world.store, &alarm, &number), ERR_OK);
    assert_int_equal(number, 1);
    assert_int_equal(store_alarm_put(world.store, &alarm, &number), ERR_OK);
    assert_int_equal(number, 0);
    assert_int_equal(store_alarm_open(world.store, &open), ERR_OK);
    assert_int_equal(open, 1);

    assert_int_equal(store_alarm_acknowledge(world.store, 77), ERR_OK);

    assert_int_equal(store_alarm_open(world.store, &open), ERR_OK);
    assert_int_equal(open, 0);
    assert_int_equal(newest().size, 5);
    assert_int_equal(store_alarm_put(world.store, &alarm, &number), ERR_OK);
    assert_int_equal(number, 2);
    assert_int_equal(store_alarm_each(world.store, count_alarm, &count), ERR_OK);
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checkpoint_put__same_size_again__first_note_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(leave_behind__beyond_the_branch__counts_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(checkpoint_unproved__some_proved__the_others_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(checkpoint_sealed__two_of_them__largest_and_smallest_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(cosignature_put__twice__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(witness_put__renewed_and_dropped__newest_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(log_key_put__two__newest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(alarm_put__again__one_until_acknowledged, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
