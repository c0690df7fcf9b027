/* The payload: two forms, one hash, hard limits. */
#include "common/wire/payload.h"

#include <stdlib.h>

#include "common/crypto/hash.h"
#include "common/wire/compress.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

static const uint8_t seed[PAYLOAD_SEED_BYTES] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
};

struct fixture {
    struct arena arena;
    struct buf zstd;
};

static int fixture_open(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    arena_init(&fixture->arena, 4 << 20);
    buf_init(&fixture->zstd, 4 << 20);
    *state = fixture;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    buf_release(&fixture->zstd);
    free(fixture);
    return 0;
}

/* Decode these bytes of a Payload message after compressing them. */
static enum err decode(struct fixture *fixture, struct bytes plain, struct payload *ret_payload)
{
    buf_clear(&fixture->zstd);
    assert_int_equal(compress_append(&fixture->zstd, plain, 3), ERR_OK);
    return payload_decode(buf_content(&fixture->zstd), &fixture->arena, ret_payload);
}

/* What the client seals, the server reads: same changes, same hash, the length the envelope states. */
static void payload_encode__decoded__same_changes_and_hash(void **state)
{
    struct fixture *fixture = *state;
    const struct bytes changes[] = {bytes_of_text("first"), bytes_of_text(""), bytes_of_text("third")};
    struct payload_sealed sealed;
    struct payload payload;
    assert_int_equal(payload_encode(seed, changes, 3, &fixture->zstd, &sealed), ERR_OK);

    assert_int_equal(payload_decode(buf_content(&fixture->zstd), &fixture->arena, &payload), ERR_OK);

    assert_int_equal(payload.change_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(bytes_equal(payload.changes[i], changes[i]));
        assert_non_null(payload.changes[i].at);
    }
    assert_true(payload.is_seed_form);
    assert_int_equal(payload.plain_bytes, sealed.plain_bytes);
    assert_true(hash_equal(&payload.hash, &sealed.hash));
}

/* Values computed apart (Python's hashlib and hmac): any other implementation must come to the same. */
static void payload_hash__fixed_seed__known_values(void **state)
{
    struct fixture *fixture = *state;
    char text[HASH_HEX_BYTES];
    struct hash salt = payload_salt(seed, 1);
    hex_encode(bytes_of(salt.at, HASH_BYTES), text);
    assert_string_equal(text, "99411f24bfa9ee8e144e132c46b3b7d1f6d6bfbe2b82ab47b4963e43bfe8bdb6");
    const struct bytes changes[] = {bytes_of_text("first"), bytes_of_text("second")};
    struct payload_sealed sealed;
    assert_int_equal(payload_encode(seed, changes, 2, &fixture->zstd, &sealed), ERR_OK);
    hex_encode(bytes_of(sealed.hash.at, HASH_BYTES), text);
    assert_string_equal(text, "273595a6c04b9f5e1c420af639382c9d83656070016d547bf9409112d3f3976e");
}

/* Part form of three changes, the second one erased. */
static size_t pack_parts(const struct bytes changes[3], uint8_t *out)
{
    Dantin__Part parts[3];
    Dantin__Part *pointers[3];
    struct hash salts[3];
    struct hash hash = {{0}};
    for (uint32_t i = 0; i < 3; i++) {
        dantin__part__init(&parts[i]);
        salts[i] = payload_salt(seed, i);
        parts[i].has_salt = 1;
        parts[i].salt = (ProtobufCBinaryData){.len = HASH_BYTES, .data = salts[i].at};
        parts[i].has_change = 1;
        parts[i].change =
            (ProtobufCBinaryData){.len = changes[i].len, .data = (uint8_t *)(uintptr_t)changes[i].at};
        pointers[i] = &parts[i];
    }
    hash = payload_change_hash(&salts[1], changes[1]);
    dantin__part__init(&parts[1]);
    parts[1].has_hash = 1;
    parts[1].hash = (ProtobufCBinaryData){.len = HASH_BYTES, .data = hash.at};
    Dantin__Payload message = DANTIN__PAYLOAD__INIT;
    message.n_part = 3;
    message.part = pointers;
    return dantin__payload__pack(&message, out);
}

