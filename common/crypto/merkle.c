/* RFC 9162, section 2.1, without recursion. */
#include "common/crypto/merkle.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"

_Static_assert(sizeof(struct hash) == HASH_BYTES, "hashes of an array lie one after the other");

static enum err range_root(uint64_t start, uint64_t end, merkle_get *get, void *context,
                           struct hash *ret_root);
static enum err push_range(struct merkle_path *path, uint64_t start, uint64_t end, merkle_get *get,
                           void *context);
static uint64_t split(uint64_t size);
static void reverse(struct merkle_path *path);

struct hash merkle_node(const struct hash *left, const struct hash *right)
{
    uint8_t in[1 + 2 * HASH_BYTES];
    in[0] = 1;
    memcpy(in + 1, left->at, HASH_BYTES);
    memcpy(in + 1 + HASH_BYTES, right->at, HASH_BYTES);
    return hash_of_one(bytes_of(in, sizeof in));
}

struct hash merkle_empty_root(void)
{
    return hash_of_one(bytes_of(NULL, 0));
}

/* ---- frontier ---- */

void merkle_frontier_init(struct merkle_frontier *frontier)
{
    *frontier = (struct merkle_frontier){0};
}

struct bytes merkle_frontier_encode(const struct merkle_frontier *frontier)
{
    return bytes_of(frontier->hashes, frontier->count * HASH_BYTES);
}

enum err merkle_frontier_decode(uint64_t size, struct bytes in, struct merkle_frontier *ret_frontier)
{
    size_t count = 0;
    for (uint64_t rest = size; rest != 0; rest &= rest - 1) {
        count++;
    }
    if (size > MERKLE_SIZE_MAX || in.len != count * HASH_BYTES) {
        return ERR_MALFORMED;
    }
    merkle_frontier_init(ret_frontier);
    ret_frontier->size = size;
    ret_frontier->count = count;
    if (count > 0) {
        memcpy(ret_frontier->hashes, in.at, in.len);
    }
    return ERR_OK;
}

void merkle_frontier_append(struct merkle_frontier *frontier, const struct hash *leaf)
{
    REQUIRE(frontier->size < MERKLE_SIZE_MAX);
    struct hash hash = *leaf;
    for (uint64_t rest = frontier->size; (rest & 1) != 0; rest >>= 1) {
        frontier->count--;
        hash = merkle_node(&frontier->hashes[frontier->count], &hash);
    }
    frontier->hashes[frontier->count] = hash;
    frontier->count++;
    frontier->size++;
}

struct hash merkle_frontier_root(const struct merkle_frontier *frontier)
{
    if (frontier->count == 0) {
        return merkle_empty_root();
    }
    struct hash root = frontier->hashes[frontier->count - 1];
    for (size_t i = frontier->count - 1; i > 0; i--) {
        root = merkle_node(&frontier->hashes[i - 1], &root);
    }
    return root;
}

/* ---- paths ---- */

struct bytes merkle_path_encode(const struct merkle_path *path)
{
    return bytes_of(path->hashes, path->count * HASH_BYTES);
}

