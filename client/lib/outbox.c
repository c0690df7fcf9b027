/* Sealing open changes and choosing what to offer. Receipts: outbox_receipt.c.
 *
 * Changes come parents first and gather in a window. When it is full, as many of its first changes as fit one
 * submission are sealed: the count is guessed from the last submission's bytes per change, then mended by
 * trying. */
#include "client/lib/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/store_setting.h"
#include "common/base/check.h"
#include "common/base/random.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"

enum {
    CHANGE_FRAMING_BYTES = 4, /* tag and length of a change within Payload */
    WINDOW_BYTES_MAX = PAYLOAD_BYTES_MAX - 2 - PAYLOAD_SEED_BYTES,
    FIRST_RATIO = 3,     /* plain ÷ compressed bytes, before any submission has told */
    FULL_PERCENT = 95,   /* a submission this full is not tried again with more changes */
    AIM_PERCENT = 98,    /* of the limit, when guessing */
    SHRINK_PERCENT = 90, /* of the changes, after a guess that was too big */
    SETTINGS_ARENA_BYTES_MAX = 4096,
};

struct window_change {
    size_t start; /* offset into the window's bytes */
    size_t len;
    size_t elements; /* payload_change_elements */
    enum record_kind kind;
    struct id record;
};

struct sealing {
    struct store *store;
    const struct outbox_signer *signer;
    bool (*on_progress)(void *context, uint64_t done, uint64_t total);
    void *context;
    uint64_t total;
    uint32_t schema_version;
    uint64_t sequence;    /* of the newest submission sealed */
    struct hash previous; /* its envelope hash */
    struct buf bytes;     /* changes of the window, one after the other */
    size_t framed_bytes;  /* of the window within a Payload */
    size_t elements;      /* of the window */
    struct window_change changes[PAYLOAD_CHANGES_MAX];
    size_t count;
    struct bytes views[PAYLOAD_CHANGES_MAX]; /* of the changes tried */
    size_t compressed_per_change;            /* 0: not known yet */
    struct outbox_sealed sealed;
    enum err err;
};

static enum err sealing_start(struct sealing *sealing);
static bool on_open_change(void *context, const struct store_open_change *change);
static bool is_full(const struct sealing *sealing, struct bytes change);
static enum err add_change(struct sealing *sealing, const struct store_open_change *change);
static enum err seal_front(struct sealing *sealing);
static enum err encode_front(struct sealing *sealing, const uint8_t *seed, struct buf *payload,
                             struct payload_sealed *ret_sealed, size_t *ret_count);
static size_t guess_count(const struct sealing *sealing);
static size_t grown_count(const struct sealing *sealing, size_t count, size_t compressed_bytes);
static enum err write_submission(struct sealing *sealing, struct bytes payload,
                                 const struct payload_sealed *payload_sealed, size_t count);
static void drop_front(struct sealing *sealing, size_t count);
static size_t smaller(size_t a, size_t b);

_Static_assert((int)PAYLOAD_COMPRESSED_BYTES_MAX < (int)OUTBOX_SUBMISSION_ARENA_BYTES_MAX,
               "one submission fits the arena");

enum err outbox_seal(struct store *store, const struct outbox_signer *signer,
                     bool (*on_progress)(void *context, uint64_t done, uint64_t total), void *context,
                     struct outbox_sealed *ret_sealed)
{
    struct sealing *sealing = calloc(1, sizeof *sealing);
    if (sealing == NULL) {
        return ERR_NO_MEMORY;
    }
    *sealing =
        (struct sealing){.store = store, .signer = signer, .on_progress = on_progress, .context = context};
    buf_init(&sealing->bytes, WINDOW_BYTES_MAX);
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        goto done;
    }
    err = sealing_start(sealing);
    if (err == ERR_OK) {
        err = store_open_change_each(store, on_open_change, sealing);
    }
    if (err == ERR_OK) {
        err = sealing->err;
    }
    while (err == ERR_OK && sealing->count > 0) {
        err = seal_front(sealing);
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    if (err == ERR_OK) {
        *ret_sealed = sealing->sealed;
    }
done:
    store_rollback(store);
    buf_release(&sealing->bytes);
    free(sealing);
    return err;
}

enum err outbox_check_server(struct store *store, uint64_t server_last_sequence,
                             const struct hash *server_last_envelope_hash)
{
    uint64_t last_sequence = 0;
    struct hash last_hash = {0};
    enum err err = store_sealed_last(store, &last_sequence, &last_hash);
    if (err != ERR_OK || server_last_sequence == 0) {
        return err;
    }
    if (server_last_sequence > last_sequence) {
        return ERR_CLONED;
    }
    struct arena arena;
    struct store_sealed sealed = {0};
    arena_init(&arena, OUTBOX_SUBMISSION_ARENA_BYTES_MAX);
    err = store_sealed_get(store, server_last_sequence, &arena, &sealed);
    if (err == ERR_OK && !hash_equal(&sealed.envelope_hash, server_last_envelope_hash)) {
        err = ERR_CLONED;
    }
    arena_release(&arena);
    return err;
}

