/* Checkpoints: the very bytes, made again elsewhere (Python: hashlib, cryptography), and what is refused. */
#include "common/crypto/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/test.h"

/* Log key: seed 00 01 … 1f. Device: seed 20 … 3f. Epoch 00 01 … 0f, five leaves of the reference tree, state
 * SHA-256("state"). */
#define EPOCH "000102030405060708090a0b0c0d0e0f"
#define ROOT "Tju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ="
#define STATE "S6aXNcpTdl7WpwnttWxuoja3GTo7KaazkMNG8PQ0Dk4="
#define DASH "\xE2\x80\x94 "
static const char text[] = "dantin/journal/" EPOCH "\n5\n" ROOT "\nstate " STATE "\n";
static const char log_line[] =
    DASH "dantin/journal "
         "tPk21IOHObChRLTwShm6q3vdccpQZ0WuLi14k9kCCnFT0gzHMnxbM+OjvjFODf+N+GEhB6qEVvpm/LjBaWqSBtqm3wo=\n";
#define DEVICE "824c89aa8efb95ef93629b4519599129cace4adac9a6180daba31ceed41ecee6"
static const char device_line[] =
    DASH "dantin/device/" DEVICE " DR3ZsAAAAABkGFDLbYF22KuTyY14agd+CkIatcn/fJIpJJf84nZMhn3cyLE5Um36hz+Xm"
         "+bImMxDFJa9gs7rGcHst7/d6jVJhQATBQ==\n";
static const uint64_t device_time_s = 1679315147;

struct keys {
    struct signing_key *log;
    struct signing_key *device;
    struct verify_key *log_verify;
    struct verify_key *device_verify;
    uint8_t device_public[SIGN_PUBLIC_KEY_BYTES];
    struct hash device_id;
    struct checkpoint checkpoint;
};

static struct signing_key *key_from(uint8_t first, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES],
                                    struct verify_key **ret_verify)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct signing_key *key = NULL;
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)(first + i);
    }
    assert_int_equal(signing_key_from_seed(seed, &key), ERR_OK);
    signing_key_public(key, ret_public);
    assert_int_equal(verify_key_new(bytes_of(ret_public, SIGN_PUBLIC_KEY_BYTES), ret_verify), ERR_OK);
    return key;
}