/* After an erasure the hash is still that of the envelope, so every signature and proof still holds. */
static void payload_decode__part_form_with_erasure__same_hash(void **state)
{
    struct fixture *fixture = *state;
    const struct bytes changes[] = {bytes_of_text("first"), bytes_of_text("a person"),
                                    bytes_of_text("third")};
    struct payload_sealed sealed;
    struct payload payload;
    uint8_t plain[512];
    assert_int_equal(payload_encode(seed, changes, 3, &fixture->zstd, &sealed), ERR_OK);

    size_t len = pack_parts(changes, plain);
    assert_int_equal(decode(fixture, bytes_of(plain, len), &payload), ERR_OK);

    assert_false(payload.is_seed_form);
    assert_int_equal(payload.change_count, 3);
    assert_true(bytes_equal(payload.changes[0], changes[0]));
    assert_null(payload.changes[1].at);
    assert_true(bytes_equal(payload.changes[2], changes[2]));
    assert_true(hash_equal(&payload.hash, &sealed.hash));
}

/* Everything that is neither form is refused: nothing, changes without a seed, both forms, wrong lengths,
 * twice, unknown. */
static void payload_decode__neither_form__malformed(void **state)
{
    struct fixture *fixture = *state;
    static const char seed_field[] = "\x0A\x20"
                                     "0123456789abcdef0123456789abcdef";
    enum { SEED_FIELD_BYTES = 34 };
    static const struct {
        bool has_seed;
        const char *rest;
        size_t rest_len;
    } cases[] = {
        {false, "", 0},                           /* nothing */
        {true, "", 0},                            /* no change */
        {false, "\x12\x01x", 3},                  /* no seed */
        {true, "\x1A\x02\x12\x00", 4},            /* seed and part */
        {false, "\x0A\x01s\x12\x01x", 6},         /* short seed */
        {true, "\x12\x01x\x1A\x00", 5},           /* both forms */
        {false, "\x1A\x00", 2},                   /* empty part */
        {false, "\x1A\x03\x12\x01x", 5},          /* part without a salt */
        {false, "\x1A\x06\x0A\x01s\x12\x01x", 8}, /* short salt */
        {false, "\x1A\x03\x1A\x01h", 5},          /* short hash */
        {true, "\x22\x01x", 3},                   /* unknown field */
        {true, "\x10\x01", 2},                    /* a number for a change */
        {true, "\x12\x05x", 3},                   /* cut */
        {true, "\x12\x81\x00x", 4},               /* padded length */
        {true,
         "\x12\x01x\x0A\x20"
         "0123456789abcdef0123456789abcdef",
         37}, /* two seeds */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t plain[128];
        size_t len = cases[i].has_seed ? SEED_FIELD_BYTES : 0;
        memcpy(plain, seed_field, len);
        memcpy(plain + len, cases[i].rest, cases[i].rest_len);
        struct payload payload = {.change_count = 99};
        assert_int_equal(decode(fixture, bytes_of(plain, len + cases[i].rest_len), &payload), ERR_MALFORMED);
        assert_int_equal(payload.change_count, 99);
    }
}

/* A part holds a salted change or a hash, not both and nothing twice. */
static void payload_decode__part_with_too_much__malformed(void **state)
{
    struct fixture *fixture = *state;
    enum { SALT = 0x0A, CHANGE = 0x12, HASH = 0x1A };
    static const uint8_t tags[][3] = {
        {SALT, CHANGE, HASH}, {SALT, SALT, CHANGE}, {SALT, HASH, 0}, {HASH, HASH, 0}, {0x22, HASH, 0}};
    for (unsigned i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        uint8_t plain[128] = {0x1A};
        size_t len = 2;
        for (unsigned field = 0; field < 3 && tags[i][field] != 0; field++) {
            plain[len] = tags[i][field];
            plain[len + 1] = HASH_BYTES;
            len += 2 + HASH_BYTES;
        }
        plain[1] = (uint8_t)(len - 2);
        struct payload payload;
        assert_int_equal(decode(fixture, bytes_of(plain, len), &payload), ERR_MALFORMED);
    }
    static const uint8_t no_zstd[] = "this is no zstd frame";
    struct payload payload;
    assert_int_equal(payload_decode(bytes_of(no_zstd, sizeof no_zstd), &fixture->arena, &payload),
                     ERR_MALFORMED);
}

/* Changes that are all one byte, `count` of them, with a seed before. */
static size_t many_changes(uint8_t *out, size_t count)
{
    memset(out, 'x', 2 + PAYLOAD_SEED_BYTES + 3 * count);
    out[0] = 0x0A;
    out[1] = PAYLOAD_SEED_BYTES;
    for (size_t i = 0; i < count; i++) {
        out[34 + 3 * i] = 0x12;
        out[35 + 3 * i] = 1;
    }
    return 34 + 3 * count;
}

