/* Reads an exported journal (docs/journal.md#export), entry by entry. Rank 4. Blocks on files; owns its buffers.
 * What is read is outside bytes: every fault of a file is a fault, never more. */
#ifndef VERIFY_SOURCE_H
#define VERIFY_SOURCE_H

#include <stdio.h>

#include "common/wire/export.h"
#include "verify/fault.h"

enum { SOURCE_PATH_BYTES_MAX = 4096 };

/* One kind of bundle: the one that is loaded, and how far it was read. */
struct source_bundle {
    struct buf content;
    uint64_t number;
    bool is_loaded;
    struct bytes rest;
    size_t next; /* index in the bundle of the record at rest */
};

struct source {
    char folder[SOURCE_PATH_BYTES_MAX - TILE_PATH_BYTES_MAX];
    struct export_head head;
    struct source_bundle entries;
    struct source_bundle hashes;
    struct source_bundle verdicts;
    struct source_bundle payloads;
    FILE *checkpoints;
    struct buf file; /* that source_file read last */
};

/* Views valid until the next call with this source. */
struct source_entry {
    struct bytes leaf;     /* 236 bytes */
    struct hash hash;      /* as the tree's tile holds it */
    struct bytes verdicts; /* the bytes under the verdict hash */
};

/* Requires a zeroed struct. Release it in any case. */
bool source_open(struct source *source, const char *folder, struct fault *fault);
void source_release(struct source *source);

/* Entry at `position` < head.size; quick when positions rise. */
bool source_entry(struct source *source, uint64_t position, struct source_entry *ret_entry,
                  struct fault *fault);
/* Its leaf bytes alone. */
bool source_leaf(struct source *source, uint64_t position, struct bytes *ret_leaf, struct fault *fault);
/* Its payload; at NULL: withheld. */
bool source_payload(struct source *source, uint64_t position, struct bytes *ret_payload, struct fault *fault);

/* The next checkpoint's note into `note` (cleared first); *ret_is_end: there is none left. */
bool source_checkpoint(struct source *source, struct buf *note, bool *ret_is_end, struct fault *fault);

/* A whole file of the export, by its name; a view until the next call. */
bool source_file(struct source *source, const char *name, size_t bytes_max, struct bytes *ret_content,
                 struct fault *fault);

#endif
