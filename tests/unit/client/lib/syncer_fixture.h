/* A session of the client against a server played in memory, with a journal of its own: frames in, frames out, cut anywhere. */
#ifndef TESTS_UNIT_CLIENT_LIB_SYNCER_FIXTURE_H
#define TESTS_UNIT_CLIENT_LIB_SYNCER_FIXTURE_H

#include "common/base/attr.h"
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"
#include "client/lib/syncer.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"
#include "proto/query.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/submission.pb-c.h"
#include "proto/witness.pb-c.h"
#include "tests/lib/client_world.h"

enum { JOURNAL_MAX = 256, BUF_BYTES_MAX = 64 << 20, NO_CUT = -1 };

/* The server: what it journalled, and how it misbehaves. */
struct server {
    struct id epoch;
    uint64_t head;
    uint64_t positions[JOURNAL_MAX]; /* by sequence; plus one, 0 = not journalled */
    uint64_t last_sequence;
    struct hash last_hash;
    uint64_t offered[JOURNAL_MAX]; /* sequences in the order they came, this session */
    size_t offered_count;
    uint32_t credits;
    const char *role;
    bool is_rolled_back;
    bool answers_twice;
    bool answers_backwards;     /* receipts of one batch in reverse order */
    enum client_fault fault;    /* of receipts */
    uint64_t fails_at_sequence; /* answered with fail_code, later ones with ERR_BAD_SEQUENCE */
    enum err fail_code;
    bool fail_may_retry;
    const uint8_t *receipt_public; /* another key than signs: tests only */
    struct hash device;
    uint32_t version;
    struct log_world *log; /* what it shows of the journal; NULL: the world's */
    uint64_t shown_size;   /* its newest checkpoint's; 0: of all entries */
    bool proves_nothing;   /* its paths are empty */
    bool is_busy_proving;  /* PROVE is answered with an error that may be retried */
    bool tells_too_far;    /* SEALED says that entries beyond the tree are told */
    bool seals_other_text; /* the checkpoint that it says is sealed tells of another state */
    uint64_t sealed_size;  /* what it says a quorum cosigned; 0: nothing */
    const struct signing_key *cosigners[8];
    size_t cosigner_count;
    uint64_t proofs_asked;
    uint64_t seals_asked;
    size_t seal_entries_max; /* told in one answer; 0: all */
    uint64_t notices_asked;
    size_t notices_max;     /* told in one answer; 0: all */
    enum err notices_error; /* what NOTICES is answered with, unless ERR_OK */
    bool notices_false;     /* an act it tells was changed */
    uint64_t cosigned[64];  /* sizes that were cosigned, in order */
    size_t cosigned_count;
    struct bytes claim; /* HELLO's checkpoint */
};

struct session {
    struct syncer syncer;
    struct syncer_job job;
    struct store_lease lease;
    struct buf to_server;
    struct buf to_client;
    size_t frames; /* carried so far, both ways */
};

static UNUSED struct client_world world;
static UNUSED struct server server;
static UNUSED struct session session;
static UNUSED void (*new_epoch_hook)(void *context, uint64_t left_behind);
static UNUSED size_t receipts_told;
static UNUSED size_t rows_told;

static UNUSED void on_receipt(void *context, const struct outbox_outcome *outcome)
{
    (void)context, (void)outcome; /* only counted */
    receipts_told++;
}

static UNUSED bool on_rows(void *context, const Dantin__Rows *rows)
{
    (void)context;
    rows_told += rows->n_row;
    return true;
}

static UNUSED int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    server = (struct server){
        .epoch = {{0xe1}}, .credits = 4, .role = "clerk", .device = world.signer.device, .version = 1};
    receipts_told = 0;
    rows_told = 0;
    return 0;
}

static UNUSED int teardown(void **state)
{
    (void)state;
    client_world_close(&world);
    return 0;
}

/* ---- the server ---- */

static UNUSED void say(uint16_t type, uint64_t request_id, const void *message)
{
    struct buf body;
    buf_init(&body, BUF_BYTES_MAX);
    assert_int_equal(message_pack(message, &body), ERR_OK);
    assert_int_equal(frame_append(&session.to_client, type, request_id, buf_content(&body), true), ERR_OK);
    buf_release(&body);
}

static UNUSED ProtobufCBinaryData field(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.len, .data = (uint8_t *)(uintptr_t)in.at};
}

