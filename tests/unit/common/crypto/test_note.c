/* Signed notes: a note of another implementation, and all that is not a note. */
#include "common/crypto/note.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/fault_memory.h"
#include "tests/lib/test.h"

/* The example of golang.org/x/mod/sumdb/note: key PeterNeumann+c74f20a3, its text, the signature Go makes. */
static const char go_seed_hex[] = "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173";
static const char go_text[] =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
static const char go_line[] =
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static struct signing_key *go_key(void)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct signing_key *key = NULL;
    assert_int_equal(hex_decode(go_seed_hex, seed, sizeof seed), ERR_OK);
    assert_int_equal(signing_key_from_seed(seed, &key), ERR_OK);
    return key;
}

static struct verify_key *verify_of(const struct signing_key *key)
{
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct verify_key *verify = NULL;
    signing_key_public(key, public_key);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &verify), ERR_OK);
    return verify;
}

static void go_note(char *out, size_t size)
{
    (void)snprintf(out, size, "%s\n%s", go_text, go_line);
}

/* Byte for byte what Go writes, and its key id. */
static void note_sign__key_of_go__its_note(void **state)
{
    (void)state;
    struct signing_key *key = go_key();
    struct verify_key *verify = verify_of(key);
    struct bytes name = bytes_of_text("PeterNeumann");
    struct buf out;
    buf_init(&out, NOTE_BYTES_MAX);

    assert_int_equal(note_key_of(name, NOTE_ED25519, verify).id, 0xc74f20a3);
    assert_int_equal(note_sign(bytes_of_text(go_text), name, key, &out), ERR_OK);
    assert_true(bytes_equal(buf_content(&out), bytes_of_text(go_line)));

    buf_release(&out);
    verify_key_free(verify);
    signing_key_free(key);
}

/* Its note verifies; a changed text, a changed signature and a key that did not sign do not. */
static void note_check__note_of_go__verifies_until_changed(void **state)
{
    (void)state;
    struct signing_key *key = go_key();
    struct verify_key *verify = verify_of(key);
    struct note_key known = note_key_of(bytes_of_text("PeterNeumann"), NOTE_ED25519, verify);
    struct note_key renamed = note_key_of(bytes_of_text("EnochRoot"), NOTE_ED25519, verify);
    struct note_key cosigner = note_key_of(bytes_of_text("PeterNeumann"), NOTE_COSIGNATURE, verify);
    char text[512];
    struct note note;
    go_note(text, sizeof text);

    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    assert_int_equal(note.signature_count, 1);
    assert_true(bytes_equal(note.text, bytes_of_text(go_text)));
    assert_int_equal(note_check(&note, &known, NULL), ERR_OK);
    assert_int_equal(note_check(&note, &renamed, NULL), ERR_NOT_FOUND);
    assert_int_equal(note_check(&note, &cosigner, NULL), ERR_NOT_FOUND);

    text[3] = 'x';
    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    assert_int_equal(note_check(&note, &known, NULL), ERR_BAD_SIGNATURE);
    go_note(text, sizeof text);
    text[strlen(text) - 20] = text[strlen(text) - 20] == 'A' ? 'B' : 'A';
    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    assert_int_equal(note_check(&note, &known, NULL), ERR_BAD_SIGNATURE);

    verify_key_free(verify);
    signing_key_free(key);
}

/* Strangers' lines are skipped, whatever they hold; the known key twice is no note to trust; a known key's line of another
 * length is wrong. */
static void note_check__several_lines__each_judged(void **state)
{
    (void)state;
    struct signing_key *key = go_key();
    struct verify_key *verify = verify_of(key);
    struct note_key known = note_key_of(bytes_of_text("PeterNeumann"), NOTE_ED25519, verify);
    char text[2048];
    struct note note;

    (void)snprintf(text, sizeof text,
                   "%s\n\xE2\x80\x94 EnochRoot x08go/ZJkuA=\n%s\xE2\x80\x94 Đông AAAAAAAAAAAA\n", go_text,
                   go_line);
    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    assert_int_equal(note.signature_count, 3);
    assert_int_equal(note_check(&note, &known, NULL), ERR_OK);

    (void)snprintf(text, sizeof text, "%s\n%s%s", go_text, go_line, go_line);
    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    assert_int_equal(note_check(&note, &known, NULL), ERR_MALFORMED);

    (void)snprintf(text, sizeof text, "%s\n\xE2\x80\x94 PeterNeumann x08go/ZJkuA=\n", go_text);
    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    assert_int_equal(note_check(&note, &known, NULL), ERR_BAD_SIGNATURE);

    verify_key_free(verify);
    signing_key_free(key);
}

