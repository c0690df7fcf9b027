/* What a server answers a witness: PROVED, COSIGNED, SEALED, NOTICED, read by the real session of the client over a real store. Whatever comes,
 * the session ends up in one of its states; only our own store may fail, and it does not here.
 *
 * Input: one byte (what the rest is), then the rest. An answer's body as it came, or one item of an entry that stands in the journal
 * and is told with its proofs: so a fuzzer, who signs nothing, gets behind them. Every input meets the same store: a checkpoint of
 * BASE entries in epoch 0x22.., cosigned by nobody yet, one witness, the device of key 0x33.., and a member of id RECORD in a sealed
 * submission. */
#include "client/lib/store_setting.h"
#include "client/lib/syncer_internal.h"
#include "common/base/check.h"
#include "proto/witness.pb-c.h"
#include "tests/lib/client_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum answer {
    ANSWER_LINEAGE, /* PROVED, to how an epoch came to be */
    ANSWER_LINKS,   /* PROVED, to paths between checkpoints */
    ANSWER_COSIGNED,
    ANSWER_SEALED,
    ITEM_SEALED_ACT,
    ITEM_SEALED_KEY, /* of the witness */
    ITEM_LINEAGE_ACT,
    ANSWER_NOTICED, /* whom the province forgot */
    ITEM_NOTICED_ACT,
    ANSWER_COUNT
};

enum {
    BASE = 4, /* entries */
    REQUEST = 1,
    RECORD = 9,
    WITNESS_FIRST_BYTE = 0x33,
    NEW_EPOCH_BYTE = 0x44,
    ITEM_BYTES_MAX = 60000,
    PROVEN_ARENA_BYTES_MAX = 16 << 20,
    STORE_BYTES_MAX = 64 << 20
};

static struct {
    bool is_open;
    struct client_world
        world; /* its folder, empty store and log; the device is drawn and signs nothing that counts */
    struct signing_key *witness;
    struct hash witness_device;
    struct buf store; /* the file of a store as every input meets it */
} fuzz;

static void must(enum err err)
{
    ENSURE(err == ERR_OK);
}

static void put_checkpoint(const struct log_world *log, uint64_t size)
{
    const struct store_checkpoint checkpoint = {
        .epoch = log->epoch, .size = size, .note = log_note(log, size), .standing = STORE_CHECKPOINT_PROVED};
    must(store_begin(fuzz.world.store));
    must(store_checkpoint_put(fuzz.world.store, &checkpoint));
    must(store_commit(fuzz.world.store));
}

static void open_world(void)
{
    const uint8_t seed[SIGN_SEED_BYTES] = {WITNESS_FIRST_BYTE};
    struct store_witness witness = {.sender = {{1}}};
    if (fuzz.is_open) {
        return;
    }
    fuzz.is_open = true;
    client_world_open(&fuzz.world);
    must(signing_key_from_seed(seed, &fuzz.witness));
    signing_key_public(fuzz.witness, witness.public_key);
    witness.device = fuzz.witness_device = sign_spki_hash(witness.public_key);
    for (uint64_t i = 0; i < BASE; i++) {
        (void)log_append(&fuzz.world.log, i);
    }
    put_checkpoint(&fuzz.world.log, BASE);
    must(store_begin(fuzz.world.store));
    must(store_witness_put(fuzz.world.store, &witness));
    must(store_log_key_put(fuzz.world.store, fuzz.world.receipt_public));
    must(store_commit(fuzz.world.store));
    struct id record = client_id(RECORD);
    struct id branch = client_id(1);
    (void)client_put(&fuzz.world, KIND_MEMBER, &record,
                     client_member(&fuzz.world, "Nguyễn Văn An", "001", &branch));
    ENSURE(client_seal(&fuzz.world).changes == 1);
    buf_init(&fuzz.store, STORE_BYTES_MAX);
    client_world_save(&fuzz.world, &fuzz.store);
}

static ProtobufCBinaryData field(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.len, .data = (uint8_t *)(uintptr_t)in.at};
}

/* The item stands in the journal right behind what the client knows; the answer tells it. In `body`, packed. */
static void tell_item(enum answer answer, struct log_world *log, struct bytes item, struct buf *body)
{
    Dantin__Sealed sealed = DANTIN__SEALED__INIT;
    Dantin__Proved proved = DANTIN__PROVED__INIT;
    Dantin__Noticed noticed = DANTIN__NOTICED__INIT;
    bool is_key = answer == ITEM_SEALED_KEY;
    uint64_t position =
        log_append_item(log, is_key ? &fuzz.witness_device : &log->device, is_key ? fuzz.witness : log->key,
                        is_key ? ENVELOPE_CONTENT_KEY : ENVELOPE_CONTENT_ACTS, 1, item);
    if (answer == ITEM_LINEAGE_ACT) {
        log->epoch = (struct id){{NEW_EPOCH_BYTE}};
    } else {
        put_checkpoint(log, log->size);
    }
    Dantin__ProvenEntry *entry = log_proven(log, position, log->size);
    proved.n_entry = sealed.n_entry = noticed.n_entry = 1;
    proved.entry = sealed.entry = noticed.entry = &entry;
    sealed.has_after = noticed.has_after = true;
    sealed.after = noticed.after = log->size;
    must(message_pack(answer == ITEM_LINEAGE_ACT   ? (void *)&proved
                      : answer == ITEM_NOTICED_ACT ? (void *)&noticed
                                                   : (void *)&sealed,
                      body));
}

