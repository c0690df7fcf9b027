/* docs/protocol.md is the contract with programs not written here: every frame of its worked exchange is
 * built again from the inputs it states, and its tables are compared with messages.def and errors.def.
 *
 * A block of the document is ```hex NAME, then pairs of hex digits, comments after '#', then ```. */
#include <stdio.h>
#include <stdlib.h>

#include "common/crypto/hash.h"
#include "common/record/record_id.h"
#include "common/wire/envelope.h"
#include "common/wire/frame.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "common/wire/receipt.h"
#include "proto/query.pb-c.h"
#include "proto/records.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/test.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20, BLOCK_BYTES_MAX = 4096 };

/* The inputs of the exchange, as the document states them. */
enum {
    DEVICE_SEED = 0x11,  /* every byte of the device's private key */
    RECEIPT_SEED = 0x22, /* ... of the key that signs receipts */
    PAYLOAD_SEED = 0x33,
    EPOCH = 0x44,
    HELLO_ID = 1,
    SUBMIT_ID = 2,
    QUERY_ID = 3,
    BORN = 3653,      /* 1980-01-02 */
    ADMITTED = 14748, /* 2010-05-19 */
    OFFICIAL = 15113, /* 2011-05-19 */
    ASKED = 19144,    /* 2022-06-01 */
};
static const int64_t server_time_ms = INT64_C(1654041600000);
static const uint8_t member_prefix[8] = {0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8};
static const uint8_t cell_prefix[8] = {0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8};

struct exchange {
    char *document;
    struct arena arena;
    struct signing_key *device_key;
    struct signing_key *receipt_key;
    struct hash device;
    struct id epoch;
    struct id sender;
    struct buf change;
    struct bytes payload_zstd; /* as the document has it: another zstd may compress differently */
    struct payload_sealed sealed;
    uint8_t envelope[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct hash leaf;
    uint8_t receipt_signature[SIGN_SIGNATURE_BYTES];
};

/* ---- the document ---- */

static char *read_document(void)
{
    const char *source = getenv("DANTIN_SOURCE_DIR");
    if (source == NULL) {
        fail_msg("DANTIN_SOURCE_DIR is not set");
    }
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/docs/protocol.md", source);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s cannot be read", path);
        return NULL;
    }
    char *text = malloc(DOCUMENT_BYTES_MAX + 1);
    size_t len = fread(text, 1, DOCUMENT_BYTES_MAX, file);
    (void)fclose(file);
    text[len] = '\0';
    return text;
}

/* The bytes of a block; lie in the arena. */
static struct bytes block_of(struct exchange *exchange, const char *name)
{
    char opening[64];
    (void)snprintf(opening, sizeof opening, "\n```hex %s\n", name);
    const char *at = strstr(exchange->document, opening);
    if (at == NULL) {
        fail_msg("docs/protocol.md has no block \"%s\"", name);
        return bytes_of(NULL, 0);
    }
    uint8_t *out = arena_alloc(&exchange->arena, BLOCK_BYTES_MAX);
    size_t len = 0;
    for (at += strlen(opening); *at != '`';) {
        if (*at == '#') {
            at += strcspn(at, "\n");
        } else if (*at == ' ' || *at == '\n') {
            at++;
        } else {
            char pair[3] = {at[0], at[1], '\0'};
            assert_true(len < BLOCK_BYTES_MAX);
            if (hex_decode(pair, out + len, 1) != ERR_OK) {
                fail_msg("block \"%s\": \"%s\" is no byte", name, pair);
            }
            len++;
            at += 2;
        }
    }
    return bytes_of(out, len);
}

static void assert_block(struct exchange *exchange, const char *name, struct bytes built)
{
    struct bytes block = block_of(exchange, name);
    if (bytes_equal(block, built)) {
        return;
    }
    (void)printf("block \"%s\" should be\n", name);
    for (size_t i = 0; i < built.len; i++) {
        (void)printf("%02x%s", built.at[i], i % 16 == 15 || i + 1 == built.len ? "\n" : " ");
    }
    fail_msg("docs/protocol.md: block \"%s\" is not what the code makes", name);
}

/* The message in a frame of its own. */
static void assert_frame_block(struct exchange *exchange, const char *name, uint16_t type,
                               uint64_t request_id, const void *message)
{
    struct buf body;
    struct buf frame;
    buf_init(&body, BLOCK_BYTES_MAX);
    buf_init(&frame, BLOCK_BYTES_MAX);
    assert_int_equal(message_pack(message, &body), ERR_OK);
    assert_int_equal(frame_append(&frame, type, request_id, buf_content(&body), true), ERR_OK);
    assert_block(exchange, name, buf_content(&frame));
    buf_release(&body);
    buf_release(&frame);
}

