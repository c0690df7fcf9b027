/* What the files of the walk share: walk.c (order), walk_entry.c (one entry), walk_checkpoint.c. Rank 4. */
#ifndef VERIFY_WALK_PRIVATE_H
#define VERIFY_WALK_PRIVATE_H

#include "common/crypto/checkpoint.h"
#include "common/crypto/merkle.h"
#include "verify/identity.h"
#include "verify/kept.h"
#include "verify/records.h"
#include "verify/source.h"
#include "verify/tiles.h"
#include "verify/walk.h"

enum {
    WALK_SCRATCH_BYTES_MAX = 8 << 20, /* one payload, decompressed, and one item, unpacked */
    WALK_EPOCHS_MAX = 1024
};

struct walk {
    const struct walk_options *options;
    struct walk_report *report;
    struct fault *fault;
    struct source source;
    struct arena arena;   /* identities and records */
    struct arena payload; /* of the entry at hand */
    struct arena item;    /* of the item at hand */
    struct identity identity;
    struct records records;
    struct kept kept;
    struct merkle_frontier frontier;
    struct tiles tiles;
    int64_t newest_time_ms;
    struct kept_epoch epochs[WALK_EPOCHS_MAX];
    size_t epoch_count;

    struct buf note;   /* the next checkpoint */
    struct buf newest; /* the one before it */
    bool has_checkpoint;
    struct checkpoint checkpoint;
    struct note parsed;
    uint64_t checkpoint_size;                  /* of the newest one checked */
    const struct identity_key *checkpoint_key; /* the log's when that was checked */
};

/* One entry: all there is to check about it; devices, records and the tree move on. */
bool walk_entry(struct walk *walk, uint64_t position);

/* Read the next checkpoint of the export. */
bool walk_next_checkpoint(struct walk *walk);
/* Check those at the size the tree has now. */
bool walk_checkpoints(struct walk *walk);
/* An act opens an epoch. */
bool walk_epoch(struct walk *walk, uint64_t position, const Dantin__ActEpoch *act);

#endif
