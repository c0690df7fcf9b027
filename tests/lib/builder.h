/* Records, changes and sealed submissions for tests and benches, made without the client. Tests only.
 * Everything lies in the arena given; what cannot be made aborts. Same arguments, same bytes. */
#ifndef TESTS_LIB_BUILDER_H
#define TESTS_LIB_BUILDER_H

#include "common/crypto/sign.h"
#include "common/record/schema.h"
#include "common/wire/envelope.h"
#include "server/store/store.h"

/* A device that seals: its key, its chain. */
struct builder_device {
    struct signing_key *key;
    struct verify_key *verify;
    struct hash device; /* also the SHA-256 of its SPKI */
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint64_t sequence;    /* of the newest submission sealed */
    struct hash previous; /* its envelope hash */
};

/* One change before it is serialised. */
struct builder_change {
    enum record_kind kind;
    struct id record;
    struct id base;      /* none: a new record */
    const void *message; /* NULL: a removal */
    bool is_first_load;
    const char *reason; /* rule id explained; NULL: none */
};

struct builder_submission {
    struct bytes envelope;
    struct bytes signature;
    struct bytes payload_zstd;
    uint64_t sequence;
    struct hash envelope_hash;
};

/* Ways to spoil a submission. */
enum builder_fault {
    BUILDER_SOUND,
    BUILDER_PAYLOAD_GARBAGE, /* no zstd frame at all */
    BUILDER_PAYLOAD_OTHER,   /* a readable payload that does not match the hash */
    BUILDER_LENGTH_FALSE,    /* the envelope states another payload length */
    BUILDER_SCHEMA_NEWER,
    BUILDER_CONTENT_UNKNOWN,
};

/* The same number gives the same key. */
void builder_device_init(struct builder_device *device, uint64_t number);
void builder_device_release(struct builder_device *device);
struct store_device builder_store_device(const struct builder_device *device, const struct id *sender,
                                         bool is_province);

struct id builder_id(uint64_t number);
/* Days of an ISO date. */
int32_t builder_date(const char *iso);

/* Records that break no rule. parent: NULL = the province. Texts are borrowed. */
void *builder_branch(struct arena *arena, const char *name, const struct id *parent, bool is_sender);
void builder_branch_add_parent(struct arena *arena, void *branch, const struct id *parent, const char *from,
                               const char *to);
void *builder_member(struct arena *arena, const char *name, const struct id *branch, const char *card_number);
/* ... in `before` until the day, an ISO date, and in its branch from then on. */
void builder_member_add_earlier(struct arena *arena, void *member, const struct id *before, const char *day);
/* A task given to a member: a record of the branch it names. */
void *builder_task(struct arena *arena, const char *content, const struct id *branch,
                   const struct id *member);
/* A tally sheet of a cell's congress, a record that needs a second person. note: its minutes' number, a borrowed text. */
void *builder_ballot(struct arena *arena, const struct id *branch, const char *note);
void *builder_locality(struct arena *arena, const char *code, const char *name, struct id *ret_record);

struct bytes builder_pack_change(struct arena *arena, const struct builder_change *change);
/* Seal the device's next submission. */
struct builder_submission builder_seal(struct arena *arena, struct builder_device *device,
                                       const struct builder_change *changes, size_t change_count);
/* The same over changes already serialised (any bytes), with a fault. */
struct builder_submission builder_seal_bytes(struct arena *arena, struct builder_device *device,
                                             const struct bytes *changes, size_t change_count,
                                             enum builder_fault fault);
/* The same over items of another kind of content. */
struct builder_submission builder_seal_content(struct arena *arena, struct builder_device *device,
                                               uint16_t content, const struct bytes *items, size_t item_count,
                                               enum builder_fault fault);
/* An Approval of the change at an index of a submission, and its h_i as the builder's payloads have it. reason: of a
 * rejection; NULL: none, it is an approval. */
struct bytes builder_pack_approval(struct arena *arena, const struct id *version,
                                   const struct hash *change_hash, const char *reason);
struct hash builder_change_hash(struct arena *arena, const struct builder_submission *submission,
                                uint32_t index);
struct id builder_version(const struct builder_submission *submission, uint32_t index);

#endif