static ProtobufCBinaryData data_of(const void *at, size_t len)
{
    return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)(uintptr_t)at};
}

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static struct signing_key *key_of(int seed_byte)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct signing_key *key = NULL;
    memset(seed, seed_byte, sizeof seed);
    assert_int_equal(signing_key_from_seed(seed, &key), ERR_OK);
    return key;
}

static int exchange_open(void **state)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    exchange->document = read_document();
    arena_init(&exchange->arena, 1 << 20);
    exchange->device_key = key_of(DEVICE_SEED);
    exchange->receipt_key = key_of(RECEIPT_SEED);
    signing_key_public(exchange->device_key, public_key);
    exchange->device = sign_spki_hash(public_key);
    memset(exchange->epoch.at, EPOCH, ID_BYTES);
    exchange->sender =
        record_id_derive(KIND_BRANCH, "tinh-uy-quang-ngai", "522", (struct value){.is_stated = false});
    buf_init(&exchange->change, BLOCK_BYTES_MAX);
    *state = exchange;
    return 0;
}

static int exchange_close(void **state)
{
    struct exchange *exchange = *state;
    free(exchange->document);
    arena_release(&exchange->arena);
    signing_key_free(exchange->device_key);
    signing_key_free(exchange->receipt_key);
    buf_release(&exchange->change);
    free(exchange);
    return 0;
}

/* ---- the exchange, in its order ---- */

static void check_hello(struct exchange *exchange)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;
    hello.has_version_min = hello.has_version_max = hello.has_schema_version = 1;
    hello.version_min = hello.version_max = 1;
    hello.software = text_of("example 1.0");
    hello.schema_version = 1;
    hello.language = text_of("en");
    assert_frame_block(exchange, "HELLO", MESSAGE_HELLO, HELLO_ID, &hello);
}

static void check_welcome(struct exchange *exchange)
{
    uint8_t receipt_public[SIGN_PUBLIC_KEY_BYTES];
    signing_key_public(exchange->receipt_key, receipt_public);
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;
    welcome.has_version = welcome.has_schema_version = welcome.has_head = welcome.has_server_time_ms = 1;
    welcome.version = 1;
    welcome.software = text_of("dantind 0.1.0");
    welcome.schema_version = 1;
    welcome.has_epoch = welcome.has_device = welcome.has_sender = welcome.has_receipt_key = 1;
    welcome.epoch = data_of(exchange->epoch.at, ID_BYTES);
    welcome.head = 41;
    welcome.server_time_ms = server_time_ms;
    welcome.device = data_of(exchange->device.at, HASH_BYTES);
    welcome.sender = data_of(exchange->sender.at, ID_BYTES);
    welcome.role = text_of("clerk");
    welcome.has_is_province = welcome.has_last_sequence = welcome.has_credits = welcome.has_idle_timeout_ms =
        1;
    welcome.receipt_key = data_of(receipt_public, sizeof receipt_public);
    welcome.credits = 16;
    welcome.idle_timeout_ms = 60000;
    welcome.has_is_rolled_back = welcome.has_is_refilling = 1;
    assert_frame_block(exchange, "WELCOME", MESSAGE_WELCOME, HELLO_ID, &welcome);
}

/* A new member, in the cell since admission. */
static void check_change(struct exchange *exchange)
{
    struct id record = record_id_make(member_prefix, 1);
    struct id cell = record_id_make(cell_prefix, 5);
    Dantin__MemberBranch edge = DANTIN__MEMBER_BRANCH__INIT;
    Dantin__MemberBranch *edges[] = {&edge};
    edge.has_branch = edge.has_from = 1;
    edge.branch = data_of(cell.at, ID_BYTES);
    edge.from = ADMITTED;
    Dantin__Member member = DANTIN__MEMBER__INIT;
    member.name = text_of("Nguyễn Văn An");
    member.has_birth_date = member.has_admission_date = member.has_official_date = 1;
    member.birth_date = BORN;
    member.sex = text_of("nam");
    member.admission_date = ADMITTED;
    member.official_date = OFFICIAL;
    member.n_branch = 1;
    member.branch = edges;
    struct buf body;
    buf_init(&body, BLOCK_BYTES_MAX);
    assert_int_equal(message_pack(&member, &body), ERR_OK);
    Dantin__Change change = DANTIN__CHANGE__INIT;
    change.has_kind = change.has_record = change.has_body = 1;
    change.kind = KIND_MEMBER;
    change.record = data_of(record.at, ID_BYTES);
    change.body = data_of(buf_content(&body).at, body.len);
    assert_int_equal(message_pack(&change, &exchange->change), ERR_OK);
    assert_block(exchange, "change", buf_content(&exchange->change));
    buf_release(&body);
}