static UNUSED struct log_world *shown_log(void)
{
    return server.log != NULL ? server.log : &world.log;
}

/* The journal is as long as its head says; what nobody told of is filled in. */
static UNUSED uint64_t shown_size(void)
{
    struct log_world *log = shown_log();
    if (server.log == NULL) {
        log->epoch = server.epoch;
        while (log->size < server.head) {
            (void)log_append(log, log->size);
        }
    }
    return server.shown_size > 0 ? server.shown_size : server.log == NULL ? server.head : log->size;
}

static UNUSED struct bytes path_between(uint64_t old_size, uint64_t size)
{
    return server.proves_nothing || old_size > size ? (struct bytes){0}
                                                    : log_consistency(shown_log(), old_size, size);
}

static UNUSED void say_welcome(uint64_t request_id)
{
    struct checkpoint claim = {0};
    uint64_t size = shown_size();
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;
    struct id sender = client_id(7);
    char role[32];
    (void)snprintf(role, sizeof role, "%s", server.role);
    welcome.has_version = welcome.has_schema_version = welcome.has_epoch = welcome.has_head = true;
    welcome.has_device = welcome.has_sender = welcome.has_receipt_key = welcome.has_credits = true;
    welcome.version = server.version;
    welcome.schema_version = SCHEMA_VERSION;
    welcome.epoch = (ProtobufCBinaryData){.len = ID_BYTES, .data = server.epoch.at};
    welcome.head = server.head;
    welcome.device = (ProtobufCBinaryData){.len = HASH_BYTES, .data = server.device.at};
    welcome.sender = (ProtobufCBinaryData){.len = ID_BYTES, .data = sender.at};
    welcome.role = role;
    welcome.has_last_sequence = true;
    welcome.last_sequence = server.last_sequence;
    welcome.has_last_envelope_hash = server.last_sequence > 0;
    welcome.last_envelope_hash = (ProtobufCBinaryData){.len = HASH_BYTES, .data = server.last_hash.at};
    const uint8_t *key = server.receipt_public != NULL ? server.receipt_public : world.receipt_public;
    welcome.receipt_key =
        (ProtobufCBinaryData){.len = SIGN_PUBLIC_KEY_BYTES, .data = (uint8_t *)(uintptr_t)key};
    welcome.credits = server.credits;
    welcome.has_is_rolled_back = true;
    welcome.is_rolled_back = server.is_rolled_back;
    welcome.has_checkpoint = size > 0;
    if (size > 0) {
        welcome.checkpoint = field(log_note(shown_log(), size));
    }
    if (size > 0 && server.claim.len > 0) {
        assert_int_equal(checkpoint_parse(server.claim, &claim, NULL), ERR_OK);
        welcome.has_consistency = true;
        welcome.consistency = field(path_between(claim.size, size));
    }
    say(MESSAGE_WELCOME, request_id, &welcome);
}

static UNUSED void say_error(uint64_t request_id, enum err code, bool may_retry)
{
    Dantin__Error error = DANTIN__ERROR__INIT;
    char text[] = "nope";
    error.has_code = error.has_may_retry = error.has_retry_after_ms = true;
    error.code = code;
    error.may_retry = may_retry;
    error.retry_after_ms = 1234;
    error.text = text;
    say(MESSAGE_ERROR, request_id, &error);
}

static UNUSED void take_submit(uint64_t request_id, struct bytes body)
{
    Dantin__Submit *submit = NULL;
    struct envelope envelope = {0};
    assert_int_equal(message_unpack(&dantin__submit__descriptor, body, true, &world.arena, &submit), ERR_OK);
    struct bytes envelope_bytes = bytes_of(submit->envelope.data, submit->envelope.len);
    assert_int_equal(envelope_decode(envelope_bytes, &envelope), ERR_OK);
    uint64_t sequence = envelope.sequence;
    server.offered[server.offered_count++] = sequence;
    if (server.fails_at_sequence != 0 && sequence >= server.fails_at_sequence) {
        bool is_first = sequence == server.fails_at_sequence;
        say_error(request_id, is_first ? server.fail_code : ERR_BAD_SEQUENCE,
                  is_first && server.fail_may_retry);
        return;
    }
    if (server.positions[sequence] == 0) {
        assert_int_equal(sequence, server.last_sequence + 1); /* a gap would be refused */
        assert_true(hash_equal(&envelope.previous, &server.last_hash));
        server.positions[sequence] = ++server.head;
        server.last_sequence = sequence;
        server.last_hash = envelope_hash(envelope_bytes);
    }
    struct bytes receipt = client_receipt(&world, &server.epoch, server.positions[sequence] - 1, sequence,
                                          NULL, 0, server.fault);
    for (int i = 0; i < (server.answers_twice ? 2 : 1); i++) {
        assert_int_equal(frame_append(&session.to_client, MESSAGE_RECEIPT, request_id, receipt, true),
                         ERR_OK);
    }
}

