#include "server/ingest/erased.h"

#include <stdlib.h>

#include "common/base/hash_table.h"
#include "proto/journal.pb-c.h"
#include "server/ingest/change.h"

/* What stays of one version. */
struct erased_version {
    struct id version;
    struct change_left left;
    UT_hash_handle hh;
};

struct erased {
    struct arena arena; /* of all versions */
    struct erased_version *versions;
};

static enum err add_version(struct erased *erased, const struct erased_version *version);
static const struct erased_version *find(const struct erased *erased, const struct id *version);
static enum err take_away(struct submission *submission, const bool *is_erased);

enum err erased_new(struct erased **ret_erased)
{
    struct erased *erased = calloc(1, sizeof *erased);
    if (erased == NULL) {
        return ERR_NO_MEMORY;
    }
    arena_init(&erased->arena, SIZE_MAX / 2); /* acts of erasure are few */
    *ret_erased = erased;
    return ERR_OK;
}

void erased_free(struct erased *erased)
{
    if (erased == NULL) {
        return;
    }
    HASH_CLEAR(hh, erased->versions);
    arena_release(&erased->arena);
    free(erased);
}

enum err erased_add(struct erased *erased, const Dantin__ActErasure *act)
{
    struct erased_version version = {.left = {.schema = schema_of(act->kind)}};
    struct id previous = {{0}};
    if (version.left.schema == NULL ||
        id_from_bytes(bytes_of(act->record.data, act->record.len), &version.left.record) != ERR_OK) {
        return ERR_OK; /* names nothing */
    }
    for (size_t i = 0; i < act->n_version; i++) {
        const Dantin__ErasedVersion *from = act->version[i];
        version.left.is_removal = from->has_removal && from->removal;
        version.left.is_applied = from->has_body || version.left.is_removal;
        version.left.previous = version.left.is_applied ? previous : (struct id){{0}};
        version.left.body = bytes_of(from->body.data, from->body.len);
        if (id_from_bytes(bytes_of(from->version.data, from->version.len), &version.version) != ERR_OK) {
            continue;
        }
        enum err err = add_version(erased, &version);
        if (err != ERR_OK) {
            return err;
        }
        previous = version.left.is_applied ? version.version : previous;
    }
    return ERR_OK;
}

enum err erased_apply(const struct erased *erased, struct submission *submission)
{
    bool is_any = false;
    if (erased == NULL || submission->changes == NULL) {
        return ERR_OK;
    }
    bool *is_erased = arena_zalloc(&submission->arena, submission->change_count, sizeof *is_erased);
    if (is_erased == NULL) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < submission->change_count; i++) {
        struct submission_change *change = &submission->changes[i];
        const struct erased_version *version = find(erased, &change->version);
        if (version == NULL) {
            continue;
        }
        is_any = is_erased[i] = true;
        change_take_left(&submission->arena, &version->left, change);
        if (submission->arena.is_out_of_memory) {
            return ERR_NO_MEMORY;
        }
    }
    return is_any ? take_away(submission, is_erased) : ERR_OK;
}

static enum err add_version(struct erased *erased, const struct erased_version *version)
{
    struct erased_version *added = arena_zalloc(&erased->arena, 1, sizeof *added);
    struct erased_version *older = NULL;
    if (added == NULL) {
        return ERR_NO_MEMORY;
    }
    *added = *version;
    added->left.body = arena_copy(&erased->arena, version->left.body);
    HASH_FIND(hh, erased->versions, added->version.at, ID_BYTES, older);
    if (older != NULL) {
        HASH_DEL(erased->versions, older);
    }
    HASH_ADD(hh, erased->versions, version, ID_BYTES, added);
    return hash_table_added(&added->hh, &erased->arena) && !erased->arena.is_out_of_memory ? ERR_OK
                                                                                           : ERR_NO_MEMORY;
}

static const struct erased_version *find(const struct erased *erased, const struct id *version)
{
    struct erased_version *found = NULL;
    HASH_FIND(hh, erased->versions, version->at, ID_BYTES, found);
    return found;
}

/* The payload as it is journalled: it was decoded before, so that only memory can be short. */
static enum err take_away(struct submission *submission, const bool *is_erased)
{
    struct buf without;
    buf_init(&without, PAYLOAD_PARTS_COMPRESSED_BYTES_MAX);
    enum err err = payload_erase(submission->payload_zstd, is_erased, submission->change_count, &without);
    if (err == ERR_OK) {
        submission->payload_zstd = arena_copy(&submission->arena, buf_content(&without));
        err = submission->payload_zstd.at == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    buf_release(&without);
    return err;
}
