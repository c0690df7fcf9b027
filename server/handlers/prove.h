/* What PROVE, SEAL and NOTICES have in common: entries that prove themselves, and paths to the tree of a size. Rank 7. */
#ifndef SERVER_HANDLERS_PROVE_H
#define SERVER_HANDLERS_PROVE_H

#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"
#include "server/session/request.h"
#include "server/store/store_witness.h"

enum {
    PROVE_SIZES_MAX = 64,
    PROVE_ENTRIES_MAX = 256,                /* told in one answer */
    PROVE_ITEMS_MAX = STORE_GROUP_ACTS_MAX, /* of one entry, for it to be told: as many as are ever applied */
    PROVE_TOLD_BYTES_MAX = 900 << 10,       /* in one answer, below SEALED's own limit */
    PROVE_PAGE_BYTES_MAX = 16 << 20,        /* one page of entries as stored */
    PROVE_SCRATCH_BYTES_MAX = 16 << 20,     /* one entry, unpacked */
    PROVE_PATHS_MAX = PROVE_SIZES_MAX + PROVE_ENTRIES_MAX + 1,
};

/* A path, and where it goes in the answer. */
struct prove_path {
    struct store_proof_request wanted;
    ProtobufCBinaryData *to;
};

/* Reads entries page by page, then asks for the paths, then is done. Owned by the request; prove_release in the end. */
struct prove {
    uint64_t tree_size;
    uint64_t next; /* position to go on at */
    /* Of acts; changes of a key are wanted when has_keys. */
    bool (*is_wanted)(const Dantin__Act *act, const struct id *asker);
    struct id asker; /* the sender whose device asks; none: it does not matter */
    bool has_keys;
    bool is_reading;
    enum err err; /* of the wait that ended */
    struct arena page_arena;
    struct arena scratch; /* of the entry that is looked at */
    const struct store_act_entry *page;
    size_t page_count;
    Dantin__ProvenEntry *entries[PROVE_ENTRIES_MAX];
    size_t entry_count;
    size_t told_bytes; /* of the entries, with the longest paths they can have */
    struct prove_path paths[PROVE_PATHS_MAX];
    size_t path_count, path_done;
    struct store_proof_request asked[STORE_PROOFS_MAX];
    size_t asked_count;
    const struct store_proof *proofs;
};

void prove_init(struct prove *prove, uint64_t tree_size, uint64_t from);
/* Of a route whose requests have a struct prove as the first member of their state. */
void prove_release(struct request *request);
/* Another path; `to` lives as long as the request. */
void prove_add_path(struct prove *prove, enum store_proof_kind kind, uint64_t place, ProtobufCBinaryData *to);
/* Begin to read entries. */
void prove_start(struct request *request, struct prove *prove);
/* After each wait: ERR_AGAIN: wait on. ERR_OK: entries and paths are there; `next` says how far entries were told. Others: reject. */
MUST_CHECK enum err prove_step(struct request *request, struct prove *prove);

#endif