/* ---- the server as a journal ---- */

static UNUSED void take_hello(struct bytes body)
{
    Dantin__Hello *hello = NULL;
    assert_int_equal(message_unpack(&dantin__hello__descriptor, body, true, &world.arena, &hello), ERR_OK);
    server.claim = bytes_of(hello->checkpoint.data, hello->checkpoint.len);
}

/* Entries of this content in the tree. */
static UNUSED size_t list_proven(uint64_t after, uint64_t size, Dantin__ProvenEntry **list)
{
    size_t count = 0;
    for (uint64_t i = after; i < size; i++) {
        if (shown_log()->entries[i].proven != NULL) {
            list[count++] = log_proven(shown_log(), i, size);
        }
    }
    return count;
}

static UNUSED void take_prove(uint64_t request_id, struct bytes body)
{
    Dantin__Prove *prove = NULL;
    Dantin__Proved proved = DANTIN__PROVED__INIT;
    Dantin__ProvenEntry *list[JOURNAL_MAX];
    ProtobufCBinaryData paths[SYNCER_PROVED_MAX];
    assert_int_equal(message_unpack(&dantin__prove__descriptor, body, true, &world.arena, &prove), ERR_OK);
    server.proofs_asked++;
    if (server.is_busy_proving) {
        say_error(request_id, ERR_BUSY, true);
        return;
    }
    for (size_t i = 0; i < prove->n_size; i++) {
        paths[i] = field(path_between(prove->size[i], prove->tree_size));
    }
    proved.n_consistency = prove->n_size;
    proved.consistency = paths;
    proved.n_entry = list_proven(0, prove->tree_size, list);
    proved.entry = list;
    say(MESSAGE_PROVED, request_id, &proved);
}

static UNUSED void take_cosign(uint64_t request_id, struct bytes body)
{
    Dantin__Cosign *cosign = NULL;
    Dantin__Cosigned cosigned = DANTIN__COSIGNED__INIT;
    struct buf note;
    struct note parsed = {0};
    struct checkpoint checkpoint = {0};
    struct verify_key *key = NULL;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    buf_init(&note, NOTE_BYTES_MAX);
    assert_int_equal(message_unpack(&dantin__cosign__descriptor, body, true, &world.arena, &cosign), ERR_OK);
    assert_memory_equal(cosign->epoch.data, shown_log()->epoch.at, ID_BYTES);
    assert_int_equal(buf_append(&note, log_note(shown_log(), cosign->size)), ERR_OK);
    assert_int_equal(buf_append(&note, bytes_of(cosign->line.data, cosign->line.len)), ERR_OK);
    assert_int_equal(checkpoint_parse(buf_content(&note), &checkpoint, &parsed), ERR_OK);
    signing_key_public(world.device_key, public_key);
    assert_int_equal(verify_key_new(bytes_of(public_key, sizeof public_key), &key), ERR_OK);
    assert_int_equal(checkpoint_check_cosignature(&parsed, &world.signer.device, key, NULL), ERR_OK);
    verify_key_free(key);
    buf_release(&note);
    server.cosigned[server.cosigned_count++] = cosign->size;
    say(MESSAGE_COSIGNED, request_id, &cosigned);
}

static UNUSED struct bytes cosigned_note(uint64_t size)
{
    struct buf note;
    struct note parsed = {0};
    struct checkpoint checkpoint = {0};
    struct bytes plain = log_note(shown_log(), size);
    buf_init(&note, NOTE_BYTES_MAX);
    if (server.seals_other_text) {
        assert_int_equal(checkpoint_parse(plain, &checkpoint, NULL), ERR_OK);
        checkpoint.state.at[0] ^= 1;
        assert_int_equal(checkpoint_sign(&checkpoint, shown_log()->key, &note), ERR_OK);
        plain = arena_copy(&world.arena, buf_content(&note));
    } else {
        assert_int_equal(buf_append(&note, plain), ERR_OK);
    }
    assert_int_equal(checkpoint_parse(plain, &checkpoint, &parsed), ERR_OK);
    for (size_t i = 0; i < server.cosigner_count; i++) {
        uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
        uint8_t signature[SIGN_SIGNATURE_BYTES];
        signing_key_public(server.cosigners[i], public_key);
        struct hash device = sign_spki_hash(public_key);
        assert_int_equal(note_cosign(parsed.text, server.cosigners[i], 1700000000, signature), ERR_OK);
        assert_int_equal(checkpoint_append_cosignature(&device, public_key, 1700000000, signature, &note),
                         ERR_OK);
    }
    struct bytes copy = arena_copy(&world.arena, buf_content(&note));
    buf_release(&note);
    return copy;
}

