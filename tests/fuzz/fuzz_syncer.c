/* A session of the client against a server that may say anything: frames in, over a real store with a sealed submission and a
 * checkpoint. Whatever comes, the session ends up in one of its states, asks only what a client may ask, and our store does not fail.
 *
 * Input: one byte of choices, then the stream of frames. bits 0-1 what the session is for (submit, query, waiting, greet); bit 2 the
 * first WELCOME is an honest one, put there by the harness, so that the rest is behind it; and so is the answer to NOTICES, unless
 * bit 3 is set. */
#include "client/lib/syncer_internal.h"
#include "client/lib/waiting.h"
#include "common/base/check.h"
#include "proto/query.pb-c.h"
#include "proto/waiting.pb-c.h"
#include "proto/witness.pb-c.h"
#include "tests/lib/client_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum {
    CHOICE_PURPOSE = 3,
    CHOICE_GREETED = 4,
    CHOICE_NOTICING = 8,
    BASE = 4, /* entries of the journal */
    ITEMS = 2,
    FRAMES_MAX = 64, /* of one input */
    STORE_BYTES_MAX = 64 << 20,
    ARENA_BYTES_MAX = 16 << 20
};

static struct {
    bool is_open;
    struct client_world world;
    struct buf store; /* as every input meets it */
} fuzz;

static void must(enum err err)
{
    ENSURE(err == ERR_OK);
}

static void open_world(void)
{
    struct id branch = client_id(1);
    if (fuzz.is_open) {
        return;
    }
    fuzz.is_open = true;
    client_world_open(&fuzz.world);
    for (uint64_t i = 0; i < BASE; i++) {
        (void)log_append(&fuzz.world.log, i);
    }
    client_put_members(&fuzz.world, ITEMS, &branch);
    ENSURE(client_seal(&fuzz.world).submissions == 1);
    buf_init(&fuzz.store, STORE_BYTES_MAX);
    client_world_save(&fuzz.world, &fuzz.store);
}

static ProtobufCBinaryData field(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.len, .data = (uint8_t *)(uintptr_t)in.at};
}

static bool on_rows(void *context, const Dantin__Rows *rows)
{
    size_t *cells = context;
    for (size_t i = 0; i < rows->n_row; i++) {
        *cells += rows->row[i]->n_cell;
    }
    return true;
}

static bool on_waits(void *context, const Dantin__Waits *waits)
{
    struct waiting_list list;
    (void)context;
    waiting_list_init(&list);
    if (waiting_list_take(&list, waits) == ERR_OK) {
        for (size_t i = 0; i < waiting_list_count(&list); i++) {
            const struct waiting_item *item = waiting_list_at(&list, i);
            ENSURE(item->schema != NULL || item->message == NULL);
        }
    }
    waiting_list_release(&list);
    return true;
}

/* As the server of the world's journal would greet this device. */
static void greet(struct syncer *syncer, struct log_world *log, struct buf *out)
{
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;
    struct id sender = client_id(7);
    struct buf body;
    struct frame frame = {.header = {.type = MESSAGE_WELCOME, .request_id = 1}};
    welcome.has_version = welcome.has_schema_version = welcome.has_epoch = welcome.has_head =
        welcome.has_device = welcome.has_sender = welcome.has_receipt_key = welcome.has_credits =
            welcome.has_checkpoint = true;
    welcome.version = SYNCER_PROTOCOL_VERSION;
    welcome.schema_version = SCHEMA_VERSION;
    welcome.epoch = field(bytes_of(log->epoch.at, ID_BYTES));
    welcome.head = BASE;
    welcome.device = field(bytes_of(fuzz.world.signer.device.at, HASH_BYTES));
    welcome.sender = field(bytes_of(sender.at, ID_BYTES));
    welcome.role = (char *)(uintptr_t) "clerk";
    welcome.receipt_key = field(bytes_of(log->public_key, SIGN_PUBLIC_KEY_BYTES));
    welcome.credits = 4;
    welcome.checkpoint = field(log_note(log, BASE));
    buf_init(&body, 65536);
    must(message_pack(&welcome, &body));
    frame.body = buf_content(&body);
    frame.header.body_bytes = (uint32_t)frame.body.len;
    must(syncer_on_frame(syncer, &frame, out));
    ENSURE(syncer_is_greeted(syncer));
    buf_release(&body);
}

