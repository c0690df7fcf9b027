/* Proofs from what is stored: leaves from the journal, and roots of subtrees of 256^k leaves. A path needs of each level
 * only the blocks of 256 beside the place and at the tree's right edge, so one statement reads a few hundred hashes
 * however long the journal is. */
#include "server/store/tree.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/wire/payload.h"
#include "server/store/store_internal.h"
#include "server/store/verdict_codec.h"

/* The hashes of one answer of find_tree, in the order they came: by level, then (sorted here) by index. */
struct stored_node {
    unsigned level;
    uint64_t index;
    struct hash hash;
};

struct stored_tree {
    struct stored_node *nodes;
    size_t count;
};

struct proof_job {
    const struct store_proof_request *requests;
    size_t count;
    struct arena *arena;
    void (*on_proofs)(void *context, enum err err, const struct store_proof *proofs);
    void *context;
    enum err err; /* found before sending */
};

static enum err compose(const struct proof_job *job, struct unit *unit);
static void on_read(void *context, const struct unit_result *result);
static enum err make_proof(const struct store_proof_request *request, const PGresult *rows,
                           struct arena *arena, struct store_proof *ret_proof);
static enum err read_nodes(const PGresult *rows, struct arena *arena, struct stored_tree *ret_tree,
                           struct store_proof *ret_proof);
static int compare_nodes(const void *a, const void *b);
static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *ret_hash);

void store_find_proofs(struct store *store, const struct store_proof_request *requests, size_t request_count,
                       struct arena *arena,
                       void (*on_proofs)(void *context, enum err err, const struct store_proof *proofs),
                       void *context)
{
    REQUIRE(request_count <= STORE_PROOFS_MAX);
    struct proof_job *job = calloc(1, sizeof *job);
    REQUIRE(job != NULL); /* without it the callback's promise cannot be kept */
    struct unit_call calls[STORE_PROOFS_MAX];
    struct unit unit;
    *job = (struct proof_job){.requests = requests,
                              .count = request_count,
                              .arena = arena,
                              .on_proofs = on_proofs,
                              .context = context};
    unit_init(&unit, calls, STORE_PROOFS_MAX);
    job->err = compose(job, &unit);
    if (job->err != ERR_OK || unit.call_count == 0) {
        unit_init(&unit, calls, STORE_PROOFS_MAX);
        (void)unit_call(&unit, statement_of(STATEMENT_ROW_TYPES)); /* the callback comes with its answer */
    }
    connection_send(store->lookup_connection, &unit, 0, on_read, job);
}

enum err tree_leaf_of_row(const PGresult *rows, int row, struct arena *arena,
                          struct store_written *ret_written)
{
    struct bytes envelope = result_bytes(rows, row, 1);
    struct bytes signature = result_bytes(rows, row, 2);
    struct hash verdict_hash;
    if (envelope.len != ENVELOPE_BYTES || signature.len != SIGN_SIGNATURE_BYTES) {
        return ERR_DATABASE;
    }
    enum err err = tree_verdict_hash_of_row(rows, row, arena, &verdict_hash);
    if (err == ERR_OK) {
        ret_written->position = (uint64_t)result_int64(rows, row, 0);
        ret_written->leaf = receipt_leaf_hash(envelope, signature, result_int64(rows, row, 3), &verdict_hash);
    }
    return err;
}

enum err tree_verdict_hash_of_row(const PGresult *rows, int row, struct arena *arena, struct hash *ret_hash)
{
    int64_t change_count = result_int64(rows, row, 4);
    const struct verdict *listed = NULL;
    const uint32_t *indexes = NULL;
    size_t listed_count = 0;
    if (change_count < 0 || change_count > PAYLOAD_CHANGES_MAX) {
        return ERR_DATABASE;
    }
    enum err err = verdict_decode(result_bytes(rows, row, 5), arena, &listed, &indexes, &listed_count);
    struct verdict *verdicts = arena_zalloc(arena, (size_t)change_count + 1, sizeof *verdicts);
    if (err == ERR_TOO_BIG || verdicts == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; err == ERR_OK && i < listed_count; i++) {
        if (indexes[i] >= change_count) {
            return ERR_DATABASE;
        }
        verdicts[indexes[i]] = listed[i];
    }
    if (err != ERR_OK) {
        return ERR_DATABASE;
    }
    *ret_hash = receipt_verdict_hash(verdicts, (size_t)change_count);
    return ERR_OK;
}