static UNUSED void take_seal(uint64_t request_id, struct bytes body)
{
    Dantin__Seal *seal = NULL;
    Dantin__Sealed sealed = DANTIN__SEALED__INIT;
    Dantin__ProvenEntry *list[JOURNAL_MAX];
    assert_int_equal(message_unpack(&dantin__seal__descriptor, body, true, &world.arena, &seal), ERR_OK);
    server.seals_asked++;
    sealed.n_entry = list_proven(seal->after, seal->tree_size, list);
    sealed.entry = list;
    sealed.has_after = true;
    sealed.after = server.tells_too_far ? UINT64_MAX : seal->tree_size;
    if (server.seal_entries_max > 0 && sealed.n_entry > server.seal_entries_max) {
        sealed.n_entry = server.seal_entries_max;
        sealed.after = list[sealed.n_entry - 1]->position + 1;
    }
    if (server.sealed_size > seal->sealed_size) {
        sealed.has_checkpoint = sealed.has_consistency = true;
        sealed.checkpoint = field(cosigned_note(server.sealed_size));
        sealed.consistency = field(path_between(server.sealed_size, seal->tree_size));
    }
    say(MESSAGE_SEALED, request_id, &sealed);
}

/* Acts of erasure; which of them concern the asker is the real server's to know. */
static UNUSED size_t list_erasures(uint64_t after, uint64_t size, Dantin__ProvenEntry **list)
{
    size_t all = list_proven(after, size, list);
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        Dantin__Act *act = NULL;
        if (message_unpack(&dantin__act__descriptor, bytes_of(list[i]->item.data, list[i]->item.len), true,
                           &world.arena, &act) == ERR_OK &&
            act->erasure != NULL) {
            list[count++] = list[i];
        }
    }
    return count;
}

static UNUSED void take_notices(uint64_t request_id, struct bytes body)
{
    Dantin__Notices *notices = NULL;
    Dantin__Noticed noticed = DANTIN__NOTICED__INIT;
    Dantin__ProvenEntry *list[JOURNAL_MAX];
    assert_int_equal(message_unpack(&dantin__notices__descriptor, body, true, &world.arena, &notices),
                     ERR_OK);
    assert_int_equal(server.offered_count, 0); /* before anything is offered */
    server.notices_asked++;
    if (server.notices_error != ERR_OK) {
        say_error(request_id, server.notices_error, err_may_retry(server.notices_error));
        return;
    }
    noticed.n_entry = list_erasures(notices->after, notices->tree_size, list);
    noticed.entry = list;
    noticed.has_after = true;
    noticed.after = notices->tree_size;
    if (server.notices_max > 0 && noticed.n_entry > server.notices_max) {
        noticed.n_entry = server.notices_max;
        noticed.after = list[noticed.n_entry - 1]->position + 1;
    }
    if (server.notices_false && noticed.n_entry > 0) {
        list[0]->item.data[list[0]->item.len - 1] ^= 1;
    }
    say(MESSAGE_NOTICED, request_id, &noticed);
}

