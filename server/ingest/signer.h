/* The log key as ingest uses it: never but while the journal goes under that very key, which is seen under the journal's lock.
 * Rank 5. Pure but for the log key. */
#ifndef SERVER_INGEST_SIGNER_H
#define SERVER_INGEST_SIGNER_H

#include "common/base/buf.h"
#include "common/crypto/sign.h"
#include "server/store/store.h"

/* The journal goes under this key now, not under ours: whoever owns the keys may call signer_set_key from here. */
typedef void signer_on_other(void *context, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);

struct signer {
    const struct signing_key *key;
    uint8_t in_force[SIGN_PUBLIC_KEY_BYTES]; /* what the journal must go under for `key` to sign */
    signer_on_other *on_other;               /* may be NULL */
    void *context;
    /* The group under way. */
    const struct signing_key *group_key;
    const struct store_group *group;
    struct buf note;
};

/* key: keeps. in_force: the public key that the journal goes under when it signs; NULL: its own. Another one is for the entry that
 * changes the log's key, whose group is attested by the new one. */
void signer_init(struct signer *signer, const struct signing_key *key,
                 const uint8_t in_force[SIGN_PUBLIC_KEY_BYTES], signer_on_other *on_other, void *context);
void signer_release(struct signer *signer);
void signer_set_key(struct signer *signer, const struct signing_key *key);

/* Before anything of a group is signed; facts: read under the lock. ERR_CONFIG: the journal goes under a key that is not here. */
MUST_CHECK enum err signer_start(struct signer *signer, const struct store_facts *facts);
/* Sign the receipts of the group, in place; and be ready for its checkpoint. `group` is kept until the commit. */
void signer_receipts(struct signer *signer, const struct store_group *group, struct store_entry *entries);
/* A store_sign; context: the signer. */
enum err signer_checkpoint(void *context, const struct store_written *written, size_t written_count,
                           struct bytes *ret_note);

#endif