static int open_keys(void **state)
{
    struct keys *keys = calloc(1, sizeof *keys);
    uint8_t log_public[SIGN_PUBLIC_KEY_BYTES];
    keys->log = key_from(0, log_public, &keys->log_verify);
    keys->device = key_from(32, keys->device_public, &keys->device_verify);
    keys->device_id = sign_spki_hash(keys->device_public);
    keys->checkpoint.size = 5;
    int failed = hex_decode(EPOCH, keys->checkpoint.epoch.at, ID_BYTES) != ERR_OK ||
                 hex_decode("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                            keys->checkpoint.root.at, HASH_BYTES) != ERR_OK ||
                 hex_decode("4ba69735ca53765ed6a709edb56c6ea236b7193a3b29a6b390c346f0f4340e4e",
                            keys->checkpoint.state.at, HASH_BYTES) != ERR_OK;
    *state = keys;
    return failed;
}

static int close_keys(void **state)
{
    struct keys *keys = *state;
    signing_key_free(keys->log);
    signing_key_free(keys->device);
    verify_key_free(keys->log_verify);
    verify_key_free(keys->device_verify);
    free(keys);
    return 0;
}

/* The note and its cosignature, byte for byte. */
static void checkpoint_sign__vector__same_bytes(void **state)
{
    struct keys *keys = *state;
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    char made[CHECKPOINT_TEXT_BYTES_MAX];
    char expected[1024];
    struct buf out;
    buf_init(&out, NOTE_BYTES_MAX);

    assert_int_equal(checkpoint_text(&keys->checkpoint, made), strlen(text));
    assert_string_equal(made, text);
    assert_int_equal(checkpoint_sign(&keys->checkpoint, keys->log, &out), ERR_OK);
    assert_true(out.len <= CHECKPOINT_NOTE_BYTES_MAX);
    assert_int_equal(note_cosign(bytes_of_text(text), keys->device, device_time_s, signature), ERR_OK);
    assert_int_equal(
        checkpoint_append_cosignature(&keys->device_id, keys->device_public, device_time_s, signature, &out),
        ERR_OK);
    (void)snprintf(expected, sizeof expected, "%s\n%s%s", text, log_line, device_line);
    assert_true(bytes_equal(buf_content(&out), bytes_of_text(expected)));
    assert_true(strlen(device_line) <= CHECKPOINT_COSIGNATURE_BYTES_MAX);
    buf_release(&out);
}

/* What was signed is read back; a key that did not sign is not found in it. */
static void checkpoint_open__vector__fields_and_signers(void **state)
{
    struct keys *keys = *state;
    struct checkpoint read;
    struct note note;
    uint64_t time_s = 0;
    char in[1024];
    (void)snprintf(in, sizeof in, "%s\n%s%s", text, log_line, device_line);

    assert_int_equal(checkpoint_parse(bytes_of_text(in), &read, &note), ERR_OK);
    assert_memory_equal(&read, &keys->checkpoint, sizeof read);
    assert_int_equal(checkpoint_check_log(&note, keys->log_verify), ERR_OK);
    assert_int_equal(checkpoint_check_log(&note, keys->device_verify), ERR_NOT_FOUND);
    assert_int_equal(checkpoint_check_cosignature(&note, &keys->device_id, keys->device_verify, &time_s),
                     ERR_OK);
    assert_int_equal(time_s, device_time_s);
    assert_int_equal(checkpoint_check_cosignature(&note, &keys->device_id, keys->log_verify, NULL),
                     ERR_NOT_FOUND);

    assert_int_equal(checkpoint_open(bytes_of_text(in), keys->log_verify, &read), ERR_OK);
    assert_int_equal(checkpoint_open(bytes_of_text(in), keys->device_verify, &read), ERR_BAD_SIGNATURE);
    in[strlen("dantin/journal/") + ID_HEX_BYTES] = '6';
    assert_int_equal(checkpoint_open(bytes_of_text(in), keys->log_verify, &read), ERR_BAD_SIGNATURE);
}

/* A checkpoint has one text: other spellings are not checkpoints of ours, however well signed. */
static void checkpoint_parse__other_texts__malformed(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "dantin/journal/" EPOCH "\n5\n" ROOT "\n",
        "dantin/journal/" EPOCH "\n5\n" ROOT "\nstate " STATE "\nmore\n",
        "dantin/journal/" EPOCH "\n5\n" ROOT "\nState " STATE "\n",
        "dantin/journal/" EPOCH "\n5\n" ROOT "\nstate  " STATE "\n",
        "dantin/journal/" EPOCH "\n05\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n-5\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n5 \n" ROOT "\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n9223372036854775808\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n99999999999999999999\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/000102030405060708090A0b0c0d0e0f\n5\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/000102030405060708090a0b0c0d0e\n5\n" ROOT "\nstate " STATE "\n",
        "dantin/journal\n5\n" ROOT "\nstate " STATE "\n",
        "example.com/log\n5\n" ROOT "\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n5\nTju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNR=\nstate " STATE "\n",
        "dantin/journal/" EPOCH "\n5\nTju7H3tH\nstate " STATE "\n",
    };
    struct checkpoint read;
    char in[1024];
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        (void)snprintf(in, sizeof in, "%s\n%s", refused[i], log_line);
        assert_int_equal(checkpoint_parse(bytes_of_text(in), &read, NULL), ERR_MALFORMED);
    }
    (void)snprintf(in, sizeof in, "dantin/journal/%s\n9223372036854775807\n" ROOT "\nstate " STATE "\n\n%s",
                   EPOCH, log_line);
    assert_int_equal(checkpoint_parse(bytes_of_text(in), &read, NULL), ERR_OK);
    assert_true(read.size == INT64_MAX);
}

/* Who cosigned is read off the name. */
static void checkpoint_device_of__names__id_or_not_found(void **state)
{
    struct keys *keys = *state;
    struct hash device;
    assert_int_equal(checkpoint_device_of(bytes_of_text("dantin/device/" DEVICE), &device), ERR_OK);
    assert_true(hash_equal(&device, &keys->device_id));
    assert_int_equal(checkpoint_device_of(bytes_of_text("dantin/journal"), &device), ERR_NOT_FOUND);
    assert_int_equal(checkpoint_device_of(bytes_of_text("dantin/device/" DEVICE "0"), &device),
                     ERR_NOT_FOUND);
    assert_int_equal(checkpoint_device_of(bytes_of_text("dantin/device/"), &device), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint_sign__vector__same_bytes),
        cmocka_unit_test(checkpoint_open__vector__fields_and_signers),
        cmocka_unit_test(checkpoint_parse__other_texts__malformed),
        cmocka_unit_test(checkpoint_device_of__names__id_or_not_found),
    };
    return cmocka_run_group_tests(tests, open_keys, close_keys);
}
