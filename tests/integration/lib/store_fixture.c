#include "tests/integration/lib/store_fixture.h"

#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>
#include <unistd.h>

#include "common/wire/envelope.h"
#include "server/store/database.h"
#include "server/store/vault_database.h"
#include "tests/lib/test.h"

enum { ASKER = 0xee };

enum { SERVER_TIME_MS = 1700000000 };

static uint8_t made_up[ENVELOPE_BYTES];

static void know_device(struct store_fixture *fixture, uint8_t byte);
static void open_vault(struct store_fixture *fixture);
static void start_store(struct store_fixture *fixture);
static void on_deadline(uv_timer_t *timer);
static void on_stopped(void *context);

void fixture_open(struct store_fixture *fixture, const struct pg_options *options)
{
    memset(fixture, 0, sizeof *fixture);
    memset(made_up, 0x5a, sizeof made_up);
    fixture->pg = pg_start(options);
    arena_init(&fixture->arena, FIXTURE_ARENA_BYTES_MAX);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    open_vault(fixture);
    start_store(fixture);
    fixture_wait_ready(fixture);
}

void fixture_close(struct store_fixture *fixture)
{
    fixture->is_done = false;
    store_stop(fixture->store, on_stopped, fixture);
    fixture_wait(fixture, &fixture->is_done);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    arena_release(&fixture->arena);
    vault_free(fixture->vault);
    (void)unlink(fixture->master_path);
    pg_stop(fixture->pg);
}

/* In the order of names: the store chains looks meanwhile, and takes "look" before "look_chain" too. */
void fixture_clear(struct store_fixture *fixture)
{
    arena_clear(&fixture->arena);
    (void)pg_ask(fixture->pg,
                 "do $$ begin execute (select 'truncate ' || string_agg(format('dantin.%I', relname), ', ' "
                 "order by relname)"
                 " from pg_class where relnamespace = 'dantin'::regnamespace and relkind = 'r'"
                 " and relname not in ('journal_head', 'epoch', 'schema_migration', 'vault')); end $$;"
                 " update dantin.journal_head set position = 0, server_time_ms = 0, is_rolled_back = false, "
                 "frontier = '',"
                 " state = decode(repeat('00', 32), 'hex'), is_refilling = false");
}

void fixture_wait(struct store_fixture *fixture, const bool *flag)
{
    uv_timer_t deadline;
    bool is_late = false;
    deadline.data = &is_late;
    (void)uv_timer_init(&fixture->loop, &deadline);
    (void)uv_timer_start(&deadline, on_deadline, FIXTURE_WAIT_MS_MAX, 0);
    while (!*flag && !is_late) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&deadline, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_true(*flag);
}

void fixture_wait_ready(struct store_fixture *fixture)
{
    uv_timer_t deadline;
    bool is_late = false;
    deadline.data = &is_late;
    (void)uv_timer_init(&fixture->loop, &deadline);
    (void)uv_timer_start(&deadline, on_deadline, FIXTURE_WAIT_MS_MAX, 0);
    while (!store_is_ready(fixture->store) && !is_late) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&deadline, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_true(store_is_ready(fixture->store));
}

void fixture_add_device(struct store_fixture *fixture, uint8_t byte, const struct id *sender,
                        bool is_province)
{
    char hash[HASH_HEX_BYTES];
    char id[ID_HEX_BYTES];
    char sql[512];
    struct hash device = fixture_hash(byte);
    hex_encode(bytes_of(device.at, HASH_BYTES), hash);
    hex_encode(bytes_of(sender->at, ID_BYTES), id);
    (void)snprintf(sql, sizeof sql,
                   "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province) values"
                   " ('\\x%s', '\\x%s', '\\x%s', '%s', 'clerk', %s)",
                   hash, hash, hash, id, is_province ? "true" : "false");
    (void)pg_ask(fixture->pg, sql);
}