static enum err compose(const struct proof_job *job, struct unit *unit)
{
    for (size_t i = 0; i < job->count; i++) {
        const struct store_proof_request *request = &job->requests[i];
        bool is_growth = request->kind == STORE_PROOF_GROWTH;
        /* The last leaf of the old tree; past 2^63 it reads as negative and finds nothing, which is right. */
        int64_t place = (int64_t)request->place - (is_growth ? 1 : 0);
        struct unit_call *call = unit_call(unit, statement_of(STATEMENT_FIND_TREE));
        unit_put_id(call, &request->epoch);
        enum err err = unit_put_int64(call, job->arena, place);
        if (err == ERR_OK) {
            err = unit_put_int64(call, job->arena,
                                 request->size > 0 ? (int64_t)request->size
                                 : is_growth       ? -1
                                                   : 0);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static void on_read(void *context, const struct unit_result *result)
{
    struct proof_job *job = context;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    err = err == ERR_OK ? job->err : err;
    struct store_proof *proofs = arena_zalloc(job->arena, job->count + 1, sizeof *proofs);
    if (err == ERR_OK && proofs == NULL) {
        err = ERR_TOO_BIG;
    }
    for (size_t i = 0; i < job->count && err == ERR_OK; i++) {
        proofs[i].err = make_proof(&job->requests[i], result->results[i], job->arena, &proofs[i]);
    }
    job->on_proofs(job->context, err, err == ERR_OK ? proofs : NULL);
    free(job);
}

static enum err make_proof(const struct store_proof_request *request, const PGresult *rows,
                           struct arena *arena, struct store_proof *ret_proof)
{
    struct stored_tree tree = {0};
    enum err err = read_nodes(rows, arena, &tree, ret_proof);
    if (err != ERR_OK) {
        return err;
    }
    return request->kind == STORE_PROOF_ENTRY
               ? merkle_inclusion_path(request->place, ret_proof->size, get_node, &tree, &ret_proof->path)
               : merkle_consistency_path(request->place, ret_proof->size, get_node, &tree, &ret_proof->path);
}

static enum err read_nodes(const PGresult *rows, struct arena *arena, struct stored_tree *ret_tree,
                           struct store_proof *ret_proof)
{
    size_t count = (size_t)PQntuples(rows);
    struct stored_tree tree = {.nodes = arena_zalloc(arena, count + 1, sizeof *tree.nodes)};
    bool is_found = false;
    if (tree.nodes == NULL) {
        return ERR_TOO_BIG;
    }
    for (int row = 0; row < (int)count; row++) {
        int64_t level = result_int64(rows, row, 0);
        if (level < 0) {
            ret_proof->size = (uint64_t)result_int64(rows, row, 1);
            struct bytes note = result_bytes(rows, row, 2);
            ret_proof->note = note.at != NULL ? arena_copy(arena, note) : note;
            is_found = true;
            if (note.at != NULL && ret_proof->note.at == NULL) {
                return ERR_TOO_BIG;
            }
            continue;
        }
        tree.nodes[tree.count++] = (struct stored_node){(unsigned)level, (uint64_t)result_int64(rows, row, 1),
                                                        result_hash(rows, row, 2)};
    }
    qsort(tree.nodes, tree.count, sizeof *tree.nodes, compare_nodes);
    *ret_tree = tree;
    return is_found ? ERR_OK : ERR_NOT_FOUND;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct stored_node *left = a;
    const struct stored_node *right = b;
    if (left->level != right->level) {
        return left->level < right->level ? -1 : 1;
    }
    return left->index < right->index ? -1 : left->index > right->index;
}

/* A level between the stored ones is made of its children; the recursion ends at the next stored level below, so it is at
 * most STORE_TREE_STEP_LEVELS deep. */
static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    const struct stored_tree *tree = context;
    if (level % STORE_TREE_STEP_LEVELS == 0) {
        struct stored_node wanted = {.level = level, .index = index};
        const struct stored_node *found =
            tree->count == 0 ? NULL
                             : bsearch(&wanted, tree->nodes, tree->count, sizeof *tree->nodes, compare_nodes);
        if (found != NULL) {
            *ret_hash = found->hash;
        }
        return found != NULL ? ERR_OK : ERR_DATABASE;
    }
    struct hash left;
    struct hash right;
    enum err err = get_node(context, level - 1, 2 * index, &left);
    if (err == ERR_OK) {
        err = get_node(context, level - 1, 2 * index + 1, &right);
    }
    if (err == ERR_OK) {
        *ret_hash = merkle_node(&left, &right);
    }
    return err;
}
