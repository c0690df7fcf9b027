/* One comparison before every group. */
#include "server/ingest/signer.h"

#include <string.h>

#include "common/base/log.h"
#include "common/crypto/checkpoint.h"
#include "server/ingest/attest.h"

static bool is_in_force(const struct signer *signer, const struct store_facts *facts);

void signer_init(struct signer *signer, const struct signing_key *key,
                 const uint8_t in_force[SIGN_PUBLIC_KEY_BYTES], signer_on_other *on_other, void *context)
{
    *signer = (struct signer){.on_other = on_other, .context = context};
    signer_set_key(signer, key);
    if (in_force != NULL) {
        memcpy(signer->in_force, in_force, sizeof signer->in_force);
    }
    buf_init(&signer->note, CHECKPOINT_NOTE_BYTES_MAX);
}

void signer_release(struct signer *signer)
{
    buf_release(&signer->note);
}

void signer_set_key(struct signer *signer, const struct signing_key *key)
{
    signer->key = key;
    signing_key_public(key, signer->in_force);
}

enum err signer_start(struct signer *signer, const struct store_facts *facts)
{
    if (!is_in_force(signer, facts) && signer->on_other != NULL) {
        signer->on_other(signer->context, facts->log_key);
    }
    if (!is_in_force(signer, facts)) {
        log_write(
            LOG_ERROR, "log_key_other",
            "action=\"nothing is signed; the journal goes under another receipt.key than the one here\"");
        return ERR_CONFIG;
    }
    signer->group_key = signer->key;
    return ERR_OK;
}

void signer_receipts(struct signer *signer, const struct store_group *group, struct store_entry *entries)
{
    signer->group = group;
    attest_receipts(signer->group_key, group, entries);
}

enum err signer_checkpoint(void *context, const struct store_written *written, size_t written_count,
                           struct bytes *ret_note)
{
    struct signer *signer = context;
    enum err err = attest_checkpoint(signer->group_key, signer->group, written, written_count, &signer->note);
    if (err == ERR_OK) {
        *ret_note = buf_content(&signer->note);
    }
    return err;
}

/* A journal without an act has no log yet. */
static bool is_in_force(const struct signer *signer, const struct store_facts *facts)
{
    return !facts->has_log_key || memcmp(signer->in_force, facts->log_key, sizeof signer->in_force) == 0;
}