/* WELCOME of an epoch the client does not know, as it waits for the proof that it follows. */
static void show_new_epoch(struct syncer *syncer, struct log_world *log)
{
    Dantin__Welcome welcome = DANTIN__WELCOME__INIT;
    struct id sender = {{1}};
    log->epoch = (struct id){{NEW_EPOCH_BYTE}};
    welcome.has_epoch = welcome.has_head = welcome.has_receipt_key = welcome.has_checkpoint = true;
    welcome.has_device = welcome.has_sender = true;
    welcome.epoch = field(bytes_of(log->epoch.at, ID_BYTES));
    welcome.device = field(bytes_of(fuzz.world.signer.device.at, HASH_BYTES));
    welcome.sender = field(bytes_of(sender.at, ID_BYTES));
    welcome.head = log->size;
    welcome.receipt_key = field(bytes_of(log->public_key, SIGN_PUBLIC_KEY_BYTES));
    welcome.checkpoint = field(log_note(log, log->size));
    must(message_pack(&welcome, &syncer->witness.welcome));
}

static void set_state(struct syncer *syncer, enum answer answer, struct log_world *log)
{
    bool is_lineage = answer == ANSWER_LINEAGE || answer == ITEM_LINEAGE_ACT;
    bool is_links = answer == ANSWER_LINKS;
    bool is_noticed = answer == ANSWER_NOTICED || answer == ITEM_NOTICED_ACT;
    syncer->in_flight_max = 1;
    sm_move(&syncer->sm, is_lineage ? SYNCER_PROVING : is_noticed ? SYNCER_NOTICING : SYNCER_OFFERING);
    if (is_lineage) {
        show_new_epoch(syncer, log);
    } else {
        must(verify_key_new(bytes_of(log->public_key, SIGN_PUBLIC_KEY_BYTES), &syncer->receipt_key));
    }
    if (!is_lineage && !is_noticed) {
        sm_move(&syncer->sm, SYNCER_WITNESSING);
    }
    syncer->witness.cosigned = (struct syncer_asked){fuzz.world.log.epoch, BASE};
    syncer->witness.cosigned_count = 1;
    syncer->witness.asked[0] = (struct syncer_asked){fuzz.world.log.epoch, BASE};
    syncer->witness.asked_count = is_links;
    syncer->witness.request_id = REQUEST;
    syncer->next_request_id = REQUEST + 1;
    syncer->witness.is_sealed_told = answer == ANSWER_LINKS || answer == ANSWER_COSIGNED;
    syncer->witness.waits_for = answer == ANSWER_COSIGNED ? MESSAGE_COSIGNED
                                : is_lineage || is_links  ? MESSAGE_PROVED
                                : is_noticed              ? MESSAGE_NOTICED
                                                          : MESSAGE_SEALED;
}

static void answer_with(enum answer answer, struct log_world *log, struct bytes body)
{
    struct syncer syncer;
    struct store_lease lease = {
        .folder = fuzz.world.folder, .owner = &fuzz.world.owner, .store = fuzz.world.store};
    const struct syncer_job job = {.purpose = SYNCER_SUBMIT,
                                   .lease = &lease,
                                   .device = &fuzz.world.signer.device,
                                   .device_key = fuzz.world.device_key,
                                   .language = LANGUAGE_EN};
    struct buf out;
    struct frame frame = {.header = {.request_id = REQUEST, .body_bytes = (uint32_t)body.len}, .body = body};
    buf_init(&out, SYNCER_OUT_BYTES_MAX);
    syncer_init(&syncer, &job);
    set_state(&syncer, answer, log);
    frame.header.type = syncer.witness.waits_for;
    must(syncer_on_frame(&syncer, &frame, &out));
    struct bytes left = buf_content(&out);
    while (left.len > 0) {
        struct frame asked;
        must(frame_decode(left, (struct frame_rules){.is_server = true, .is_greeted = true}, &asked));
        left = bytes_of(left.at + FRAME_HEADER_BYTES + asked.header.body_bytes,
                        left.len - FRAME_HEADER_BYTES - asked.header.body_bytes);
    }
    ENSURE(syncer_is_over(&syncer) || syncer.witness.request_id > REQUEST || buf_content(&out).len > 0);
    syncer_release(&syncer);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct arena arena;
    struct buf body;
    static struct log_world log;
    if (len == 0 || at[0] >= ANSWER_COUNT || len > ITEM_BYTES_MAX) {
        return 0;
    }
    enum answer answer = (enum answer)at[0];
    struct bytes rest = bytes_of(at + 1, len - 1);
    open_world();
    client_world_restore(&fuzz.world, &fuzz.store);
    arena_init(&arena, PROVEN_ARENA_BYTES_MAX);
    buf_init(&body, PROVEN_ARENA_BYTES_MAX);
    log_fork(&log, &fuzz.world.log, BASE);
    log.arena = &arena;
    bool is_item = answer >= ITEM_SEALED_ACT && answer != ANSWER_NOTICED;
    if (is_item) {
        tell_item(answer, &log, rest, &body);
    } else {
        must(buf_append(&body, rest));
    }
    answer_with(answer, &log, buf_content(&body));
    log_close(&log);
    buf_release(&body);
    arena_release(&arena);
    return 0;
}
