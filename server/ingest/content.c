/* A short table, walked. */
#include "server/ingest/content.h"

#include "common/base/check.h"
#include "server/ingest/act.h"
#include "server/ingest/approval.h"
#include "server/ingest/change.h"

static enum err read_changes(struct submission *submission, struct arena *scratch,
                             const struct payload *payload);
static enum err read_approvals(struct submission *submission, struct arena *scratch,
                               const struct payload *payload);
static enum err read_key(struct submission *submission, struct arena *scratch, const struct payload *payload);
static enum err read_acts(struct submission *submission, struct arena *scratch,
                          const struct payload *payload);

static const struct content contents[] = {
    {ENVELOPE_CONTENT_CHANGES, payload_change_elements, read_changes},
    {ENVELOPE_CONTENT_APPROVALS, approval_elements, read_approvals},
    {ENVELOPE_CONTENT_KEY, act_key_elements, read_key},
    {ENVELOPE_CONTENT_ACTS, act_elements, read_acts},
};

const struct content *content_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        if (contents[i].number == number) {
            return &contents[i];
        }
    }
    return NULL;
}

static enum err read_changes(struct submission *submission, struct arena *scratch,
                             const struct payload *payload)
{
    submission->changes =
        arena_zalloc(&submission->arena, payload->change_count, sizeof *submission->changes);
    if (submission->changes == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < payload->change_count; i++) {
        struct submission_change *change = &submission->changes[i];
        change->version = version_name(&submission->envelope_hash, (uint32_t)i);
        change->hash = payload->hashes[i];
        arena_clear(scratch);
        enum err err =
            change_read(&submission->arena, scratch, payload->changes[i], submission->today, change);
        if (err == ERR_NO_MEMORY || scratch->is_out_of_memory || submission->arena.is_out_of_memory) {
            return ERR_NO_MEMORY;
        }
        if (err != ERR_OK) {
            *change = (struct submission_change){.key = change->key,
                                                 .version = change->version,
                                                 .hash = change->hash,
                                                 .is_hash_alone = payload->changes[i].at == NULL};
        }
    }
    return ERR_OK;
}

static enum err read_approvals(struct submission *submission, struct arena *scratch,
                               const struct payload *payload)
{
    if (payload->change_count > APPROVAL_ITEMS_MAX) {
        return ERR_TOO_BIG;
    }
    submission->approvals =
        arena_zalloc(&submission->arena, payload->change_count, sizeof *submission->approvals);
    if (submission->approvals == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < payload->change_count; i++) {
        struct submission_approval *approval = &submission->approvals[i];
        arena_clear(scratch);
        approval->is_readable = approval_read(scratch, payload->changes[i], approval) == ERR_OK;
        if (scratch->is_out_of_memory) {
            return ERR_NO_MEMORY;
        }
    }
    return ERR_OK;
}

/* Exactly one, since the next sequence is the new key's. */
static enum err read_key(struct submission *submission, struct arena *scratch, const struct payload *payload)
{
    if (payload->change_count != 1) {
        return ERR_MALFORMED;
    }
    submission->acts = arena_zalloc(&submission->arena, 1, sizeof *submission->acts);
    if (submission->acts == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = act_read_key(submission, scratch, payload->changes[0], &submission->acts[0]);
    return err == ERR_NO_MEMORY ? err : ERR_OK;
}

static enum err read_acts(struct submission *submission, struct arena *scratch, const struct payload *payload)
{
    if (payload->change_count > STORE_GROUP_ACTS_MAX) {
        return ERR_TOO_BIG;
    }
    submission->acts = arena_zalloc(&submission->arena, payload->change_count, sizeof *submission->acts);
    if (submission->acts == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < payload->change_count; i++) {
        arena_clear(scratch);
        if (act_read(submission, scratch, payload->changes[i], &submission->acts[i]) == ERR_NO_MEMORY) {
            return ERR_NO_MEMORY;
        }
    }
    return ERR_OK;
}