/* Nobody was forgotten. */
static void answer_notices(struct syncer *syncer, struct buf *out)
{
    Dantin__Noticed noticed = DANTIN__NOTICED__INIT;
    struct buf body;
    struct frame frame = {.header = {.type = MESSAGE_NOTICED, .request_id = syncer->witness.request_id}};
    noticed.has_after = true;
    noticed.after = BASE;
    buf_init(&body, 256);
    must(message_pack(&noticed, &body));
    frame.body = buf_content(&body);
    frame.header.body_bytes = (uint32_t)frame.body.len;
    must(syncer_on_frame(syncer, &frame, out));
    ENSURE(syncer_state(syncer) == SYNCER_OFFERING);
    buf_release(&body);
}

/* What was asked is what our own server would take. */
static void read_questions(struct buf *out, bool is_greeted)
{
    struct bytes left = buf_content(out);
    while (left.len > 0) {
        struct frame asked;
        enum err err =
            frame_decode(left, (struct frame_rules){.is_server = true, .is_greeted = is_greeted}, &asked);
        if (err != ERR_OK) { /* HELLO goes out before */
            err = frame_decode(left, (struct frame_rules){.is_server = true}, &asked);
        }
        must(err);
        size_t len = FRAME_HEADER_BYTES + asked.header.body_bytes;
        left = bytes_of(left.at + len, left.len - len);
    }
    buf_clear(out);
}

static void play(struct syncer *syncer, struct bytes stream, struct buf *out)
{
    for (size_t i = 0; i < FRAMES_MAX && !syncer_is_over(syncer); i++) {
        struct frame frame;
        struct frame_rules rules = {.is_greeted = syncer_is_greeted(syncer)};
        if (frame_decode(stream, rules, &frame) != ERR_OK) {
            return; /* the connection's matter */
        }
        must(syncer_on_frame(syncer, &frame, out));
        read_questions(out, syncer_is_greeted(syncer));
        size_t len = FRAME_HEADER_BYTES + frame.header.body_bytes;
        stream = bytes_of(stream.at + len, stream.len - len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct log_world log;
    struct syncer syncer;
    struct arena arena;
    struct buf out;
    size_t cells = 0;
    if (len == 0 || at[0] > (CHOICE_PURPOSE | CHOICE_GREETED | CHOICE_NOTICING)) {
        return 0;
    }
    open_world();
    client_world_restore(&fuzz.world, &fuzz.store);
    arena_init(&arena, ARENA_BYTES_MAX);
    buf_init(&out, SYNCER_OUT_BYTES_MAX);
    log_fork(&log, &fuzz.world.log, BASE);
    log.arena = &arena;
    struct store_lease lease = {
        .folder = fuzz.world.folder, .owner = &fuzz.world.owner, .store = fuzz.world.store};
    const struct syncer_job job = {.purpose = (enum syncer_purpose)(at[0] & CHOICE_PURPOSE),
                                   .lease = &lease,
                                   .device = &fuzz.world.signer.device,
                                   .device_key = fuzz.world.device_key,
                                   .language = LANGUAGE_EN,
                                   .query = bytes_of("", 0),
                                   .on_rows = on_rows,
                                   .on_waits = on_waits,
                                   .context = &cells};
    syncer_init(&syncer, &job);
    must(syncer_start(&syncer, &out));
    read_questions(&out, false);
    if ((at[0] & CHOICE_GREETED) != 0) {
        greet(&syncer, &log, &out);
        if (syncer_state(&syncer) == SYNCER_NOTICING && (at[0] & CHOICE_NOTICING) == 0) {
            answer_notices(&syncer, &out);
        }
        if (job.purpose == SYNCER_SUBMIT) { /* questions are the caller's bytes, here none */
            read_questions(&out, true);
        }
        buf_clear(&out);
    }
    play(&syncer, bytes_of(at + 1, len - 1), &out);
    syncer_release(&syncer);
    log_close(&log);
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