static void check_payload(struct exchange *exchange)
{
    uint8_t seed[PAYLOAD_SEED_BYTES];
    memset(seed, PAYLOAD_SEED, sizeof seed);
    struct bytes changes[] = {buf_content(&exchange->change)};
    ProtobufCBinaryData change = data_of(changes[0].at, changes[0].len);
    Dantin__Payload message = DANTIN__PAYLOAD__INIT;
    message.has_seed = 1;
    message.seed = data_of(seed, sizeof seed);
    message.n_change = 1;
    message.change = &change;
    struct buf plain;
    struct buf zstd;
    buf_init(&plain, BLOCK_BYTES_MAX);
    buf_init(&zstd, BLOCK_BYTES_MAX);
    assert_int_equal(message_pack(&message, &plain), ERR_OK);
    assert_block(exchange, "payload", buf_content(&plain));
    assert_int_equal(payload_encode(seed, changes, 1, &zstd, &exchange->sealed), ERR_OK);
    assert_int_equal(exchange->sealed.plain_bytes, plain.len);
    buf_release(&plain);
    buf_release(&zstd);

    exchange->payload_zstd = block_of(exchange, "payload-zstd");
    struct payload payload;
    assert_int_equal(payload_decode(exchange->payload_zstd, &exchange->arena, &payload), ERR_OK);
    assert_int_equal(payload.change_count, 1);
    assert_true(bytes_equal(payload.changes[0], changes[0]));
    assert_true(hash_equal(&payload.hash, &exchange->sealed.hash));
    struct hash salt = payload_salt(seed, 0);
    assert_block(exchange, "salt", bytes_of(salt.at, HASH_BYTES));
    struct hash change_hash = payload_change_hash(&salt, changes[0]);
    assert_block(exchange, "change-hash", bytes_of(change_hash.at, HASH_BYTES));
    assert_block(exchange, "payload-hash", bytes_of(exchange->sealed.hash.at, HASH_BYTES));
}

static void check_submit(struct exchange *exchange)
{
    struct envelope envelope = {
        .device = exchange->device,
        .sequence = 1,
        .content = ENVELOPE_CONTENT_CHANGES,
        .schema_version = 1,
        .payload_bytes = exchange->sealed.plain_bytes,
        .payload_hash = exchange->sealed.hash,
    };
    envelope_encode(&envelope, exchange->envelope);
    struct bytes envelope_bytes = bytes_of(exchange->envelope, ENVELOPE_BYTES);
    assert_block(exchange, "envelope", envelope_bytes);
    signing_key_sign(exchange->device_key, envelope_bytes, exchange->signature);
    struct hash hash = envelope_hash(envelope_bytes);
    assert_block(exchange, "envelope-hash", bytes_of(hash.at, HASH_BYTES));
    struct id version = version_name(&hash, 0);
    assert_block(exchange, "version", bytes_of(version.at, ID_BYTES));
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;
    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = 1;
    submit.envelope = data_of(exchange->envelope, ENVELOPE_BYTES);
    submit.signature = data_of(exchange->signature, SIGN_SIGNATURE_BYTES);
    submit.payload_zstd = data_of(exchange->payload_zstd.at, exchange->payload_zstd.len);
    struct buf body;
    struct buf frame;
    buf_init(&body, BLOCK_BYTES_MAX);
    buf_init(&frame, BLOCK_BYTES_MAX);
    assert_int_equal(message_pack(&submit, &body), ERR_OK);
    assert_int_equal(frame_append(&frame, MESSAGE_SUBMIT, SUBMIT_ID, buf_content(&body), false), ERR_OK);
    assert_block(exchange, "SUBMIT", buf_content(&frame));
    buf_release(&body);
    buf_release(&frame);
}