enum err merkle_path_decode(struct bytes in, struct merkle_path *ret_path)
{
    if (in.len % HASH_BYTES != 0) {
        return ERR_MALFORMED;
    }
    if (in.len > MERKLE_PATH_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    ret_path->count = in.len / HASH_BYTES;
    if (in.len > 0) {
        memcpy(ret_path->hashes, in.at, in.len);
    }
    return ERR_OK;
}

/* Down from the root to the leaf, taking the side not gone; the path is wanted from the leaf upwards. */
enum err merkle_inclusion_path(uint64_t index, uint64_t size, merkle_get *get, void *context,
                               struct merkle_path *ret_path)
{
    if (index >= size || size > MERKLE_SIZE_MAX) {
        return ERR_NOT_FOUND;
    }
    struct merkle_path path = {0};
    uint64_t start = 0;
    uint64_t end = size;
    enum err err = ERR_OK;
    while (end - start > 1 && err == ERR_OK) {
        uint64_t middle = start + split(end - start);
        if (index < middle) {
            err = push_range(&path, middle, end, get, context);
            end = middle;
        } else {
            err = push_range(&path, start, middle, get, context);
            start = middle;
        }
    }
    if (err == ERR_OK) {
        reverse(&path);
        *ret_path = path;
    }
    return err;
}

/* SUBPROOF of the RFC: `is_known` is its b, "the old tree's root is this very subtree, which the checker has". */
enum err merkle_consistency_path(uint64_t old_size, uint64_t size, merkle_get *get, void *context,
                                 struct merkle_path *ret_path)
{
    if (old_size > size || size > MERKLE_SIZE_MAX) {
        return ERR_NOT_FOUND;
    }
    struct merkle_path path = {0};
    uint64_t start = 0;
    uint64_t end = size;
    bool is_known = true;
    enum err err = ERR_OK;
    while (old_size > start && old_size < end && err == ERR_OK) {
        uint64_t middle = start + split(end - start);
        if (old_size <= middle) {
            err = push_range(&path, middle, end, get, context);
            end = middle;
        } else {
            err = push_range(&path, start, middle, get, context);
            start = middle;
            is_known = false;
        }
    }
    if (err == ERR_OK && !is_known) {
        err = push_range(&path, start, end, get, context);
    }
    if (err == ERR_OK) {
        reverse(&path);
        *ret_path = path;
    }
    return err;
}

enum err merkle_root(uint64_t size, merkle_get *get, void *context, struct hash *ret_root)
{
    if (size > MERKLE_SIZE_MAX) {
        return ERR_NOT_FOUND;
    }
    if (size == 0) {
        *ret_root = merkle_empty_root();
        return ERR_OK;
    }
    return range_root(0, size, get, context, ret_root);
}

/* Root over the leaves [start, end). `start` is a multiple of a power of two that is not below the length, so the
 * complete subtrees of the range are complete subtrees of the tree. */
static enum err range_root(uint64_t start, uint64_t end, merkle_get *get, void *context,
                           struct hash *ret_root)
{
    struct hash parts[MERKLE_LEVELS_MAX];
    size_t count = 0;
    for (unsigned level = MERKLE_LEVELS_MAX; level-- > 0;) {
        if (((end - start) >> level) == 0) {
            continue;
        }
        INVARIANT(count < MERKLE_LEVELS_MAX);
        enum err err = get(context, level, start >> level, &parts[count]);
        if (err != ERR_OK) {
            return err;
        }
        count++;
        start += (uint64_t)1 << level;
    }
    ENSURE(count > 0 && start == end);
    struct hash root = parts[count - 1];
    for (size_t i = count - 1; i > 0; i--) {
        root = merkle_node(&parts[i - 1], &root);
    }
    *ret_root = root;
    return ERR_OK;
}

static enum err push_range(struct merkle_path *path, uint64_t start, uint64_t end, merkle_get *get,
                           void *context)
{
    INVARIANT(path->count < MERKLE_PATH_MAX);
    enum err err = range_root(start, end, get, context, &path->hashes[path->count]);
    if (err == ERR_OK) {
        path->count++;
    }
    return err;
}

/* The largest power of two below size (size ≥ 2). */
static uint64_t split(uint64_t size)
{
    uint64_t power = 1;
    while (power < size - power) {
        power <<= 1;
    }
    return power;
}

static void reverse(struct merkle_path *path)
{
    for (size_t i = 0; i < path->count / 2; i++) {
        struct hash hash = path->hashes[i];
        path->hashes[i] = path->hashes[path->count - 1 - i];
        path->hashes[path->count - 1 - i] = hash;
    }
}

/* ---- checks ---- */

bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, struct bytes path,
                            const struct hash *root)
{
    struct merkle_path decoded;
    if (index >= size || size > MERKLE_SIZE_MAX || merkle_path_decode(path, &decoded) != ERR_OK) {
        return false;
    }
    uint64_t node = index;
    uint64_t last = size - 1; /* the last node of the level */
    struct hash hash = *leaf;
    for (size_t i = 0; i < decoded.count; i++) {
        if (last == 0) {
            return false;
        }
        if ((node & 1) != 0 || node == last) {
            hash = merkle_node(&decoded.hashes[i], &hash);
            while ((node & 1) == 0 && node != 0) { /* levels on which the last node has no sibling */
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = merkle_node(&hash, &decoded.hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&hash, root);
}

/* Both roots are built at once: the old one from the left siblings alone, the new one from all. */
static bool check_grown(uint64_t old_size, const struct hash *old_root, uint64_t size,
                        const struct hash *root, const struct merkle_path *path)
{
    uint64_t node = old_size - 1;
    uint64_t last = size - 1;
    while ((node & 1) != 0) {
        node >>= 1;
        last >>= 1;
    }
    /* An old tree that is one complete subtree is not in the path: its root starts both. */
    size_t i = 0;
    struct hash first = *old_root;
    if ((old_size & (old_size - 1)) != 0) {
        if (path->count == 0) {
            return false;
        }
        first = path->hashes[i++];
    }
    struct hash old_hash = first;
    struct hash hash = first;
    for (; i < path->count; i++) {
        if (last == 0) {
            return false;
        }
        if ((node & 1) != 0 || node == last) {
            old_hash = merkle_node(&path->hashes[i], &old_hash);
            hash = merkle_node(&path->hashes[i], &hash);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = merkle_node(&hash, &path->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&old_hash, old_root) && hash_equal(&hash, root);
}

bool merkle_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size,
                              const struct hash *root, struct bytes path)
{
    struct merkle_path decoded;
    struct hash empty = merkle_empty_root();
    if (old_size > size || size > MERKLE_SIZE_MAX || merkle_path_decode(path, &decoded) != ERR_OK) {
        return false;
    }
    if (size == 0 && !hash_equal(root, &empty)) {
        return false;
    }
    if (old_size == size) {
        return decoded.count == 0 && hash_equal(old_root, root);
    }
    if (old_size == 0) {
        return decoded.count == 0 && hash_equal(old_root, &empty);
    }
    return check_grown(old_size, old_root, size, root, &decoded);
}
