/* The Merkle tree of RFC 9162 (SHA-256; leaf hashes are made by the caller, inner nodes are SHA-256(0x01 ‖ left ‖ right)).
 * Rank 1. Pure: nodes come from a callback, so the same code runs over the database, an export and an array.
 *
 * A subtree (level, index) is complete: its leaves are [index · 2^level, (index + 1) · 2^level). Every tree is a row of
 * complete subtrees of falling size: its frontier. That is all one needs to append. */
#ifndef COMMON_CRYPTO_MERKLE_H
#define COMMON_CRYPTO_MERKLE_H

#include "common/base/arena.h"
#include "common/base/bytes.h"

enum { MERKLE_PATH_MAX = 64, MERKLE_LEVELS_MAX = 63, MERKLE_PATH_BYTES_MAX = MERKLE_PATH_MAX * HASH_BYTES };

/* Positions are signed 64-bit numbers in the database. */
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)

struct hash merkle_node(const struct hash *left, const struct hash *right);
/* Root of the tree without leaves: SHA-256 of nothing. */
struct hash merkle_empty_root(void);

/* ---- the frontier: what appending needs ---- */

struct merkle_frontier {
    uint64_t size;                         /* leaves */
    size_t count;                          /* one complete subtree for each bit set in size */
    struct hash hashes[MERKLE_LEVELS_MAX]; /* left to right, that is by falling size */
};

void merkle_frontier_init(struct merkle_frontier *frontier);
/* The stored form: the hashes one after the other, left to right. Valid until the frontier changes. */
struct bytes merkle_frontier_encode(const struct merkle_frontier *frontier);
/* ERR_MALFORMED: not as many hashes as a tree of that size has, or a size past MERKLE_SIZE_MAX. */
MUST_CHECK enum err merkle_frontier_decode(uint64_t size, struct bytes in,
                                           struct merkle_frontier *ret_frontier);
/* Requires size < MERKLE_SIZE_MAX. */
void merkle_frontier_append(struct merkle_frontier *frontier, const struct hash *leaf);
struct hash merkle_frontier_root(const struct merkle_frontier *frontier);

/* ---- paths ---- */

/* Sibling hashes from the leaf upwards. */
struct merkle_path {
    size_t count;
    struct hash hashes[MERKLE_PATH_MAX];
};

/* The form that travels: the hashes one after the other. Valid until the path changes. */
struct bytes merkle_path_encode(const struct merkle_path *path);
/* ERR_MALFORMED: no whole number of hashes. ERR_TOO_BIG: more than MERKLE_PATH_MAX. */
MUST_CHECK enum err merkle_path_decode(struct bytes in, struct merkle_path *ret_path);

/* Hash of the complete subtree (level, index); a leaf is level 0. An error of its own ends the making of the path. */
typedef enum err merkle_get(void *context, unsigned level, uint64_t index, struct hash *ret_hash);

/* Path of leaf `index` in the tree of `size` leaves. ERR_NOT_FOUND: index is not below size, or a size past
 * MERKLE_SIZE_MAX; errors of `get`. RFC 9162, 2.1.3.1. */
MUST_CHECK enum err merkle_inclusion_path(uint64_t index, uint64_t size, merkle_get *get, void *context,
                                          struct merkle_path *ret_path);
/* Proof that the tree of `size` leaves continues that of `old_size`; empty for equal sizes and for old_size 0.
 * ERR_NOT_FOUND: old_size is above size; errors of `get`. RFC 9162, 2.1.4.1. */
MUST_CHECK enum err merkle_consistency_path(uint64_t old_size, uint64_t size, merkle_get *get, void *context,
                                            struct merkle_path *ret_path);
/* Root of the first `size` leaves. Errors as above. */
MUST_CHECK enum err merkle_root(uint64_t size, merkle_get *get, void *context, struct hash *ret_root);

/* ---- checks: total, for bytes from anywhere ---- */

/* Does `path` (concatenated hashes) prove that `leaf` stands at `index` in the tree of `size` leaves with this root?
 * RFC 9162, 2.1.3.2. */
bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, struct bytes path,
                            const struct hash *root);
/* Does `path` prove that the tree (size, root) continues the tree (old_size, old_root)? From the empty tree only the
 * empty path does, and only with the empty tree's root. RFC 9162, 2.1.4.2. */
bool merkle_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size,
                              const struct hash *root, struct bytes path);

/* ---- a batch of leaves just appended: their paths without reading anything ---- */

struct merkle_batch; /* lives in its arena */

/* The tree `old` (copied) continued by `count` leaves (borrowed for the call). ERR_TOO_BIG: past the arena's cap or
 * MERKLE_SIZE_MAX. ERR_NO_MEMORY. */
MUST_CHECK enum err merkle_batch_build(struct arena *arena, const struct merkle_frontier *old,
                                       const struct hash *leaves, size_t count,
                                       const struct merkle_batch **ret_batch);
/* The frontier after the batch. */
const struct merkle_frontier *merkle_batch_frontier(const struct merkle_batch *batch);
/* Path of the batch's leaf i (0 .. count - 1) in the tree after the batch. */
void merkle_batch_path(const struct merkle_batch *batch, size_t i, struct merkle_path *ret_path);
/* The complete subtrees of `level` that the batch finished: their number; they are (level, *ret_first), … and
 * *ret_nodes points at their hashes (NULL when there are none). */
size_t merkle_batch_nodes(const struct merkle_batch *batch, unsigned level, uint64_t *ret_first,
                          const struct hash **ret_nodes);

#endif