/* The limits hold to the one, on both sides. */
static void payload__past_the_limits__too_big(void **state)
{
    struct fixture *fixture = *state;
    static uint8_t plain[PAYLOAD_PARTS_BYTES_MAX + 1];
    struct payload payload;
    size_t len = many_changes(plain, PAYLOAD_CHANGES_MAX);
    assert_int_equal(decode(fixture, bytes_of(plain, len), &payload), ERR_OK);
    assert_int_equal(payload.change_count, PAYLOAD_CHANGES_MAX);
    len = many_changes(plain, PAYLOAD_CHANGES_MAX + 1);
    assert_int_equal(decode(fixture, bytes_of(plain, len), &payload), ERR_TOO_BIG);
    memset(plain, 0, sizeof plain);
    assert_int_equal(decode(fixture, bytes_of(plain, sizeof plain), &payload), ERR_TOO_BIG);
    assert_int_equal(
        payload_decode(bytes_of(plain, PAYLOAD_PARTS_COMPRESSED_BYTES_MAX + 1), &fixture->arena, &payload),
        ERR_TOO_BIG);
    struct arena small;
    arena_init(&small, 6000);
    len = many_changes(plain, 1900);
    buf_clear(&fixture->zstd);
    assert_int_equal(compress_append(&fixture->zstd, bytes_of(plain, len), 3), ERR_OK);
    assert_int_equal(payload_decode(buf_content(&fixture->zstd), &small, &payload), ERR_TOO_BIG);
    arena_release(&small);
}

/* A client that gathered too much learns it while sealing, and nothing was written. */
static void payload_encode__past_the_limits__too_big_and_unchanged(void **state)
{
    struct fixture *fixture = *state;
    struct payload_sealed sealed;
    static struct bytes changes[PAYLOAD_CHANGES_MAX + 1];
    static uint8_t noise[PAYLOAD_BYTES_MAX];
    for (size_t i = 0; i <= PAYLOAD_CHANGES_MAX; i++) {
        changes[i] = bytes_of_text("x");
    }
    assert_int_equal(payload_encode(seed, changes, PAYLOAD_CHANGES_MAX + 1, &fixture->zstd, &sealed),
                     ERR_TOO_BIG);
    assert_int_equal(payload_encode(seed, changes, PAYLOAD_CHANGES_MAX, &fixture->zstd, &sealed), ERR_OK);
    buf_clear(&fixture->zstd);

    uint32_t number = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        number = number * 1664525 + 1013904223;
        noise[i] = (uint8_t)(number >> 24);
    }
    changes[0] = bytes_of(noise, sizeof noise);
    assert_int_equal(payload_encode(seed, changes, 1, &fixture->zstd, &sealed), ERR_TOO_BIG);
    changes[0] = bytes_of(noise, PAYLOAD_COMPRESSED_BYTES_MAX);
    assert_int_equal(payload_encode(seed, changes, 1, &fixture->zstd, &sealed), ERR_TOO_BIG);
    assert_int_equal(fixture->zstd.len, 0);
    struct buf small;
    buf_init(&small, 10);
    changes[0] = bytes_of_text("x");
    assert_int_equal(payload_encode(seed, changes, 1, &small, &sealed), ERR_TOO_BIG);
    assert_int_equal(small.len, 0);
    buf_release(&small);
}

/* Whichever allocation fails while sealing, it is said, nothing leaks and nothing was written. */
static void payload_encode__any_allocation_fails__no_memory(void **state)
{
    (void)state;
    const struct bytes changes[] = {bytes_of_text("first")};
    struct payload_sealed sealed;
    enum err err = ERR_NO_MEMORY;
    size_t index = 0;
    while (err != ERR_OK) {
        struct buf out;
        buf_init(&out, 1000);
        fault_memory_fail_at(index++);
        err = payload_encode(seed, changes, 1, &out, &sealed);
        bool has_failed = fault_memory_stop();
        assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_OK);
        assert_true(out.len == 0 || err == ERR_OK);
        buf_release(&out);
    }
    assert_true(index >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(payload_encode__decoded__same_changes_and_hash, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(payload_hash__fixed_seed__known_values, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(payload_decode__part_form_with_erasure__same_hash, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(payload_decode__neither_form__malformed, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(payload_decode__part_with_too_much__malformed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(payload__past_the_limits__too_big, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(payload_encode__past_the_limits__too_big_and_unchanged, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(payload_encode__any_allocation_fails__no_memory, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
