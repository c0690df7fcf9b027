/* What the province says waits is believed only as far as it proves itself. */
#include "client/lib/waiting.h"

#include "common/wire/payload.h"
#include "proto/waiting.pb-c.h"
#include "tests/lib/builder.h"
#include "tests/lib/test.h"

enum { CHANGES = 2 };

static struct world {
    struct arena arena;
    struct builder_device clerk;
    struct builder_submission sealed;
    struct payload payload;
    Dantin__WaitingChange changes[CHANGES];
    Dantin__WaitingChange *listed[CHANGES];
    Dantin__WaitingEntry entry;
    Dantin__Waits waits;
} world;

static ProtobufCBinaryData view(const void *at, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)at};
}

/* As an honest server tells it: a ballot and a member, of one submission. */
static int fixture_open(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    arena_init(&world.arena, 64 << 20);
    builder_device_init(&world.clerk, 1);
    struct id cell = builder_id(1);
    const struct builder_change changes[CHANGES] = {
        {.kind = KIND_CONGRESS_BALLOT,
         .record = builder_id(10),
         .message = builder_ballot(&world.arena, &cell, "01/BB")},
        {.kind = KIND_CONGRESS_BALLOT, .record = builder_id(11), .base = builder_id(12)}}; /* a removal */
    world.sealed = builder_seal(&world.arena, &world.clerk, changes, CHANGES);
    assert_int_equal(payload_decode(world.sealed.payload_zstd, &world.arena, &world.payload), ERR_OK);
    dantin__waits__init(&world.waits);
    dantin__waiting_entry__init(&world.entry);
    for (uint32_t i = 0; i < CHANGES; i++) {
        dantin__waiting_change__init(&world.changes[i]);
        world.changes[i].has_index = world.changes[i].has_salt = world.changes[i].has_change = true;
        world.changes[i].index = i;
        world.changes[i].salt = view(world.payload.salts[i].at, HASH_BYTES);
        world.changes[i].change = view(world.payload.changes[i].at, world.payload.changes[i].len);
        world.listed[i] = &world.changes[i];
    }
    world.entry.has_position = world.entry.has_hashes = true;
    world.entry.position = 7;
    world.entry.public_key = view(world.clerk.public_key, SIGN_PUBLIC_KEY_BYTES);
    world.entry.envelope = view(world.sealed.envelope.at, world.sealed.envelope.len);
    world.entry.signature = view(world.sealed.signature.at, world.sealed.signature.len);
    world.entry.hashes = view(world.payload.hashes, CHANGES * HASH_BYTES);
    world.entry.change = world.listed;
    world.entry.n_change = CHANGES;
    world.waits.entry = &world.entry;
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    builder_device_release(&world.clerk);
    arena_release(&world.arena);
    return 0;
}

static enum err take(size_t *ret_count)
{
    struct waiting_list list;
    waiting_list_init(&list);
    enum err err = waiting_list_take(&list, &world.waits);
    *ret_count = waiting_list_count(&list);
    if (err == ERR_OK && *ret_count == CHANGES) {
        struct id version = builder_version(&world.sealed, 1);
        assert_true(id_equal(&waiting_list_at(&list, 1)->version, &version));
        assert_true(hash_equal(&waiting_list_at(&list, 1)->change_hash, &world.payload.hashes[1]));
        assert_true(waiting_list_at(&list, 1)->is_removal);
        assert_non_null(waiting_list_at(&list, 0)->message);
    }
    waiting_list_release(&list);
    return err;
}

/* The same bytes with one flipped. */
static ProtobufCBinaryData spoil(ProtobufCBinaryData field)
{
    struct bytes copy = arena_copy(&world.arena, bytes_of(field.data, field.len));
    assert_non_null(copy.at);
    ((uint8_t *)(uintptr_t)copy.at)[copy.len / 2] ^= 1;
    return view(copy.at, copy.len);
}

/* What is shown is read, and bears the names and hashes an approval needs. */
static void waiting_list_take__honest__all_items(void **state)
{
    (void)state;
    size_t count = 0;
    assert_int_equal(take(&count), ERR_OK);
    assert_int_equal(count, CHANGES);
}

/* Each thing a server could show otherwise than the clerk sealed it. */
static void waiting_list_take__anything_else__not_believed(void **state)
{
    (void)state;
    ProtobufCBinaryData *const fields[] = {&world.entry.public_key,  &world.entry.envelope,
                                           &world.entry.signature,   &world.entry.hashes,
                                           &world.changes[0].change, &world.changes[1].salt};
    size_t count = 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ProtobufCBinaryData honest = *fields[i];
        *fields[i] = spoil(honest);
        assert_int_not_equal(take(&count), ERR_OK);
        *fields[i] = (ProtobufCBinaryData){0};
        assert_int_not_equal(take(&count), ERR_OK);
        *fields[i] = honest;
    }
    world.changes[0].index = 1; /* another change's place */
    assert_int_equal(take(&count), ERR_PROTOCOL);
    world.changes[0].index = CHANGES;
    assert_int_equal(take(&count), ERR_PROTOCOL);
    world.changes[0].index = 0;
    world.entry.has_hashes = false; /* a later part without a first */
    assert_int_equal(take(&count), ERR_PROTOCOL);
    world.entry.has_hashes = true;
    assert_int_equal(take(&count), ERR_OK);
}

/* An erased change is told of but cannot be shown. */
static void waiting_list_take__erased__nothing_to_show(void **state)
{
    (void)state;
    struct waiting_list list;
    world.changes[0].has_change = world.changes[0].has_salt = false;
    waiting_list_init(&list);

    assert_int_equal(waiting_list_take(&list, &world.waits), ERR_OK);

    assert_null(waiting_list_at(&list, 0)->schema);
    assert_non_null(waiting_list_at(&list, 1)->schema);
    waiting_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waiting_list_take__honest__all_items, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(waiting_list_take__anything_else__not_believed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(waiting_list_take__erased__nothing_to_show, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
