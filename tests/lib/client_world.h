/* A client's store in a folder of its own, a device that seals, and a server that signs receipts: for tests
 * of the client. Tests only; whatever fails aborts. Programs that use it link libdantin. */
#ifndef TESTS_LIB_CLIENT_WORLD_H
#define TESTS_LIB_CLIENT_WORLD_H

#include "client/lib/outbox.h"
#include "client/lib/store.h"
#include "tests/lib/folder.h"
#include "tests/lib/log_world.h"

struct client_world {
    char folder[FOLDER_PATH_BYTES];
    struct store *store; /* NULL while closed */
    struct arena arena;  /* for whatever the test makes */
    struct signing_key *device_key;
    struct outbox_signer signer;
    struct store_owner owner; /* the same device, and a key of zeros */
    struct signing_key *receipt_key;
    uint8_t receipt_public[SIGN_PUBLIC_KEY_BYTES];
    struct verify_key *receipt_verify;
    struct log_world log; /* the journal: receipts given, and filling between them */
};

/* Whoever opens a store that no device will seal from. */
extern const struct store_owner client_owner;

void client_world_open(struct client_world *world);
void client_world_close(struct client_world *world);
/* Close the store (if open) and open it again, as another run of the program would. */
void client_world_reopen(struct client_world *world);

/* The store's file as it is, and the store put back to it: for fuzzers, whose inputs all meet the same one. */
void client_world_save(struct client_world *world, struct buf *ret_file);
void client_world_restore(struct client_world *world, const struct buf *file);

/* Records that break no rule. code, parent: NULL = not stated. */
void *client_branch(struct client_world *world, const char *name, const char *code, const struct id *parent);
void *client_member(struct client_world *world, const char *name, const char *file_number,
                    const struct id *branch);
/* Put a record in a transaction of its own; id none: a drawn one. Returns its id. */
struct id client_put(struct client_world *world, enum record_kind kind, const struct id *id,
                     const void *message);
/* Draw `count` ids and put a member under each; the first id goes to ret_first when it is not NULL. */
void client_put_members(struct client_world *world, size_t count, const struct id *branch);
struct store_record client_get(struct client_world *world, enum record_kind kind, const struct id *id);
/* Remove a record in a transaction of its own. */
void client_remove(struct client_world *world, enum record_kind kind, const struct id *id);
/* A message as it is packed, in the world's arena. */
struct bytes client_packed(struct client_world *world, const void *message);
/* Seal what is open. */
struct outbox_sealed client_seal(struct client_world *world);

/* A verdict of a receipt. */
struct client_verdict {
    uint32_t index;
    enum verdict_code code;
    const char *rule; /* NULL: none */
    struct id current;
    struct bytes current_body; /* at == NULL: not told */
};

/* What a false receipt gets wrong. */
enum client_fault {
    CLIENT_SOUND,
    CLIENT_SIGNATURE_FALSE,
    CLIENT_TIME_FALSE,     /* the time told is not the one signed */
    CLIENT_VERDICT_HIDDEN, /* the verdicts told are not the ones signed */
    CLIENT_ENVELOPE_OTHER,
    CLIENT_COUNT_OTHER,
    CLIENT_VERDICT_UNKNOWN, /* a code nobody knows */
    CLIENT_PROOF_NONE,
    CLIENT_PROOF_FALSE,
    CLIENT_CHECKPOINT_NONE,
    CLIENT_CHECKPOINT_UNSIGNED,
    CLIENT_CHECKPOINT_OF_OTHER_EPOCH,
    CLIENT_CHECKPOINT_TOO_SMALL, /* its tree ends before the entry */
};

/* The RECEIPT (packed) the server would give for a sealed submission, in the world's arena; the entry is put into the log, which
 * is filled up to its position. */
struct bytes client_receipt(struct client_world *world, const struct id *epoch, uint64_t position,
                            uint64_t sequence, const struct client_verdict *verdicts, size_t verdict_count,
                            enum client_fault fault);
struct id client_id(uint64_t number);
/* Version name of a change of a sealed submission. */
struct id client_version(struct client_world *world, uint64_t sequence, uint32_t change_index);

#endif
