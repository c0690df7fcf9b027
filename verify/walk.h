/* The check of a whole exported journal, from its first entry to its last. Rank 4. */
#ifndef VERIFY_WALK_H
#define VERIFY_WALK_H

#include <stddef.h>

#include "common/base/bytes.h"
#include "verify/fault.h"

struct walk_options {
    const char *folder;
    const uint8_t *log_key; /* 32 bytes known beforehand; NULL: the export's own is taken */
    const char *const *receipts;
    size_t receipt_count;
    const char *const *checkpoints; /* kept by somebody */
    size_t checkpoint_count;
};

struct walk_report {
    uint64_t entries;
    uint64_t submissions; /* of changes and approvals */
    uint64_t items;
    uint64_t acts;
    uint64_t key_changes;
    uint64_t approvals;
    uint64_t erasures;     /* acts */
    uint64_t items_erased; /* changes that took effect and are known by an erasure alone */
    uint64_t withheld;     /* payloads not in the export: then the state is not counted */
    uint64_t checkpoints;
    uint64_t cosignatures;
    bool has_sealed;
    uint64_t sealed_size; /* of the newest checkpoint that a quorum of senders cosigned */
    uint64_t witnesses;   /* senders that count now */
    uint64_t devices;
    uint64_t devices_revoked;
    uint64_t
        devices_unapproved; /* enrolled without an operator's signature: signed for at the server itself */
    uint64_t records;
    uint64_t receipts;
    uint64_t receipts_void; /* of an epoch that was left behind */
    uint64_t looks_number;  /* newest link of the log of reads in the journal; 0: none */
    struct hash looks_hash;
    uint8_t log_key[32]; /* the first one */
};

/* False: *ret_fault is the first thing that is wrong; the report tells how far the walk came. */
bool walk_run(const struct walk_options *options, struct walk_report *ret_report, struct fault *ret_fault);

#endif