enum err outbox_next(struct store *store, uint64_t after_sequence, uint64_t server_last_sequence,
                     struct arena *arena, struct store_sealed *ret_sealed)
{
    uint64_t last_sequence = 0;
    struct hash last_hash = {0};
    uint64_t sequence = 0;
    enum err err = store_sealed_last(store, &last_sequence, &last_hash);
    if (err != ERR_OK) {
        return err;
    }
    err = store_sealed_without_receipt(store, after_sequence, &sequence);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    uint64_t lacking = (after_sequence > server_last_sequence ? after_sequence : server_last_sequence) + 1;
    bool is_lacking = lacking <= last_sequence;
    if (err == ERR_NOT_FOUND && !is_lacking) {
        return ERR_NOT_FOUND;
    }
    if (err == ERR_NOT_FOUND || (is_lacking && lacking < sequence)) {
        sequence = lacking;
    }
    return store_sealed_get(store, sequence, arena, ret_sealed);
}

/* ---- sealing ---- */

static enum err sealing_start(struct sealing *sealing)
{
    struct arena arena;
    struct store_counts counts = {0};
    struct bytes version = {0};
    arena_init(&arena, SETTINGS_ARENA_BYTES_MAX);
    sealing->schema_version = SCHEMA_VERSION;
    enum err err = outbox_check_signer(sealing->store, sealing->signer);
    if (err == ERR_OK) {
        err = store_setting_get(sealing->store, SETTING_SCHEMA_VERSION, &arena, &version);
    }
    if (err == ERR_OK && version.len == sizeof(uint32_t) && u32_read(version.at) < SCHEMA_VERSION) {
        sealing->schema_version = u32_read(version.at); /* an older server: it takes its own version */
    }
    arena_release(&arena);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    err = store_counts(sealing->store, &counts);
    if (err != ERR_OK) {
        return err;
    }
    sealing->total = counts.open_changes;
    return store_sealed_last(sealing->store, &sealing->sequence, &sealing->previous);
}

static bool on_open_change(void *context, const struct store_open_change *change)
{
    struct sealing *sealing = context;
    while (sealing->err == ERR_OK && sealing->count > 0 && is_full(sealing, change->change)) {
        sealing->err = seal_front(sealing);
    }
    if (sealing->err == ERR_OK) {
        sealing->err = add_change(sealing, change);
    }
    return sealing->err == ERR_OK;
}

static bool is_full(const struct sealing *sealing, struct bytes change)
{
    return sealing->count == PAYLOAD_CHANGES_MAX ||
           sealing->framed_bytes + change.len + CHANGE_FRAMING_BYTES > WINDOW_BYTES_MAX ||
           sealing->elements + payload_change_elements(change) > PAYLOAD_ELEMENTS_MAX;
}

static enum err add_change(struct sealing *sealing, const struct store_open_change *change)
{
    size_t start = buf_content(&sealing->bytes).len;
    enum err err = buf_append(&sealing->bytes, change->change);
    if (err != ERR_OK) {
        return err;
    }
    size_t elements = payload_change_elements(change->change);
    sealing->changes[sealing->count] = (struct window_change){.start = start,
                                                              .len = change->change.len,
                                                              .elements = elements,
                                                              .kind = change->kind,
                                                              .record = change->record};
    sealing->count++;
    sealing->elements += elements;
    sealing->framed_bytes += change->change.len + CHANGE_FRAMING_BYTES;
    return ERR_OK;
}

/* Seal as many of the window's first changes as fit one submission. */
static enum err seal_front(struct sealing *sealing)
{
    uint8_t seed[PAYLOAD_SEED_BYTES];
    struct buf payload;
    struct payload_sealed payload_sealed = {0};
    size_t count = 0;
    random_bytes(seed, sizeof seed);
    buf_init(&payload, PAYLOAD_COMPRESSED_BYTES_MAX);
    enum err err = encode_front(sealing, seed, &payload, &payload_sealed, &count);
    if (err == ERR_OK) {
        sealing->compressed_per_change = buf_content(&payload).len / count + 1;
        err = write_submission(sealing, buf_content(&payload), &payload_sealed, count);
    }
    buf_release(&payload);
    if (err != ERR_OK) {
        return err;
    }
    drop_front(sealing, count);
    sealing->sealed.submissions++;
    sealing->sealed.changes += count;
    bool goes_on = sealing->on_progress == NULL ||
                   sealing->on_progress(sealing->context, sealing->sealed.changes, sealing->total);
    return goes_on ? ERR_OK : ERR_CANCELLED;
}

