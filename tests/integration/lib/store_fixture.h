/* The real store on a throw-away cluster, with calls that wait for their callback. Tests only. */
#ifndef TESTS_INTEGRATION_LIB_STORE_FIXTURE_H
#define TESTS_INTEGRATION_LIB_STORE_FIXTURE_H

#include <uv.h>

#include "server/store/store.h"
#include "tests/lib/pg.h"

enum { FIXTURE_WAIT_MS_MAX = 30000, FIXTURE_ARENA_BYTES_MAX = 512 << 20 };

struct store_fixture {
    struct pg *pg;
    uv_loop_t loop;
    struct store *store;
    struct vault *vault;
    char master_path[64]; /* of the vault's key file */
    struct arena arena;   /* cleared by fixture_arena_clear */
    /* What the newest call's callback said. */
    bool is_done;
    enum err err;
    char sqlstate[6];
    const struct store_facts *facts;
    struct store_device device;
    uint8_t public_key[32]; /* of fixture_find_key */
    struct store_head head;
    struct store_known_checkpoint checkpoint;
    const struct bytes *bodies;
    const struct store_proof *proofs;
    /* What the newest group written gave back to be signed. */
    struct store_written written[STORE_GROUP_SUBMISSIONS_MAX];
    size_t written_count;
    enum err sign_err; /* what signing answers with */
};

/* Cluster, migrations, store; returns when the store is ready. */
void fixture_open(struct store_fixture *fixture, const struct pg_options *options);
void fixture_close(struct store_fixture *fixture);
/* An empty journal, no record, no device, no flag; the arena too. */
void fixture_clear(struct store_fixture *fixture);
/* Run the loop until *flag; the test fails after FIXTURE_WAIT_MS_MAX. */
void fixture_wait(struct store_fixture *fixture, const bool *flag);
void fixture_wait_ready(struct store_fixture *fixture);

/* The vault has every data key that is stored. */
void fixture_load_keys(struct store_fixture *fixture);

/* Insert a device: id, key hash and key are `byte` repeated. */
void fixture_add_device(struct store_fixture *fixture, uint8_t byte, const struct id *sender,
                        bool is_province);
struct hash fixture_hash(uint8_t byte);
struct id fixture_id(uint8_t byte);

/* The store's calls; each waits for its callback and returns its error. */
enum err fixture_open_group(struct store_fixture *fixture, const struct store_facts_request *request);
/* Give the group the tree that its entries make of the facts' tree, and a signer. */
void fixture_grow(struct store_fixture *fixture, struct store_group *group);
/* Grows the tree when nobody did. */
enum err fixture_commit(struct store_fixture *fixture, const struct store_group *group);
void fixture_abort(struct store_fixture *fixture);
enum err fixture_find_key(struct store_fixture *fixture, const struct hash *device, uint64_t sequence);
enum err fixture_find_device(struct store_fixture *fixture, const struct hash *device,
                             const struct hash *spki_hash);
enum err fixture_find_checkpoint(struct store_fixture *fixture, const struct id *epoch, uint64_t size);
enum err fixture_mark_rolled_back(struct store_fixture *fixture);
enum err fixture_quarantine(struct store_fixture *fixture, const struct hash *device);
/* For a device of the province's, 0xee, made when it is not there. */
enum err fixture_find_bodies(struct store_fixture *fixture, const struct store_record_key *records,
                             size_t count);
enum err fixture_find_proofs(struct store_fixture *fixture, const struct store_proof_request *requests,
                             size_t count);

/* One submission with its applied changes, as ingest would hand it over. Bytes that nobody checks here are
 * made up. */
struct fixture_submission {
    uint8_t device;
    uint64_t sequence;
    struct bytes payload;
    struct store_version *versions; /* position and device are filled in */
    size_t version_count;
};
/* Open a group without facts, write these submissions and commit. */
enum err fixture_submit(struct store_fixture *fixture, struct fixture_submission *submissions, size_t count);
/* The entry fixture_submit makes: at `position`. */
void fixture_entry(const struct fixture_submission *submission, uint64_t position,
                   struct store_entry *ret_entry);

#endif
