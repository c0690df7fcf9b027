/* Streams sealed to recipients: what goes in comes out, and nothing cut, changed or moved does. */
#include "common/crypto/seal_stream.h"

#include "common/base/buf.h"
#include "tests/lib/test.h"

enum { STREAM_BYTES_MAX = 1 << 20, PIECE_BYTES = 7000, RECIPIENTS = 2 };

struct fixture {
    struct recipient_key *keys[RECIPIENTS + 1]; /* the last is nobody's */
    uint8_t publics[RECIPIENTS][RECIPIENT_KEY_BYTES];
    struct buf sealed;
    size_t read_at;
    size_t end; /* of what the source gives */
};

static enum err sink(void *context, struct bytes out)
{
    struct fixture *f = context;
    return buf_append(&f->sealed, out);
}

/* In odd pieces, as a pipe would. */
static enum err source(void *context, uint8_t *at, size_t max, size_t *ret_len)
{
    struct fixture *f = context;
    size_t len = f->end - f->read_at < max ? f->end - f->read_at : max;
    len = len < 1777 ? len : 1777;
    memcpy(at, buf_content(&f->sealed).at + f->read_at, len);
    f->read_at += len;
    *ret_len = len;
    return ERR_OK;
}

static int fixture_open(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    buf_init(&f.sealed, STREAM_BYTES_MAX);
    for (size_t i = 0; i <= RECIPIENTS; i++) {
        assert_int_equal(recipient_key_generate(&f.keys[i]), ERR_OK);
        if (i < RECIPIENTS) {
            recipient_key_public(f.keys[i], f.publics[i]);
        }
    }
    *state = &f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    buf_release(&f->sealed);
    for (size_t i = 0; i <= RECIPIENTS; i++) {
        recipient_key_free(f->keys[i]);
    }
    recipient_key_free(NULL);
    seal_writer_free(NULL);
    seal_reader_free(NULL);
    return 0;
}

static uint8_t plain_at(size_t i)
{
    return (uint8_t)(i * 31 + i / 256);
}

static void write_stream(struct fixture *f, size_t len)
{
    struct seal_writer *writer = NULL;
    uint8_t piece[PIECE_BYTES];
    buf_clear(&f->sealed);
    assert_int_equal(
        seal_writer_new((const uint8_t(*)[RECIPIENT_KEY_BYTES])f->publics, RECIPIENTS, sink, f, &writer),
        ERR_OK);
    for (size_t at = 0; at < len;) {
        size_t part = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;
        for (size_t i = 0; i < part; i++) {
            piece[i] = plain_at(at + i);
        }
        assert_int_equal(seal_writer_add(writer, bytes_of(piece, part)), ERR_OK);
        at += part;
    }
    assert_int_equal(seal_writer_finish(writer), ERR_OK);
    seal_writer_free(writer);
    f->end = buf_content(&f->sealed).len;
}

/* The error that ends it, or how much came. */
static enum err read_stream(struct fixture *f, size_t key, size_t *ret_len)
{
    struct seal_reader *reader = NULL;
    struct bytes plain = {0};
    size_t len = 0;
    f->read_at = 0;
    enum err err = seal_reader_new(f->keys[key], source, f, &reader);
    while (err == ERR_OK) {
        err = seal_reader_next(reader, &plain);
        if (err != ERR_OK || plain.len == 0) {
            break;
        }
        for (size_t i = 0; i < plain.len; i++) {
            assert_int_equal(plain.at[i], plain_at(len + i));
        }
        len += plain.len;
    }
    seal_reader_free(reader);
    *ret_len = len;
    return err;
}

/* Around every border of chunks each recipient gets the same bytes; nobody else gets any. */
static void seal_stream__lengths__each_recipient_reads(void **state)
{
    struct fixture *f = *state;
    static const size_t lengths[] = {0,
                                     1,
                                     SEAL_STREAM_CHUNK_BYTES - 1,
                                     SEAL_STREAM_CHUNK_BYTES,
                                     SEAL_STREAM_CHUNK_BYTES + 1,
                                     2 * SEAL_STREAM_CHUNK_BYTES,
                                     3 * SEAL_STREAM_CHUNK_BYTES + 100};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t len = 0;
        write_stream(f, lengths[i]);
        for (size_t key = 0; key < RECIPIENTS; key++) {
            assert_int_equal(read_stream(f, key, &len), ERR_OK);
            assert_int_equal(len, lengths[i]);
        }
        assert_int_equal(read_stream(f, RECIPIENTS, &len), ERR_FORBIDDEN);
    }
}

/* A stream that ends early is never taken for whole, wherever it was cut; not between chunks either. */
static void seal_stream__cut_anywhere__noticed(void **state)
{
    struct fixture *f = *state;
    size_t len = 0;
    write_stream(f, 2 * SEAL_STREAM_CHUNK_BYTES + 50);
    size_t whole = f->end;
    size_t header = SEAL_STREAM_PREFIX_BYTES + RECIPIENTS * SEAL_STREAM_ENTRY_BYTES;
    for (size_t cut = 0; cut < whole; cut += cut < header + 40 || cut > whole - 90 ? 1 : 997) {
        f->end = cut;
        enum err err = read_stream(f, 0, &len);
        assert_int_equal(err, cut < header ? ERR_MALFORMED : ERR_SEALED);
    }
    size_t chunk = SEAL_STREAM_CHUNK_BYTES + SEAL_OVERHEAD_BYTES;
    for (size_t chunks = 0; chunks < 3; chunks++) {
        f->end = header + chunks * chunk;
        assert_int_equal(read_stream(f, 0, &len), ERR_SEALED);
    }
}