static void check_receipt(struct exchange *exchange)
{
    struct verdict verdicts[] = {{.code = VERDICT_APPLIED}};
    struct hash verdict_hash = receipt_verdict_hash(verdicts, 1);
    assert_block(exchange, "verdict-hash", bytes_of(verdict_hash.at, HASH_BYTES));
    struct bytes envelope = bytes_of(exchange->envelope, ENVELOPE_BYTES);
    struct bytes signature = bytes_of(exchange->signature, SIGN_SIGNATURE_BYTES);
    exchange->leaf = receipt_leaf_hash(envelope, signature, server_time_ms, &verdict_hash);
    uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
    receipt_signed_bytes(&exchange->epoch, 41, &exchange->leaf, signed_bytes);
    assert_block(exchange, "receipt-signed", bytes_of(signed_bytes, sizeof signed_bytes));
    signing_key_sign(exchange->receipt_key, bytes_of(signed_bytes, sizeof signed_bytes),
                     exchange->receipt_signature);
    struct hash hash = envelope_hash(envelope);
    Dantin__Receipt receipt = DANTIN__RECEIPT__INIT;
    receipt.has_epoch = receipt.has_position = receipt.has_server_time_ms = receipt.has_sequence = 1;
    receipt.epoch = data_of(exchange->epoch.at, ID_BYTES);
    receipt.position = 41;
    receipt.server_time_ms = server_time_ms;
    receipt.sequence = 1;
    receipt.has_envelope_hash = receipt.has_change_count = receipt.has_leaf = receipt.has_signature = 1;
    receipt.envelope_hash = data_of(hash.at, HASH_BYTES);
    receipt.change_count = 1;
    receipt.leaf = data_of(exchange->leaf.at, HASH_BYTES);
    receipt.signature = data_of(exchange->receipt_signature, SIGN_SIGNATURE_BYTES);
    assert_frame_block(exchange, "RECEIPT", MESSAGE_RECEIPT, SUBMIT_ID, &receipt);
}

static void check_query(struct exchange *exchange)
{
    char *by[] = {text_of("sex")};
    Dantin__Query query = DANTIN__QUERY__INIT;
    query.indicator = text_of("composition");
    query.has_date = 1;
    query.date = ASKED;
    query.n_by = 1;
    query.by = by;
    assert_frame_block(exchange, "QUERY", MESSAGE_QUERY, QUERY_ID, &query);

    Dantin__Column columns[] = {DANTIN__COLUMN__INIT, DANTIN__COLUMN__INIT};
    Dantin__Column *column_pointers[] = {&columns[0], &columns[1]};
    columns[0] = (Dantin__Column){columns[0].base, text_of("sex"), text_of("Sex"), text_of("text")};
    columns[1] =
        (Dantin__Column){columns[1].base, text_of("members"), text_of("Members"), text_of("integer")};
    Dantin__Cell cells[] = {DANTIN__CELL__INIT, DANTIN__CELL__INIT};
    Dantin__Cell *cell_pointers[] = {&cells[0], &cells[1]};
    cells[0].text = text_of("Male");
    cells[1].text = text_of("1");
    Dantin__Row row = DANTIN__ROW__INIT;
    Dantin__Row *row_pointers[] = {&row};
    row.n_cell = 2;
    row.cell = cell_pointers;
    struct hash definition_hash = hash_of_one(bytes_of_text("example"));
    Dantin__Rows rows = DANTIN__ROWS__INIT;
    rows.n_column = 2;
    rows.column = column_pointers;
    rows.n_row = 1;
    rows.row = row_pointers;
    rows.has_is_last = rows.is_last = 1;
    rows.has_epoch = rows.has_position = rows.has_date = rows.has_definition_hash = 1;
    rows.epoch = data_of(exchange->epoch.at, ID_BYTES);
    rows.position = 42;
    rows.date = ASKED;
    rows.definition = text_of("composition");
    rows.definition_hash = data_of(definition_hash.at, HASH_BYTES);
    assert_frame_block(exchange, "ROWS", MESSAGE_ROWS, QUERY_ID, &rows);
}

static void check_goodbye(struct exchange *exchange)
{
    Dantin__Goodbye goodbye = DANTIN__GOODBYE__INIT;
    goodbye.has_reason = 1;
    assert_frame_block(exchange, "GOODBYE", MESSAGE_GOODBYE, 0, &goodbye);
}

/* Every byte of the worked exchange is what our code makes of the stated inputs. */
static void protocol_document__worked_exchange__every_byte_true(void **state)
{
    struct exchange *exchange = *state;
    assert_block(exchange, "device", bytes_of(exchange->device.at, HASH_BYTES));
    assert_block(exchange, "sender", bytes_of(exchange->sender.at, ID_BYTES));
    check_hello(exchange);
    check_welcome(exchange);
    check_change(exchange);
    check_payload(exchange);
    check_submit(exchange);
    check_receipt(exchange);
    check_query(exchange);
    check_goodbye(exchange);
}