/* A stranger's signature may be as long as those of algorithms to come. */
static void note_next__long_signature__length_without_bytes(void **state)
{
    (void)state;
    static char text[8192];
    struct note note;
    size_t len = (size_t)snprintf(text, sizeof text, "t\n\n\xE2\x80\x94 pq AAECAw==");
    len -= 8;
    for (size_t i = 0; i < 4800; i += 4) {
        memcpy(text + len, "AAEC", 4);
        len += 4;
    }
    text[len++] = '\n';
    text[len] = '\0';
    assert_int_equal(note_parse(bytes_of_text(text), &note), ERR_OK);
    struct bytes rest = note.signatures;
    struct note_signature signature;
    assert_true(note_next(&rest, &signature));
    assert_int_equal(signature.key_id, 0x00010200);
    assert_int_equal(signature.len, 3600 - 4);
    assert_false(note_next(&rest, &signature));
}

#define LINE "\xE2\x80\x94 a AAAAAAAA\n"
/* What is not a note, one fault each. */
static void note_parse__faults__malformed(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n" LINE,                       /* no empty line */
        "\n" LINE,                           /* no text */
        "text\n\n\xE2\x80\x94 a AAAAAAAA",   /* no last newline */
        "text\n\n" LINE "\n",                /* the last empty line is behind the signatures */
        "text\n\n\xE2\x80\x93 a AAAAAAAA\n", /* en dash */
        "text\n\n- a AAAAAAAA\n",
        "text\n\n\xE2\x80\x94_ AAAAAAAA\n",
        "text\n\n\xE2\x80\x94  AAAAAAAA\n", /* no name */
        "text\n\n\xE2\x80\x94 a+b AAAAAAAA\n",
        "text\n\n\xE2\x80\x94 a\xC2\xA0"
        "b AAAAAAAA\n", /* a Unicode space in the name */
        "text\n\n\xE2\x80\x94 a\xE3\x80\x80"
        "b AAAAAAAA\n",
        "text\n\n\xE2\x80\x94 a  AAAAAAAA\n",
        "text\n\n\xE2\x80\x94 a AAAAAAAA \n",
        "text\n\n\xE2\x80\x94 a\n",
        "text\n\n\xE2\x80\x94 a \n",
        "text\n\n\xE2\x80\x94 a AAAAAA==\n", /* a key id and nothing more */
        "text\n\n\xE2\x80\x94 a AAAAAAA\n",
        "text\n\n\xE2\x80\x94 a AAAAAB==\n", /* not the one base64 text */
        "text\n\n\xE2\x80\x94 a AAAA*AAA\n",
        "ab\tcd\n\n" LINE,
        "ab\x01gh\n\n" LINE,
        "text\r\n\n" LINE,
        "ab\xC0\x80xy\n\n" LINE, /* not UTF-8 */
        "ab\xEDxy\n\n" LINE,
        "text\n\n" LINE "what else\n",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct note note;
        assert_int_equal(note_parse(bytes_of_text(refused[i]), &note), ERR_MALFORMED);
    }
    struct note note;
    assert_int_equal(note_parse(bytes_of("ab\0xy\n\n" LINE, sizeof LINE + 6), &note), ERR_MALFORMED);
    assert_int_equal(note_parse(bytes_of_text("a\n\nb\n\n" LINE), &note),
                     ERR_OK); /* the last empty line counts */
    assert_true(bytes_equal(note.text, bytes_of_text("a\n\nb\n")));
}

