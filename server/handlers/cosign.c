/* COSIGN: a device signs a checkpoint it has checked; it is told on which one the witnesses gather.
 *
 *   START ──► FIND_CHECKPOINT ──its line is right──► KEEP ──told another──► PROVE ──► COSIGNED
 *
 * Suspended in: FIND_CHECKPOINT, KEEP, PROVE (the store reports). */
#include "common/crypto/checkpoint.h"
#include "proto/witness.pb-c.h"
#include "server/handlers/handlers.h"
#include "server/store/store_witness.h"

enum cosign_state { COSIGN_FIND_CHECKPOINT, COSIGN_KEEP, COSIGN_PROVE };

struct cosign_request {
    enum cosign_state state;
    enum err err;
    struct store_cosignature cosignature;
    struct bytes note; /* the checkpoint signed, then the one to gather on; at == NULL: none */
    struct store_proof_request wanted;
    struct merkle_path path;
};

static struct outcome start(struct request *request, const void *message);
static struct outcome step(struct request *request);
static struct outcome keep(struct request *request, struct cosign_request *own);
static struct outcome reply(struct request *request, struct cosign_request *own);
static enum err check_line(struct request *request, const struct cosign_request *own);
static void on_checkpoint(void *target, enum err err, const struct store_known_checkpoint *known);
static void on_told(void *target, enum err err, const struct store_told_checkpoint *told);
static void on_proofs(void *target, enum err err, const struct store_proof *proofs);

const struct route cosign_route = {
    .type = MESSAGE_COSIGN,
    .deadline_ms = QUERY_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = start,
    .step = step,
};

static struct outcome start(struct request *request, const void *message)
{
    const Dantin__Cosign *asked = message;
    const struct handlers_context *context = request_context(request);
    struct cosign_request *own = arena_zalloc(request_arena(request), 1, sizeof *own);

    if (own == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    own->cosignature.size = asked->size;
    own->cosignature.device = request_device(request)->device;
    own->cosignature.line = bytes_of(asked->line.data, asked->line.len);
    if (id_from_bytes(bytes_of(asked->epoch.data, asked->epoch.len), &own->cosignature.epoch) != ERR_OK) {
        return request_reject(request, ERR_MALFORMED, NULL);
    }
    request_set_state(request, own);
    store_find_checkpoint(context->store, &own->cosignature.epoch, asked->size, on_checkpoint, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

static struct outcome step(struct request *request)
{
    struct cosign_request *own = request_state(request);
    const struct handlers_context *context = request_context(request);

    if (own->err != ERR_OK) {
        return request_reject(request, own->err, NULL);
    }
    switch (own->state) {
    case COSIGN_FIND_CHECKPOINT:
        return keep(request, own);
    case COSIGN_KEEP:
        metric_add(METRIC_COSIGNATURES, 1);
        if (own->note.at == NULL) {
            return reply(request, own);
        }
        own->state = COSIGN_PROVE;
        store_find_proofs(context->store, &own->wanted, 1, request_arena(request), on_proofs, request);
        return request_wait(request, REQUEST_WAIT_EVENT);
    case COSIGN_PROVE:
        break;
    }
    return reply(request, own);
}

static struct outcome keep(struct request *request, struct cosign_request *own)
{
    const struct handlers_context *context = request_context(request);
    enum err err = own->note.at != NULL ? check_line(request, own) : ERR_NOT_FOUND;

    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    own->state = COSIGN_KEEP;
    store_put_cosignature(context->store, &own->cosignature, on_told, request);
    return request_wait(request, REQUEST_WAIT_EVENT);
}

/* Exactly one line, by this device's key, over our text. */
static enum err check_line(struct request *request, const struct cosign_request *own)
{
    struct buf whole;
    struct checkpoint checkpoint = {0};
    struct note before = {0};
    struct note after = {0};
    struct verify_key *key = NULL;
    buf_init(&whole, NOTE_BYTES_MAX);
    enum err err = buf_append(&whole, own->note);
    if (err == ERR_OK) {
        err = buf_append(&whole, own->cosignature.line);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(own->note, &checkpoint, &before);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(buf_content(&whole), &checkpoint, &after);
    }
    if (err == ERR_OK) {
        err = after.signature_count == before.signature_count + 1 && bytes_equal(before.text, after.text)
                  ? verify_key_new(bytes_of(request_device(request)->public_key, SIGN_PUBLIC_KEY_BYTES), &key)
                  : ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        err = checkpoint_check_cosignature(&after, &own->cosignature.device, key, NULL);
        err = err == ERR_NOT_FOUND ? ERR_BAD_SIGNATURE : err;
    }
    verify_key_free(key);
    buf_release(&whole);
    return err;
}

static struct outcome reply(struct request *request, struct cosign_request *own)
{
    Dantin__Cosigned cosigned = DANTIN__COSIGNED__INIT;
    struct bytes path = merkle_path_encode(&own->path);

    cosigned.has_checkpoint = cosigned.has_consistency = own->note.at != NULL;
    cosigned.checkpoint = (ProtobufCBinaryData){own->note.len, (uint8_t *)(uintptr_t)own->note.at};
    cosigned.consistency = (ProtobufCBinaryData){path.len, (uint8_t *)(uintptr_t)path.at};
    return request_reply(request, MESSAGE_COSIGNED, &cosigned);
}

static void on_checkpoint(void *target, enum err err, const struct store_known_checkpoint *known)
{
    struct request *request = target;
    struct cosign_request *own = request_state(request);

    own->err = err;
    if (err == ERR_OK && known->note.at != NULL) {
        own->note = arena_copy(request_arena(request), known->note);
        own->err = own->note.at != NULL ? ERR_OK : ERR_NO_MEMORY;
    }
    request_resume(request);
}

static void on_told(void *target, enum err err, const struct store_told_checkpoint *told)
{
    struct request *request = target;
    struct cosign_request *own = request_state(request);

    own->err = err;
    own->note = (struct bytes){0};
    if (err == ERR_OK && told->note.at != NULL) {
        own->note = arena_copy(request_arena(request), told->note);
        own->err = own->note.at != NULL ? ERR_OK : ERR_NO_MEMORY;
        own->wanted = (struct store_proof_request){
            .kind = STORE_PROOF_GROWTH, .place = told->size, .size = own->cosignature.size};
    }
    request_resume(request);
}

static void on_proofs(void *target, enum err err, const struct store_proof *proofs)
{
    struct request *request = target;
    struct cosign_request *own = request_state(request);

    own->err = err == ERR_OK ? proofs[0].err : err;
    if (own->err == ERR_OK) {
        own->path = proofs[0].path;
    }
    request_resume(request);
}