static UNUSED void take_frame(const struct frame *frame)
{
    struct bytes body = {0};
    assert_int_equal(frame_body(frame, &world.arena, &body), ERR_OK);
    switch (frame->header.type) {
    case MESSAGE_HELLO:
        take_hello(body);
        say_welcome(frame->header.request_id);
        break;
    case MESSAGE_SUBMIT:
        take_submit(frame->header.request_id, body);
        break;
    case MESSAGE_QUERY: {
        Dantin__Rows rows = DANTIN__ROWS__INIT;
        Dantin__Row row = DANTIN__ROW__INIT;
        Dantin__Row *list[] = {&row, &row};
        rows.n_row = 2;
        rows.row = list;
        say(MESSAGE_ROWS, frame->header.request_id, &rows);
        rows.has_is_last = rows.is_last = true;
        say(MESSAGE_ROWS, frame->header.request_id, &rows);
        break;
    }
    case MESSAGE_PROVE:
        take_prove(frame->header.request_id, body);
        break;
    case MESSAGE_COSIGN:
        take_cosign(frame->header.request_id, body);
        break;
    case MESSAGE_SEAL:
        take_seal(frame->header.request_id, body);
        break;
    case MESSAGE_NOTICES:
        take_notices(frame->header.request_id, body);
        break;
    case MESSAGE_PONG:
        break;
    default:
        fail_msg("frame type %u", frame->header.type);
    }
}

/* ---- the line ---- */

/* Frames of a buffer, newest first when backwards; stops at the cut. */
static UNUSED size_t list_frames(struct buf *buf, bool is_server, struct frame *frames, size_t max)
{
    size_t count = 0;
    struct bytes left = buf_content(buf);
    struct frame_rules rules = {.is_server = is_server, .is_greeted = syncer_is_greeted(&session.syncer)};
    while (count < max && frame_decode(left, rules, &frames[count]) == ERR_OK) {
        size_t len = FRAME_HEADER_BYTES + frames[count].header.body_bytes;
        left = bytes_of(left.at + len, left.len - len);
        count++;
    }
    return count;
}

static UNUSED bool is_cut(int cut_at)
{
    return cut_at != NO_CUT && session.frames >= (size_t)cut_at;
}

static UNUSED bool carry_to_server(int cut_at)
{
    struct frame frames[JOURNAL_MAX];
    size_t count = list_frames(&session.to_server, true, frames, JOURNAL_MAX);
    for (size_t i = 0; i < count; i++) {
        if (is_cut(cut_at)) {
            return false;
        }
        session.frames++;
        take_frame(&frames[i]);
    }
    buf_clear(&session.to_server);
    return true;
}

static UNUSED bool carry_to_client(int cut_at)
{
    struct buf batch = session.to_client;
    struct frame frames[2 * JOURNAL_MAX];
    buf_init(&session.to_client, BUF_BYTES_MAX);
    size_t count = list_frames(&batch, false, frames, 2 * JOURNAL_MAX);
    bool is_whole = true;
    for (size_t i = 0; i < count && is_whole; i++) {
        is_whole = !is_cut(cut_at);
        if (is_whole) {
            size_t at = server.answers_backwards ? count - 1 - i : i;
            session.frames++;
            assert_int_equal(syncer_on_frame(&session.syncer, &frames[at], &session.to_server), ERR_OK);
        }
    }
    buf_release(&batch);
    return is_whole;
}

/* Run one session until it is over or the line is cut after cut_at frames. */
static UNUSED enum syncer_state run(int cut_at)
{
    memset(&session, 0, sizeof session);
    session.lease = (struct store_lease){.folder = world.folder, .owner = &world.owner, .store = world.store};
    session.job = (struct syncer_job){.purpose = SYNCER_SUBMIT,
                                      .lease = &session.lease,
                                      .device = &world.signer.device,
                                      .device_key = world.device_key,
                                      .language = LANGUAGE_EN,
                                      .on_new_epoch = new_epoch_hook,
                                      .on_receipt = on_receipt,
                                      .on_rows = on_rows};
    buf_init(&session.to_server, BUF_BYTES_MAX);
    buf_init(&session.to_client, BUF_BYTES_MAX);
    server.offered_count = 0;
    syncer_init(&session.syncer, &session.job);
    assert_int_equal(syncer_start(&session.syncer, &session.to_server), ERR_OK);
    while (!syncer_is_over(&session.syncer) && carry_to_server(cut_at) && carry_to_client(cut_at)) {
    }
    enum syncer_state state = syncer_state(&session.syncer);
    buf_release(&session.to_server);
    buf_release(&session.to_client);
    syncer_release(&session.syncer);
    return state;
}

static UNUSED void seal_submissions(size_t count)
{
    struct id branch = client_id(1);
    for (size_t i = 0; i < count; i++) {
        client_put_members(&world, 2, &branch);
        (void)client_seal(&world);
    }
}

static UNUSED struct store_counts counts(void)
{
    struct store_counts result = {0};
    assert_int_equal(store_counts(world.store, &result), ERR_OK);
    return result;
}

#endif
