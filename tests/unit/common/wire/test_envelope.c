/* The envelope: its layout is final. */
#include "common/wire/envelope.h"

#include "tests/lib/test.h"

static const struct envelope sample = {
    .device = {{0xD0, 0xD1}},
    .sequence = 0x0102030405060708U,
    .previous = {{0xA0, 0xA1}},
    .content = ENVELOPE_CONTENT_CHANGES,
    .schema_version = 0x11121314,
    .payload_bytes = 0x21222324,
    .payload_hash = {{0xB0, 0xB1}},
};

/* Every field stands where the table of docs/protocol.md says. */
static void envelope_encode__sample__documented_offsets(void **state)
{
    (void)state;
    uint8_t at[ENVELOPE_BYTES];
    envelope_encode(&sample, at);
    assert_memory_equal(at, "dantin/envelope\0\x01\x01\xD0\xD1", 20);
    assert_memory_equal(at + 50, "\x01\x02\x03\x04\x05\x06\x07\x08\xA0\xA1", 10);
    assert_memory_equal(at + 90, "\x00\x01\x11\x12\x13\x14\x21\x22\x23\x24\xB0\xB1", 12);
    assert_int_equal(at[131], 0);
}

/* Decoding gives back what was encoded. */
static void envelope_decode__encoded__same(void **state)
{
    (void)state;
    uint8_t at[ENVELOPE_BYTES];
    uint8_t again[ENVELOPE_BYTES];
    struct envelope envelope;
    envelope_encode(&sample, at);
    assert_int_equal(envelope_decode(bytes_of(at, sizeof at), &envelope), ERR_OK);
    envelope_encode(&envelope, again);
    assert_memory_equal(at, again, sizeof at);
    assert_true(envelope.sequence == sample.sequence);
    assert_int_equal(envelope.payload_bytes, sample.payload_bytes);
}

/* Another length, another domain and sequence 0 are no envelope; another layout or algorithm is one of the
 * future. */
static void envelope_decode__changed__malformed_or_unsupported(void **state)
{
    (void)state;
    uint8_t at[ENVELOPE_BYTES + 1] = {0};
    struct envelope envelope = {.sequence = 5};
    envelope_encode(&sample, at);
    assert_int_equal(envelope_decode(bytes_of(at, ENVELOPE_BYTES - 1), &envelope), ERR_MALFORMED);
    assert_int_equal(envelope_decode(bytes_of(at, ENVELOPE_BYTES + 1), &envelope), ERR_MALFORMED);
    for (size_t i = 0; i < 16; i++) {
        at[i] ^= 1;
        assert_int_equal(envelope_decode(bytes_of(at, ENVELOPE_BYTES), &envelope), ERR_MALFORMED);
        at[i] ^= 1;
    }
    at[16] = 2;
    assert_int_equal(envelope_decode(bytes_of(at, ENVELOPE_BYTES), &envelope), ERR_UNSUPPORTED);
    at[16] = 1;
    at[17] = 0;
    assert_int_equal(envelope_decode(bytes_of(at, ENVELOPE_BYTES), &envelope), ERR_UNSUPPORTED);
    at[17] = 1;
    memset(at + 50, 0, 8);
    assert_int_equal(envelope_decode(bytes_of(at, ENVELOPE_BYTES), &envelope), ERR_MALFORMED);
    assert_int_equal(envelope.sequence, 5);
}

/* Values computed apart (Python's hashlib) over the sample's bytes. */
static void version_name__sample__known_values(void **state)
{
    (void)state;
    uint8_t at[ENVELOPE_BYTES];
    char text[HASH_HEX_BYTES];
    envelope_encode(&sample, at);
    struct hash hash = envelope_hash(bytes_of(at, sizeof at));
    hex_encode(bytes_of(hash.at, HASH_BYTES), text);
    assert_string_equal(text, "b0d50a0501d544ef4278a5601e24e628fef9a4b822e457f397bd048343798abb");
    struct id name = version_name(&hash, 0);
    hex_encode(bytes_of(name.at, ID_BYTES), text);
    assert_string_equal(text, "9056d7543670bd4b2330851bc885a7fb");
    name = version_name(&hash, 0x01020304);
    hex_encode(bytes_of(name.at, ID_BYTES), text);
    assert_string_equal(text, "4444ae0be4d99aa506993103370816fc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelope_encode__sample__documented_offsets),
        cmocka_unit_test(envelope_decode__encoded__same),
        cmocka_unit_test(envelope_decode__changed__malformed_or_unsupported),
        cmocka_unit_test(version_name__sample__known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
