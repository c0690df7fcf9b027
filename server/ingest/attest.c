#include "server/ingest/attest.h"

#include <inttypes.h>

#include "common/base/log.h"
#include "common/crypto/checkpoint.h"

void attest_receipts(const struct signing_key *log_key, const struct store_group *group,
                     struct store_entry *entries)
{
    for (size_t i = 0; i < group->entry_count; i++) {
        uint8_t signed_bytes[RECEIPT_SIGNED_BYTES];
        receipt_signed_bytes(&group->head_after.epoch, entries[i].position, &entries[i].leaf, signed_bytes);
        signing_key_sign(log_key, bytes_of(signed_bytes, sizeof signed_bytes), entries[i].receipt_signature);
    }
}

enum err attest_checkpoint(const struct signing_key *log_key, const struct store_group *group,
                           const struct store_written *written, size_t written_count, struct buf *note)
{
    for (size_t i = 0; i < group->entry_count; i++) {
        if (i >= written_count || written[i].position != group->entries[i].position ||
            !hash_equal(&written[i].leaf, &group->entries[i].leaf)) {
            log_write(LOG_ERROR, "journal_reread_differs",
                      "position=%" PRIu64 " action=\"nothing was signed; find out what else writes there\"",
                      group->entries[i].position);
            return ERR_INTERNAL;
        }
    }
    const struct checkpoint checkpoint = {
        .epoch = group->head_after.epoch,
        .size = group->head_after.position,
        .root = merkle_frontier_root(group->frontier_after),
        .state = group->state_after,
    };
    buf_clear(note);
    return checkpoint_sign(&checkpoint, log_key, note);
}