/* Shrink until it fits; when it fitted at the first try and leaves room, try once with more. */
static enum err encode_front(struct sealing *sealing, const uint8_t *seed, struct buf *payload,
                             struct payload_sealed *ret_sealed, size_t *ret_count)
{
    struct bytes all = buf_content(&sealing->bytes);
    for (size_t i = 0; i < sealing->count; i++) {
        sealing->views[i] = bytes_of(all.at + sealing->changes[i].start, sealing->changes[i].len);
    }
    size_t count = guess_count(sealing);
    bool was_too_big = false;
    enum err err = payload_encode(seed, sealing->views, count, payload, ret_sealed);
    while (err == ERR_TOO_BIG && count > 1) {
        was_too_big = true;
        count = count * SHRINK_PERCENT / 100 > 0 ? count * SHRINK_PERCENT / 100 : 1;
        err = payload_encode(seed, sealing->views, count, payload, ret_sealed);
    }
    if (err != ERR_OK) {
        return err;
    }
    size_t more = grown_count(sealing, count, buf_content(payload).len);
    if (!was_too_big && more > count) {
        struct buf larger;
        struct payload_sealed larger_sealed = {0};
        buf_init(&larger, PAYLOAD_COMPRESSED_BYTES_MAX);
        if (payload_encode(seed, sealing->views, more, &larger, &larger_sealed) == ERR_OK) {
            struct buf kept = *payload;
            *payload = larger;
            larger = kept;
            *ret_sealed = larger_sealed;
            count = more;
        }
        buf_release(&larger);
    }
    *ret_count = count;
    return ERR_OK;
}

static size_t guess_count(const struct sealing *sealing)
{
    size_t aim_bytes = (size_t)PAYLOAD_COMPRESSED_BYTES_MAX * AIM_PERCENT / 100;
    if (sealing->compressed_per_change > 0) {
        size_t count = smaller(aim_bytes / sealing->compressed_per_change, sealing->count);
        return count > 0 ? count : 1;
    }
    size_t count = 1;
    size_t plain_bytes = sealing->changes[0].len;
    while (count < sealing->count && plain_bytes + sealing->changes[count].len <= aim_bytes * FIRST_RATIO) {
        plain_bytes += sealing->changes[count].len;
        count++;
    }
    return count;
}

static size_t grown_count(const struct sealing *sealing, size_t count, size_t compressed_bytes)
{
    size_t limit = PAYLOAD_COMPRESSED_BYTES_MAX;
    if (count == sealing->count || compressed_bytes * 100 >= limit * FULL_PERCENT) {
        return count;
    }
    return smaller(count * (limit * AIM_PERCENT / 100) / compressed_bytes, sealing->count);
}

static enum err write_submission(struct sealing *sealing, struct bytes payload,
                                 const struct payload_sealed *payload_sealed, size_t count)
{
    struct envelope envelope = {
        .device = sealing->signer->device,
        .sequence = sealing->sequence + 1,
        .previous = sealing->previous,
        .content = ENVELOPE_CONTENT_CHANGES,
        .schema_version = sealing->schema_version,
        .payload_bytes = payload_sealed->plain_bytes,
        .payload_hash = payload_sealed->hash,
    };
    uint8_t envelope_bytes[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    envelope_encode(&envelope, envelope_bytes);
    signing_key_sign(sealing->signer->key, bytes_of(envelope_bytes, sizeof envelope_bytes), signature);
    struct store_sealed sealed = {
        .sequence = envelope.sequence,
        .envelope = bytes_of(envelope_bytes, sizeof envelope_bytes),
        .signature = bytes_of(signature, sizeof signature),
        .payload_zstd = payload,
        .item_count = (uint32_t)count,
        .envelope_hash = envelope_hash(bytes_of(envelope_bytes, sizeof envelope_bytes)),
    };
    enum err err = store_sealed_put(sealing->store, &sealed);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct id version = version_name(&sealed.envelope_hash, (uint32_t)i);
        err = store_sealed_change(sealing->store, sealed.sequence, (uint32_t)i, sealing->changes[i].kind,
                                  &sealing->changes[i].record, &version);
    }
    if (err == ERR_OK) {
        sealing->sequence = sealed.sequence;
        sealing->previous = sealed.envelope_hash;
    }
    return err;
}

static void drop_front(struct sealing *sealing, size_t count)
{
    size_t dropped_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        dropped_bytes += sealing->changes[i].len;
        sealing->elements -= sealing->changes[i].elements;
    }
    buf_consume(&sealing->bytes, dropped_bytes);
    sealing->framed_bytes -= dropped_bytes + count * CHANGE_FRAMING_BYTES;
    sealing->count -= count;
    memmove(sealing->changes, sealing->changes + count, sealing->count * sizeof sealing->changes[0]);
    for (size_t i = 0; i < sealing->count; i++) {
        sealing->changes[i].start -= dropped_bytes;
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}