/* Any bit of the header and of the chunks, and two chunks in the other order. */
static void seal_stream__changed__noticed(void **state)
{
    struct fixture *f = *state;
    size_t len = 0;
    write_stream(f, 2 * SEAL_STREAM_CHUNK_BYTES + 50);
    uint8_t *at = (uint8_t *)(uintptr_t)buf_content(&f->sealed).at;
    size_t header = SEAL_STREAM_PREFIX_BYTES + RECIPIENTS * SEAL_STREAM_ENTRY_BYTES;
    for (size_t byte = 0; byte < f->end; byte += byte < header + 40 ? 1 : 4001) {
        at[byte] ^= 0x10;
        assert_int_not_equal(read_stream(f, 0, &len), ERR_OK);
        assert_int_not_equal(read_stream(f, 1, &len), ERR_OK);
        at[byte] ^= 0x10;
    }
    size_t chunk = SEAL_STREAM_CHUNK_BYTES + SEAL_OVERHEAD_BYTES;
    uint8_t *first = test_malloc(chunk);
    memcpy(first, at + header, chunk);
    memmove(at + header, at + header + chunk, chunk);
    memcpy(at + header + chunk, first, chunk);
    test_free(first);
    assert_int_equal(read_stream(f, 0, &len), ERR_SEALED);
    assert_int_equal(len, 0);
}

/* A stream made by another program from the header's description alone (tests/fuzz/make_corpus.py). */
static void seal_reader__foreign_stream__read(void **state)
{
    struct fixture *f = *state;
    static const char hex[] =
        "64616e74696e2f7365616c6564000000010107a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0"
        "b2b86d1c7c01000102030405060708090a0b55a8693d86cc9ad1c420b6dc42a6baadcf780f32ccbfd686aaa931"
        "a120996db8d9cd4b06a84b4ce23eca9621132ca49b01000102030405060708090a0b76e2633e993d78407b2ace"
        "f16dfaee065d80b8";
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
                              "-----END PRIVATE KEY-----\n";
    uint8_t *at = NULL;
    struct recipient_key *key = NULL;
    struct seal_reader *reader = NULL;
    struct bytes plain;
    f->end = strlen(hex) / 2;
    assert_int_equal(buf_reserve(&f->sealed, f->end, &at), ERR_OK);
    assert_int_equal(hex_decode(hex, at, f->end), ERR_OK);
    buf_commit(&f->sealed, f->end);
    assert_int_equal(recipient_key_from_pem(bytes_of_text(pem), &key), ERR_OK);
    assert_int_equal(seal_reader_new(key, source, f, &reader), ERR_OK);
    assert_int_equal(seal_reader_next(reader, &plain), ERR_OK);
    assert_true(bytes_equal(plain, bytes_of_text("abc")));
    assert_int_equal(seal_reader_next(reader, &plain), ERR_OK);
    assert_int_equal(plain.len, 0);
    seal_reader_free(reader);
    recipient_key_free(key);
}

/* RFC 7748, 6.1, through PEM; a point of small order shares nothing. */
static void recipient_share__published_vector__matches(void **state)
{
    (void)state;
    static const char private_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                                      "MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
                                      "-----END PRIVATE KEY-----\n";
    uint8_t public_key[RECIPIENT_KEY_BYTES];
    uint8_t other[RECIPIENT_KEY_BYTES];
    uint8_t expected[RECIPIENT_KEY_BYTES];
    uint8_t shared[RECIPIENT_KEY_BYTES];
    char pem[RECIPIENT_PEM_BYTES_MAX];
    struct recipient_key *key = NULL;
    struct recipient_key *again = NULL;
    assert_int_equal(recipient_key_from_pem(bytes_of_text(private_pem), &key), ERR_OK);
    recipient_key_public(key, public_key);
    assert_int_equal(
        hex_decode("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", expected, 32), ERR_OK);
    assert_memory_equal(public_key, expected, 32);
    assert_int_equal(
        hex_decode("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", other, 32), ERR_OK);
    assert_int_equal(
        hex_decode("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", expected, 32), ERR_OK);
    assert_int_equal(recipient_share(key, other, shared), ERR_OK);
    assert_memory_equal(shared, expected, 32);

    assert_int_equal(recipient_public_to_pem(public_key, pem), ERR_OK);
    memset(other, 0, sizeof other);
    assert_int_equal(recipient_share(key, other, shared), ERR_MALFORMED);
    assert_int_equal(recipient_public_from_pem(bytes_of_text(pem), other), ERR_OK);
    assert_memory_equal(other, public_key, 32);
    assert_int_equal(recipient_key_from_pem(bytes_of_text(pem), &again), ERR_MALFORMED);
    assert_int_equal(recipient_public_from_pem(bytes_of_text(private_pem), other), ERR_MALFORMED);
    assert_int_equal(recipient_key_to_pem(key, pem), ERR_OK);
    assert_int_equal(recipient_key_from_pem(bytes_of_text(pem), &again), ERR_OK);
    recipient_key_free(again);
    recipient_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(seal_stream__lengths__each_recipient_reads, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(seal_stream__cut_anywhere__noticed, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(seal_stream__changed__noticed, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(seal_reader__foreign_stream__read, fixture_open, fixture_close),
        cmocka_unit_test(recipient_share__published_vector__matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