struct hash fixture_hash(uint8_t byte)
{
    struct hash hash;
    memset(hash.at, byte, sizeof hash.at);
    return hash;
}

struct id fixture_id(uint8_t byte)
{
    struct id id;
    memset(id.at, byte, sizeof id.at);
    return id;
}

static void on_facts(void *context, enum err err, const struct store_facts *facts)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    fixture->facts = facts;
    fixture->is_done = true;
}

enum err fixture_open_group(struct store_fixture *fixture, const struct store_facts_request *request)
{
    fixture->is_done = false;
    store_group_open(fixture->store, request, &fixture->arena, on_facts, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_committed(void *context, enum err err, const char *sqlstate)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    (void)snprintf(fixture->sqlstate, sizeof fixture->sqlstate, "%s", sqlstate);
    fixture->is_done = true;
}

static enum err sign(void *context, const struct store_written *written, size_t written_count,
                     struct bytes *ret_note)
{
    struct store_fixture *fixture = context;
    for (size_t i = 0; i < written_count && i < sizeof fixture->written / sizeof fixture->written[0]; i++) {
        fixture->written[i] = written[i];
    }
    fixture->written_count = written_count;
    *ret_note = bytes_of_text("a note\n");
    return fixture->sign_err;
}

void fixture_grow(struct store_fixture *fixture, struct store_group *group)
{
    const struct merkle_batch *tree = NULL;
    struct hash new_leaves[STORE_GROUP_SUBMISSIONS_MAX];
    for (size_t i = 0; i < group->entry_count; i++) {
        new_leaves[i] = group->entries[i].leaf;
    }
    assert_int_equal(merkle_batch_build(&fixture->arena, &fixture->facts->tree.frontier, new_leaves,
                                        group->entry_count, &tree),
                     ERR_OK);
    uint64_t first = 0;
    const struct hash *hashes = NULL;
    group->node_count = merkle_batch_nodes(tree, STORE_TREE_STEP_LEVELS, &first, &hashes);
    struct store_tree_node *nodes = arena_zalloc(&fixture->arena, group->node_count + 1, sizeof *nodes);
    assert_non_null(nodes);
    for (size_t i = 0; i < group->node_count; i++) {
        nodes[i] = (struct store_tree_node){STORE_TREE_STEP_LEVELS, first + i, hashes[i]};
    }
    group->nodes = nodes;
    group->frontier_after = merkle_batch_frontier(tree);
    group->sign = sign;
    group->sign_context = fixture;
}

enum err fixture_commit(struct store_fixture *fixture, const struct store_group *group)
{
    struct store_group grown = *group;
    if (grown.frontier_after == NULL) {
        fixture_grow(fixture, &grown);
    }
    fixture->is_done = false;
    store_group_commit(fixture->store, &grown, on_committed, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_aborted(void *context)
{
    struct store_fixture *fixture = context;
    fixture->is_done = true;
}

void fixture_abort(struct store_fixture *fixture)
{
    fixture->is_done = false;
    store_group_abort(fixture->store, on_aborted, fixture);
    fixture_wait(fixture, &fixture->is_done);
}

static void on_key(void *context, enum err err, const uint8_t *public_key)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    if (err == ERR_OK) {
        memcpy(fixture->public_key, public_key, sizeof fixture->public_key);
    }
    fixture->is_done = true;
}

enum err fixture_find_key(struct store_fixture *fixture, const struct hash *device, uint64_t sequence)
{
    fixture->is_done = false;
    store_find_key(fixture->store, device, sequence, on_key, fixture);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_device(void *context, enum err err, const struct store_device *device,
                      const struct store_head *head)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    if (err == ERR_OK) {
        fixture->device = *device;
        fixture->head = *head;
    }
    fixture->is_done = true;
}

enum err fixture_find_device(struct store_fixture *fixture, const struct hash *device,
                             const struct hash *spki_hash)
{
    fixture->is_done = false;
    store_find_device(fixture->store, device, spki_hash, on_device, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_checkpoint(void *context, enum err err, const struct store_known_checkpoint *checkpoint)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    if (err == ERR_OK) {
        fixture->checkpoint = *checkpoint;
        fixture->checkpoint.note =
            checkpoint->note.at != NULL ? arena_copy(&fixture->arena, checkpoint->note) : checkpoint->note;
        fixture->checkpoint.log_keys = arena_copy(&fixture->arena, checkpoint->log_keys);
    }
    fixture->is_done = true;
}

enum err fixture_find_checkpoint(struct store_fixture *fixture, const struct id *epoch, uint64_t size)
{
    fixture->is_done = false;
    store_find_checkpoint(fixture->store, epoch, size, on_checkpoint, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_done(void *context, enum err err)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    fixture->is_done = true;
}

enum err fixture_mark_rolled_back(struct store_fixture *fixture)
{
    fixture->is_done = false;
    store_mark_rolled_back(fixture->store, on_done, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

enum err fixture_quarantine(struct store_fixture *fixture, const struct hash *device)
{
    fixture->is_done = false;
    store_quarantine_device(fixture->store, device, on_done, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_bodies(void *context, enum err err, const struct bytes *bodies)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    fixture->bodies = bodies;
    fixture->is_done = true;
}

enum err fixture_find_bodies(struct store_fixture *fixture, const struct store_record_key *records,
                             size_t count)
{
    fixture->is_done = false;
    struct hash *devices = arena_zalloc(&fixture->arena, count, sizeof *devices);
    assert_true(devices != NULL || count == 0);
    for (size_t i = 0; i < count; i++) {
        devices[i] = fixture_hash(ASKER);
    }
    (void)pg_ask(fixture->pg,
                 "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province)"
                 " select x, x, x, gen_random_uuid(), 'clerk', true from (select decode(repeat('ee', 32), "
                 "'hex')) d (x)"
                 " on conflict do nothing");
    store_find_bodies(fixture->store, records, devices, count, &fixture->arena, on_bodies, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

static void on_proofs(void *context, enum err err, const struct store_proof *proofs)
{
    struct store_fixture *fixture = context;
    fixture->err = err;
    fixture->proofs = proofs;
    fixture->is_done = true;
}

enum err fixture_find_proofs(struct store_fixture *fixture, const struct store_proof_request *requests,
                             size_t count)
{
    fixture->is_done = false;
    store_find_proofs(fixture->store, requests, count, &fixture->arena, on_proofs, fixture);
    assert_false(fixture->is_done);
    fixture_wait(fixture, &fixture->is_done);
    return fixture->err;
}

void fixture_entry(const struct fixture_submission *submission, uint64_t position,
                   struct store_entry *ret_entry)
{
    struct store_entry entry = {0};
    entry.position = position;
    entry.device = fixture_hash(submission->device);
    entry.sequence = submission->sequence;
    entry.content = ENVELOPE_CONTENT_CHANGES;
    entry.envelope = bytes_of(made_up, ENVELOPE_BYTES);
    entry.signature = bytes_of(made_up, SIGN_SIGNATURE_BYTES);
    entry.payload_zstd = submission->payload.at == NULL ? bytes_of(made_up, 40) : submission->payload;
    u64_write(entry.envelope_hash.at, position);
    u64_write(entry.envelope_hash.at + 8, submission->sequence);
    entry.envelope_hash.at[31] = submission->device;
    entry.change_count = (uint32_t)submission->version_count;
    entry.leaf = entry.envelope_hash;
    entry.leaf.at[30] = 1;
    memset(entry.receipt_signature, 0x77, sizeof entry.receipt_signature);
    *ret_entry = entry;
}

/* What is written is sealed under a key of its device's sender. */
static void know_device(struct store_fixture *fixture, uint8_t byte)
{
    char sql[256];
    char hash[HASH_HEX_BYTES];
    struct hash device = fixture_hash(byte);
    hex_encode(bytes_of(device.at, HASH_BYTES), hash);
    (void)snprintf(sql, sizeof sql, "select count(*) from dantin.device where id = '\\x%s'", hash);
    if (strcmp(pg_ask(fixture->pg, sql), "0") == 0) {
        struct id sender = fixture_id(byte);
        fixture_add_device(fixture, byte, &sender, false);
    }
}

enum err fixture_submit(struct store_fixture *fixture, struct fixture_submission *submissions, size_t count)
{
    struct store_submission_key *keys = arena_zalloc(&fixture->arena, count + 1, sizeof *keys);
    assert_non_null(keys);
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct store_submission_key){fixture_hash(submissions[i].device), submissions[i].sequence};
        know_device(fixture, submissions[i].device);
    }
    struct store_facts_request request = {.submissions = keys, .submission_count = count};
    enum err err = fixture_open_group(fixture, &request);
    if (err != ERR_OK) {
        return err;
    }
    size_t version_count = 0;
    for (size_t i = 0; i < count; i++) {
        version_count += submissions[i].version_count;
    }
    struct store_entry *entries = arena_zalloc(&fixture->arena, count, sizeof *entries);
    struct store_version *versions = arena_zalloc(&fixture->arena, version_count + 1, sizeof *versions);
    assert_non_null(entries);
    assert_non_null(versions);
    struct store_group group = {.head_after = fixture->facts->head, .server_time_ms = SERVER_TIME_MS};
    uint64_t position = fixture->facts->head.position;
    for (size_t i = 0; i < count; i++) {
        fixture_entry(&submissions[i], position, &entries[i]);
        for (size_t j = 0; j < submissions[i].version_count; j++) {
            submissions[i].versions[j].position = position;
            submissions[i].versions[j].device = entries[i].device;
            versions[group.version_count++] = submissions[i].versions[j];
        }
        position++;
    }
    group.entries = entries;
    group.entry_count = count;
    group.versions = versions;
    group.head_after.position = position;
    group.head_after.server_time_ms = SERVER_TIME_MS;
    return fixture_commit(fixture, &group);
}

static void open_vault(struct store_fixture *fixture)
{
    struct pg_conn *connection = NULL;
    struct error error = {0};
    (void)snprintf(fixture->master_path, sizeof fixture->master_path, "/tmp/dantin-master-%d", (int)getpid());
    (void)unlink(fixture->master_path);
    assert_int_equal(database_open(pg_conninfo(fixture->pg, "postgres"), LANGUAGE_EN, &connection, &error),
                     ERR_OK);
    if (vault_prepare(connection, fixture->master_path, LANGUAGE_EN, &fixture->vault, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    PQfinish(connection);
}

void fixture_load_keys(struct store_fixture *fixture)
{
    struct pg_conn *connection = NULL;
    struct error error = {0};
    assert_int_equal(database_open(pg_conninfo(fixture->pg, "postgres"), LANGUAGE_EN, &connection, &error),
                     ERR_OK);
    assert_int_equal(vault_load_keys(connection, fixture->vault, &error), ERR_OK);
    PQfinish(connection);
}

static void start_store(struct store_fixture *fixture)
{
    struct store_config config = {
        .ingest_conninfo = pg_conninfo(fixture->pg, "dantin_ingest"),
        .read_conninfo = pg_conninfo(fixture->pg, "dantin_read"),
        .read_connections = 2,
        .statement_timeout_ms = 20000,
        .vault = fixture->vault,
    };
    struct error error = {0};
    assert_int_equal(store_start(&fixture->loop, &config, &fixture->store, &error), ERR_OK);
    assert_false(store_is_ready(fixture->store));
}

static void on_deadline(uv_timer_t *timer)
{
    bool *is_late = timer->data;
    *is_late = true;
}

static void on_stopped(void *context)
{
    struct store_fixture *fixture = context;
    fixture->is_done = true;
}
