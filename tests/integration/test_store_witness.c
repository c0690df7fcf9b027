/* Cosignatures in the database: which are kept, and on which checkpoint the witnesses gather. */
#include <stdlib.h>

#include "server/store/store_witness.h"
#include "tests/integration/lib/store_fixture.h"

#include "tests/lib/test.h"

enum { CHECKPOINTS = 80, SEALED = 75 };

static struct store_fixture fixture;
static struct id epoch;
static uint64_t told_size; /* 0: none */

static int open_once(void **state)
{
    (void)state;
    fixture_open(&fixture, &(struct pg_options){0});
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* Device n is of a sender of its own. */
static void add_witness(uint8_t number)
{
    struct id sender = fixture_id((uint8_t)(0xd0 + number));
    fixture_add_device(&fixture, number, &sender, false);
}

/* A journal of so many checkpoints, one entry each, and three senders. */
static int begin(void **state)
{
    (void)state;
    fixture_clear(&fixture);
    fixture.sign_err = ERR_OK;
    for (uint8_t i = 1; i <= 3; i++) {
        add_witness(i);
    }
    for (uint64_t i = 0; i < CHECKPOINTS; i++) {
        struct fixture_submission submission = {.device = 1, .sequence = i + 1};
        assert_int_equal(fixture_submit(&fixture, &submission, 1), ERR_OK);
        arena_clear(&fixture.arena);
    }
    struct hash key = fixture_hash(1);
    assert_int_equal(fixture_find_device(&fixture, &key, &key), ERR_OK);
    epoch = fixture.head.epoch;
    return 0;
}

static void on_told(void *context, enum err err, const struct store_told_checkpoint *told)
{
    struct store_fixture *f = context;
    f->err = err;
    told_size = err == ERR_OK && told->note.at != NULL ? told->size : 0;
    f->is_done = true;
}

static void cosign(uint8_t device, uint64_t size)
{
    const struct store_cosignature cosignature = {
        .epoch = epoch, .size = size, .device = fixture_hash(device), .line = bytes_of_text("a line\n")};
    fixture.is_done = false;
    store_put_cosignature(fixture.store, &cosignature, on_told, &fixture);
    fixture_wait(&fixture, &fixture.is_done);
    assert_int_equal(fixture.err, ERR_OK);
}

static uint64_t sealed_size(void)
{
    fixture.is_done = false;
    store_find_seal(fixture.store, 0, CHECKPOINTS, on_told, &fixture);
    fixture_wait(&fixture, &fixture.is_done);
    assert_int_equal(fixture.err, ERR_OK);
    return told_size;
}

/* More than half of the senders, whoever comes first; the third is told where the others gathered. */
static void cosignature__quorum__sealed_and_gathered_on(void **state)
{
    (void)state;
    cosign(1, 10);
    assert_int_equal(told_size, 0);
    assert_int_equal(sealed_size(), 0);
    cosign(2, 20);
    assert_int_equal(told_size, 10);
    cosign(2, 10);
    assert_int_equal(sealed_size(), 10);
    cosign(3, 30);
    assert_int_equal(told_size, 20); /* above the sealed one, the newest that somebody else signed */
}

/* What nobody else signed is kept up to a number, and newer ones always. */
static void cosignature__one_device_alone__old_ones_bounded(void **state)
{
    (void)state;
    for (uint64_t size = CHECKPOINTS; size > 0; size--) {
        cosign(1, size);
    }
    cosign(2, 1); /* one of those that were not kept */
    assert_int_equal(sealed_size(), 0);
    cosign(2, CHECKPOINTS);
    assert_int_equal(sealed_size(), CHECKPOINTS);
}

/* When committees are added, half of the senders are more than before: what two of three sealed is not sealed any more. Those two have long
 * signed more than 64 others, and must be able to seal with the new ones all the same. */
static void cosignature__committees_added_after_many_seals__sealed_again(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SEALED; size++) {
        cosign(1, size);
        cosign(2, size);
    }
    assert_int_equal(sealed_size(), SEALED);
    add_witness(4);
    add_witness(5);
    assert_int_equal(sealed_size(), 0);

    cosign(1, SEALED + 1);
    cosign(4, SEALED + 1);
    assert_int_equal(told_size, SEALED);
    cosign(2, SEALED + 1);
    assert_int_equal(sealed_size(), SEALED + 1);
    cosign(5, SEALED + 2);
    cosign(4, SEALED + 3);
    assert_int_equal(told_size, SEALED + 2);
    cosign(4, SEALED + 2);
    cosign(1, SEALED + 3);
    assert_int_equal(told_size, SEALED + 2);
    cosign(1, SEALED + 2); /* smaller than its newest */
    assert_int_equal(sealed_size(), SEALED + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cosignature__quorum__sealed_and_gathered_on, begin),
        cmocka_unit_test_setup(cosignature__one_device_alone__old_ones_bounded, begin),
        cmocka_unit_test_setup(cosignature__committees_added_after_many_seals__sealed_again, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