/* ---- the tables ---- */

/* Lines of a table between "<!-- NAME -->" and "<!-- /NAME -->", its two header lines not counted. */
static unsigned count_rows(const char *document, const char *name)
{
    char marker[32];
    (void)snprintf(marker, sizeof marker, "<!-- %s -->", name);
    const char *at = strstr(document, marker);
    (void)snprintf(marker, sizeof marker, "<!-- /%s -->", name);
    const char *end = strstr(document, marker);
    if (at == NULL || end == NULL) {
        fail_msg("docs/protocol.md has no table \"%s\"", name);
        return 0;
    }
    unsigned count = 0;
    for (at = strstr(at, "\n|"); at != NULL && at < end; at = strstr(at + 1, "\n|")) {
        count++;
    }
    assert_true(count > 2);
    return count - 2;
}

static void assert_row(const char *document, const char *row)
{
    if (strstr(document, row) == NULL) {
        fail_msg("docs/protocol.md lacks the row \"%s\"", row);
    }
}

/* A set of roles in words. */
static const char *roles_words(unsigned roles)
{
    switch (roles) {
    case ROLES_PERSON:
        return "all";
    case ROLES_WRITER:
        return "clerk, approver, administrator";
    case ROLES_APPROVER:
        return "approver";
    case ROLES_LOG:
        return "log";
    default:
        return "\u2013";
    }
}

static const char *direction_word(enum message_direction direction)
{
    switch (direction) {
    case MESSAGE_FROM_CLIENT:
        return "client";
    case MESSAGE_FROM_SERVER:
        return "server";
    case MESSAGE_FROM_BOTH:
        break;
    }
    return "both";
}

/* Every message stands in the document with its number, limits and rights, and no other does. */
static void protocol_document__messages__as_in_messages_def(void **state)
{
    const struct exchange *exchange = *state;
    static const char *const states[] = {"", "before WELCOME", "after WELCOME", "always"};
    unsigned count = 0;
    for (unsigned type = 0; type < 64; type++) {
        const struct message_info *info = message_info_of((uint16_t)type);
        if (info == NULL) {
            continue;
        }
        char row[256];
        (void)snprintf(row, sizeof row, "\n| %u | %s | %s | %s | %s | %u | %u |", type, info->name,
                       direction_word(info->direction), roles_words(info->roles), states[info->state],
                       info->bytes_min, info->bytes_max);
        assert_row(exchange->document, row);
        count++;
    }
    assert_int_equal(count_rows(exchange->document, "messages"), count);
}

/* Every kind of content stands in the document with its items and who may submit them, and no other does. */
static void protocol_document__contents__as_in_contents_def(void **state)
{
    const struct exchange *exchange = *state;
    unsigned count = 0;
    char row[256];
#define CONTENT(symbol, number, item, roles)                                                          \
    (void)snprintf(row, sizeof row, "\n| %u | %s | %s |", number, #item, roles_words(ROLES_##roles)); \
    assert_row(exchange->document, row);                                                              \
    count++;
#include "proto/contents.def"
#undef CONTENT
    assert_int_equal(count_rows(exchange->document, "contents"), count);
}

/* Every error number stands in the document with what a client may do, and no other does. */
static void protocol_document__errors__as_in_errors_def(void **state)
{
    const struct exchange *exchange = *state;
    for (unsigned code = 0; code < ERR_COUNT; code++) {
        char row[512];
        (void)snprintf(row, sizeof row, "\n| %u | %s | %s | %s | %s |", code, err_name((enum err)code),
                       err_may_retry((enum err)code) ? "yes" : "no",
                       err_is_data_safe((enum err)code) ? "yes" : "not yet known",
                       err_text((enum err)code, LANGUAGE_EN));
        assert_row(exchange->document, row);
    }
    assert_int_equal(count_rows(exchange->document, "errors"), ERR_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_document__worked_exchange__every_byte_true),
        cmocka_unit_test(protocol_document__messages__as_in_messages_def),
        cmocka_unit_test(protocol_document__contents__as_in_contents_def),
        cmocka_unit_test(protocol_document__errors__as_in_errors_def),
    };
    return cmocka_run_group_tests(tests, exchange_open, exchange_close);
}
