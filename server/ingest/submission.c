/* Preparing a submission: envelope, signature, payload, then change by change what the judge will ask for. */
#include "server/ingest/submission.h"

#include <stdlib.h>

#include "server/ingest/change.h"
#include "server/ingest/content.h"

/* Memory that only the preparing needs. */
struct scratch {
    struct arena payload; /* decompressed */
    struct arena change;  /* cleared for every item */
};

static enum err check_envelope(struct bytes bytes, struct bytes signature, const struct hash *device,
                               const struct verify_key *key, struct envelope *ret_envelope);
static enum err submission_new(struct bytes envelope, struct bytes signature, struct bytes payload_zstd,
                               struct submission **ret_submission);
static enum err read_payload(struct submission *submission, struct scratch *scratch);

enum err submission_prepare(struct bytes envelope, struct bytes signature, struct bytes payload_zstd,
                            const struct hash *device, const struct verify_key *key, int32_t today,
                            struct submission **ret_submission)
{
    struct envelope decoded;
    enum err err = check_envelope(envelope, signature, device, key, &decoded);
    if (err != ERR_OK) {
        return err;
    }

    struct submission *submission = NULL;
    struct scratch scratch;
    arena_init(&scratch.payload, SUBMISSION_SCRATCH_BYTES_MAX);
    arena_init(&scratch.change, SUBMISSION_SCRATCH_BYTES_MAX);
    err = submission_new(envelope, signature, payload_zstd, &submission);
    if (err != ERR_OK) {
        goto done;
    }
    submission->envelope = decoded;
    submission->envelope_hash = envelope_hash(envelope);
    verify_key_public(key, submission->signer);
    submission->today = today;
    err = read_payload(submission, &scratch);
    if (err != ERR_OK) {
        goto done;
    }
    *ret_submission = submission;
    submission = NULL;
done:
    submission_free(submission);
    arena_release(&scratch.change);
    arena_release(&scratch.payload);
    return err;
}

void submission_free(struct submission *submission)
{
    if (submission == NULL) {
        return;
    }
    arena_release(&submission->arena);
    free(submission);
}

void submission_set_today(struct submission *submission, int32_t today)
{
    if (submission->today == today) {
        return;
    }
    submission->today = today;
    for (uint32_t i = 0; i < submission->change_count && submission->changes != NULL; i++) {
        struct submission_change *change = &submission->changes[i];
        if (change->message != NULL && !change->is_erased) {
            change->refused_by = change_refusal(change, today);
        }
    }
}

size_t submission_memory_bytes(const struct submission *submission)
{
    return sizeof *submission + submission->arena.used_bytes;
}

static enum err check_envelope(struct bytes bytes, struct bytes signature, const struct hash *device,
                               const struct verify_key *key, struct envelope *ret_envelope)
{
    struct envelope envelope;
    enum err err = envelope_decode(bytes, &envelope);
    if (err != ERR_OK) {
        return err;
    }
    if (!hash_equal(&envelope.device, device)) {
        return ERR_UNAUTHORISED;
    }
    err = verify_key_check(key, bytes, signature);
    if (err != ERR_OK) {
        return err;
    }
    if (envelope.schema_version > SCHEMA_VERSION) {
        return ERR_NEWER_SCHEMA;
    }
    *ret_envelope = envelope;
    return ERR_OK;
}

static enum err submission_new(struct bytes envelope, struct bytes signature, struct bytes payload_zstd,
                               struct submission **ret_submission)
{
    struct submission *submission = calloc(1, sizeof *submission);
    if (submission == NULL) {
        return ERR_NO_MEMORY;
    }
    arena_init(&submission->arena, SUBMISSION_ARENA_BYTES_MAX);
    submission->envelope_bytes = arena_copy(&submission->arena, envelope);
    submission->signature = arena_copy(&submission->arena, signature);
    submission->payload_zstd = arena_copy(&submission->arena, payload_zstd);
    if (submission->envelope_bytes.at == NULL || submission->signature.at == NULL ||
        submission->payload_zstd.at == NULL) {
        submission_free(submission);
        return ERR_NO_MEMORY;
    }
    *ret_submission = submission;
    return ERR_OK;
}

/* The envelope is authentic: from here on only bytes that do not match their hash are an error for the
 * sender. */
static enum err read_payload(struct submission *submission, struct scratch *scratch)
{
    const struct content *content = content_of(submission->envelope.content);
    if (content == NULL) {
        submission->is_unreadable = true;
        return ERR_OK;
    }
    struct payload payload;
    enum err err = payload_decode(submission->payload_zstd, &scratch->payload, &payload);
    if (err == ERR_NO_MEMORY || scratch->payload.is_out_of_memory) {
        return ERR_NO_MEMORY;
    }
    if (err != ERR_OK) {
        submission->is_unreadable = true;
        return ERR_OK;
    }
    if (!hash_equal(&payload.hash, &submission->envelope.payload_hash)) {
        return ERR_BAD_HASH;
    }
    submission->change_count = (uint32_t)payload.change_count;
    if (payload.is_seed_form && payload.plain_bytes != submission->envelope.payload_bytes) {
        submission->is_unreadable = true; /* sealed with a false length: sending it again would never help */
        return ERR_OK;
    }
    size_t elements = 0;
    for (size_t i = 0; i < payload.change_count && elements <= PAYLOAD_ELEMENTS_MAX; i++) {
        elements += content->elements(payload.changes[i]);
    }
    if (elements > PAYLOAD_ELEMENTS_MAX) {
        submission->is_unreadable =
            true; /* a few hundred bytes must not cost what many full submissions do */
        return ERR_OK;
    }
    err = content->read(submission, &scratch->change, &payload);
    if (err != ERR_OK && err != ERR_NO_MEMORY) {
        submission->is_unreadable = true;
        err = ERR_OK;
    }
    return err;
}