/* The limits, each at its edge. */
static void note_parse__past_limits__too_big(void **state)
{
    (void)state;
    struct buf in;
    struct note note;
    buf_init(&in, 2 * NOTE_BYTES_MAX);
    assert_int_equal(buf_append_text(&in, "text\n\n"), ERR_OK);
    for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++) {
        assert_int_equal(buf_append_text(&in, LINE), ERR_OK);
    }
    assert_int_equal(note_parse(buf_content(&in), &note), ERR_OK);
    assert_int_equal(note.signature_count, NOTE_SIGNATURES_MAX);
    assert_int_equal(buf_append_text(&in, LINE), ERR_OK);
    assert_int_equal(note_parse(buf_content(&in), &note), ERR_TOO_BIG);

    for (unsigned over = 0; over <= 1; over++) {
        buf_clear(&in);
        assert_int_equal(buf_append_format(&in, "text\n\n\xE2\x80\x94 %0*d AAAAAAAA\n",
                                           NOTE_NAME_BYTES_MAX + (int)over, 1),
                         ERR_OK);
        assert_int_equal(note_parse(buf_content(&in), &note), over == 0 ? ERR_OK : ERR_TOO_BIG);
        buf_clear(&in);
        int fill = (int)(NOTE_BYTES_MAX - strlen("\n\n" LINE)) + (int)over;
        assert_int_equal(buf_append_format(&in, "%0*d\n\n" LINE, fill, 1), ERR_OK);
        assert_int_equal(note_parse(buf_content(&in), &note), over == 0 ? ERR_OK : ERR_TOO_BIG);
    }
    buf_release(&in);
}

/* A cosignature is over the time too, and is checked both in a note and by itself. */
static void note_cosign__time_and_text__bound(void **state)
{
    (void)state;
    struct signing_key *key = go_key();
    struct verify_key *verify = verify_of(key);
    struct bytes name = bytes_of_text("witness.example/w1");
    struct note_key known = note_key_of(name, NOTE_COSIGNATURE, verify);
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct bytes view = bytes_of(signature, sizeof signature);
    struct bytes text = bytes_of_text(go_text);
    struct buf out;
    struct note note;
    uint64_t time_s = 0;
    signing_key_public(key, public_key);
    buf_init(&out, NOTE_BYTES_MAX);

    assert_int_equal(note_cosign(text, key, 1679315147, signature), ERR_OK);
    assert_int_equal(note_check_cosignature(text, verify, 1679315147, view), ERR_OK);
    assert_int_equal(note_check_cosignature(text, verify, 1679315148, view), ERR_BAD_SIGNATURE);
    assert_int_equal(note_check_cosignature(text, verify, UINT64_MAX, view), ERR_BAD_SIGNATURE);
    assert_int_equal(note_check_cosignature(bytes_of(text.at, text.len - 1), verify, 1679315147, view),
                     ERR_BAD_SIGNATURE);
    assert_int_equal(note_check_cosignature(text, verify, 1679315147, bytes_of(signature, 63)),
                     ERR_BAD_SIGNATURE);

    assert_int_equal(buf_append_format(&out, "%s\n%s", go_text, go_line), ERR_OK);
    assert_int_equal(note_append_cosignature(name, public_key, 1679315147, signature, &out), ERR_OK);
    assert_int_equal(note_parse(buf_content(&out), &note), ERR_OK);
    assert_int_equal(note_check(&note, &known, &time_s), ERR_OK);
    assert_int_equal(time_s, 1679315147);
    buf_truncate(&out, strlen(go_text) + 1);
    assert_int_equal(note_append_cosignature(name, public_key, 1679315146, signature, &out), ERR_OK);
    assert_int_equal(note_parse(buf_content(&out), &note), ERR_OK);
    assert_int_equal(note_check(&note, &known, &time_s), ERR_BAD_SIGNATURE);

    fault_memory_fail_at(0);
    assert_int_equal(note_cosign(text, key, 1, signature), ERR_NO_MEMORY);
    assert_true(fault_memory_stop());
    buf_release(&out);
    verify_key_free(verify);
    signing_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(note_sign__key_of_go__its_note),
        cmocka_unit_test(note_check__note_of_go__verifies_until_changed),
        cmocka_unit_test(note_check__several_lines__each_judged),
        cmocka_unit_test(note_next__long_signature__length_without_bytes),
        cmocka_unit_test(note_parse__faults__malformed),
        cmocka_unit_test(note_parse__past_limits__too_big),
        cmocka_unit_test(note_cosign__time_and_text__bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
