#include "server/erasures.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "proto/submission.pb-c.h"
#include "server/commands/columns.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/replay.h"
#include "server/store/vault_database.h"

enum {
    ERASURES_ARENA_BYTES_MAX = 64 << 20,
    ERASURES_SCRATCH_BYTES_MAX = 32 << 20,
    ERASURES_NUMBER_BYTES = 24,
    ERASURES_UUID_BYTES = 37,
    ERASURES_LISTS_BYTES = 512,
};

/* Columns of journal_export.sql and erasure_places.sql. */
enum { EXPORT_ENVELOPE = 2, EXPORT_PAYLOAD = 8, PLACE_POSITION = 0, PLACE_ENVELOPE, PLACE_PAYLOAD };

/* One erasure that is due. */
struct due {
    struct replay *replay;
    struct pg_conn *connection;
    struct vault *vault;
    struct arena arena;   /* of the whole erasure */
    struct arena scratch; /* of one entry */
    const struct kind_schema *schema;
    struct id record;
    char position[ERASURES_NUMBER_BYTES];
    char index[ERASURES_NUMBER_BYTES];
    char uuid[ERASURES_UUID_BYTES];
    const Dantin__ActErasure *act;
    size_t payloads;
    bool is_covered; /* every change of the record is named by the act */
};

static enum err take_row(struct due *due, const struct pg_result *rows, int row, struct error *ret_error);
static enum err apply_one(struct due *due, struct error *ret_error);
static enum err carry_out(struct due *due, struct error *ret_error);
static enum err read_act(struct due *due, struct error *ret_error);
static enum err rewrite_tables(struct due *due, struct error *ret_error);
static enum err rewrite_payloads(struct due *due, struct error *ret_error);
static enum err rewrite_payload(struct due *due, const struct pg_result *rows, int row,
                                struct error *ret_error);
static enum err mark_changes(struct due *due, const struct payload *payload, const struct hash *envelope,
                             bool *is_erased, bool *ret_any);
static bool is_about(struct due *due, struct bytes change);
static const Dantin__ErasedVersion *named(const Dantin__ActErasure *act, const struct id *version);
static enum err put_payload(struct due *due, const char *position, struct bytes envelope, uint32_t key,
                            struct bytes payload, struct error *ret_error);
static void lists_of(const struct kind_schema *schema, char ret_lists[ERASURES_LISTS_BYTES]);
static enum err broken(const struct due *due, struct error *ret_error);

enum err erasures_apply(const char *conninfo, struct vault *vault, enum language language,
                        struct erasures_report *ret_report, struct error *ret_error)
{
    struct erasures_report report = {0};
    struct due due = {.vault = vault};
    struct pg_result *rows = NULL;
    enum err err = replay_open(conninfo, CLUSTER_ROLE_OWNER, vault, language, &due.replay, ret_error);
    if (err == ERR_OK) {
        due.connection = replay_connection(due.replay);
        err = database_run_file(due.connection, "queries/erasure_due.sql", NULL, 0, &rows, ret_error);
    }
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        err = take_row(&due, rows, row, ret_error);
        err = err == ERR_OK ? apply_one(&due, ret_error) : err;
        report.done += err == ERR_OK && due.is_covered ? 1 : 0;
        report.left += err == ERR_OK && !due.is_covered ? 1 : 0;
        report.payloads += due.payloads;
    }
    PQclear(rows);
    replay_free(due.replay);
    if (err == ERR_OK) {
        *ret_report = report;
    }
    return err;
}

enum err erasures_read(struct pg_conn *connection, struct vault *vault,
                       enum err (*on_act)(void *context, const Dantin__ActErasure *act), void *context,
                       struct error *ret_error)
{
    struct due due = {.connection = connection, .vault = vault};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/erasure_each.sql", NULL, 0, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) > 0) {
        err = vault_load_keys(connection, vault, ret_error);
    }
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        arena_init(&due.arena, ERASURES_ARENA_BYTES_MAX);
        err = take_row(&due, rows, row, ret_error);
        err = err == ERR_OK ? read_act(&due, ret_error) : err;
        if (err == ERR_OK && on_act(context, due.act) != ERR_OK) {
            err = error_set(ret_error, ERR_NO_MEMORY, "%s", err_name(ERR_NO_MEMORY));
        }
        arena_release(&due.arena);
    }
    PQclear(rows);
    return err;
}

/* Columns of erasure_due.sql and erasure_each.sql. */
static enum err take_row(struct due *due, const struct pg_result *rows, int row, struct error *ret_error)
{
    (void)snprintf(due->position, sizeof due->position, "%s", PQgetvalue(rows, row, 0));
    (void)snprintf(due->index, sizeof due->index, "%s", PQgetvalue(rows, row, 1));
    (void)snprintf(due->uuid, sizeof due->uuid, "%s", PQgetvalue(rows, row, 3));
    due->schema = schema_of_name(PQgetvalue(rows, row, 2));
    due->is_covered = true;
    due->payloads = 0;
    return due->schema == NULL || hex_decode(due->uuid, due->record.at, ID_BYTES) != ERR_OK
               ? broken(due, ret_error)
               : ERR_OK;
}

/* One transaction: what is not covered is left as it was. */
static enum err apply_one(struct due *due, struct error *ret_error)
{
    arena_init(&due->arena, ERASURES_ARENA_BYTES_MAX);
    arena_init(&due->scratch, ERASURES_SCRATCH_BYTES_MAX);
    enum err err = database_run_script(due->connection, "begin", ret_error);
    err = err == ERR_OK
              ? database_run_script(due->connection, "select from dantin.journal_head for update", ret_error)
              : err;
    err = err == ERR_OK ? carry_out(due, ret_error) : err;
    struct error ignored; /* the first failure is the one to tell */
    if (err == ERR_OK && due->is_covered) {
        err = database_run_script(due->connection, "commit", ret_error);
    } else if (database_run_script(due->connection, "rollback", &ignored) != ERR_OK) {
        err = err == ERR_OK ? error_set(ret_error, ERR_DATABASE, "%s", ignored.text) : err;
    }
    due->payloads = err == ERR_OK && due->is_covered ? due->payloads : 0;
    arena_release(&due->scratch);
    arena_release(&due->arena);
    return err;
}

static enum err carry_out(struct due *due, struct error *ret_error)
{
    const char *parameters[] = {due->position, due->index};
    enum err err = read_act(due, ret_error);
    err = err == ERR_OK ? rewrite_tables(due, ret_error) : err;
    err = err == ERR_OK && due->is_covered ? rewrite_payloads(due, ret_error) : err;
    return err == ERR_OK ? database_run_file(due->connection, "queries/erasure_done.sql", parameters, 2, NULL,
                                             ret_error)
                         : err;
}

static enum err read_act(struct due *due, struct error *ret_error)
{
    const char *parameters[] = {due->position, "1"};
    struct pg_result *rows = NULL;
    struct payload payload;
    Dantin__Act *act = NULL;
    enum err err =
        database_run_file(due->connection, "queries/journal_export.sql", parameters, 2, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    unsigned long index = strtoul(due->index, NULL, 10);
    struct bytes envelope =
        PQntuples(rows) == 1 ? column_bytes(&due->arena, rows, 0, EXPORT_ENVELOPE) : (struct bytes){0};
    struct bytes stored = envelope.at == NULL
                              ? (struct bytes){0}
                              : column_payload(due->vault, &due->arena, envelope, rows, 0, EXPORT_PAYLOAD);
    if (stored.at == NULL || payload_decode(stored, &due->arena, &payload) != ERR_OK ||
        index >= payload.change_count || payload.changes[index].at == NULL ||
        message_unpack(&dantin__act__descriptor, payload.changes[index], false, &due->arena, &act) !=
            ERR_OK ||
        act->erasure == NULL || act->erasure->kind != (uint32_t)due->schema->kind) {
        err = broken(due, ret_error);
    } else {
        due->act = act->erasure;
    }
    PQclear(rows);
    return err;
}

/* All rows of the record go, and come again as the act tells them, with the positions they had. */
static enum err rewrite_tables(struct due *due, struct error *ret_error)
{
    char sql[256];
    char lists[ERASURES_LISTS_BYTES];
    struct pg_result *rows = NULL;
    const char *parameters[] = {due->schema->name, lists, due->uuid};
    (void)snprintf(sql, sizeof sql,
                   "select replace(version::text, '-', ''), since, removed from dantin.%s_version"
                   " where id = $1::uuid order by since",
                   due->schema->name); /* a name of our own schema */
    lists_of(due->schema, lists);
    enum err err = database_run_script(due->connection, "set local dantin.erasing = on", ret_error);
    err = err == ERR_OK ? database_run(due->connection, sql, &parameters[2], 1, &rows, ret_error) : err;
    if (err != ERR_OK) {
        return err;
    }
    size_t count = (size_t)PQntuples(rows);
    struct store_version *versions = arena_zalloc(&due->arena, count + 1, sizeof *versions);
    if (versions == NULL) {
        PQclear(rows);
        return broken(due, ret_error);
    }
    for (size_t i = 0; err == ERR_OK && due->is_covered && i < count; i++) {
        struct store_version *version = &versions[i];
        void *message = NULL;
        *version = (struct store_version){.schema = due->schema,
                                          .record = due->record,
                                          .previous = i == 0 ? (struct id){{0}} : versions[i - 1].version,
                                          .position = column_number(rows, (int)i, 1),
                                          .is_removal = PQgetvalue(rows, (int)i, 2)[0] == 't'};
        bool is_named = hex_decode(PQgetvalue(rows, (int)i, 0), version->version.at, ID_BYTES) == ERR_OK;
        const Dantin__ErasedVersion *kept = is_named ? named(due->act, &version->version) : NULL;
        if (kept == NULL) {
            due->is_covered = false;
        } else if (!version->is_removal &&
                   message_unpack(due->schema->descriptor, bytes_of(kept->body.data, kept->body.len), false,
                                  &due->arena, (void *)&message) != ERR_OK) {
            err = broken(due, ret_error);
        }
        version->message = message;
    }
    PQclear(rows);
    if (err != ERR_OK || !due->is_covered || count == 0) {
        return err;
    }
    err = database_run(due->connection, "call dantin.erasure_clear($1, $2::text[], $3::uuid)", parameters, 3,
                       NULL, ret_error);
    return err == ERR_OK ? replay_put(due->replay, versions, count, ret_error) : err;
}

static enum err rewrite_payloads(struct due *due, struct error *ret_error)
{
    char kind[ERASURES_NUMBER_BYTES];
    const char *parameters[] = {due->schema->name, kind, due->uuid};
    struct pg_result *rows = NULL;
    (void)snprintf(kind, sizeof kind, "%d", (int)due->schema->kind);
    enum err err =
        database_run_file(due->connection, "queries/erasure_places.sql", parameters, 3, &rows, ret_error);
    for (int row = 0; err == ERR_OK && due->is_covered && row < PQntuples(rows); row++) {
        arena_clear(&due->scratch);
        err = rewrite_payload(due, rows, row, ret_error);
    }
    PQclear(rows);
    return err;
}

static enum err rewrite_payload(struct due *due, const struct pg_result *rows, int row,
                                struct error *ret_error)
{
    struct bytes envelope = column_bytes(&due->scratch, rows, row, PLACE_ENVELOPE);
    struct bytes sealed = column_bytes(&due->scratch, rows, row, PLACE_PAYLOAD);
    struct payload payload;
    bool is_any = false;
    if (envelope.at == NULL || sealed.at == NULL) {
        return broken(due, ret_error);
    }
    struct hash hash = envelope_hash(envelope);
    struct bytes stored = column_payload(due->vault, &due->scratch, envelope, rows, row, PLACE_PAYLOAD);
    if (stored.at == NULL || payload_decode(stored, &due->scratch, &payload) != ERR_OK) {
        return ERR_OK; /* nobody can read it, so there is nothing to take away */
    }
    bool *is_erased = arena_zalloc(&due->scratch, payload.change_count, sizeof *is_erased);
    if (is_erased == NULL || mark_changes(due, &payload, &hash, is_erased, &is_any) != ERR_OK) {
        return broken(due, ret_error);
    }
    if (!is_any || !due->is_covered) {
        return ERR_OK;
    }
    struct buf erased;
    buf_init(&erased, 2 * (size_t)PAYLOAD_PARTS_BYTES_MAX);
    enum err err = payload_erase(stored, is_erased, payload.change_count, &erased);
    err = err == ERR_OK ? put_payload(due, PQgetvalue(rows, row, PLACE_POSITION), envelope,
                                      vault_key_of(sealed), buf_content(&erased), ret_error)
                        : broken(due, ret_error);
    buf_release(&erased);
    due->payloads++;
    return err;
}

static enum err mark_changes(struct due *due, const struct payload *payload, const struct hash *envelope,
                             bool *is_erased, bool *ret_any)
{
    for (size_t i = 0; i < payload->change_count; i++) {
        struct id version = version_name(envelope, (uint32_t)i);
        if (payload->changes[i].at == NULL || !is_about(due, payload->changes[i])) {
            continue;
        }
        if (due->scratch.is_out_of_memory) {
            return ERR_NO_MEMORY;
        }
        is_erased[i] = true;
        *ret_any = true;
        due->is_covered = due->is_covered && named(due->act, &version) != NULL;
    }
    return ERR_OK;
}

static bool is_about(struct due *due, struct bytes change)
{
    Dantin__Change *message = NULL;
    struct id record;
    return message_unpack(&dantin__change__descriptor, change, true, &due->scratch, &message) == ERR_OK &&
           message->kind == (uint32_t)due->schema->kind &&
           id_from_bytes(bytes_of(message->record.data, message->record.len), &record) == ERR_OK &&
           id_equal(&record, &due->record);
}

static const Dantin__ErasedVersion *named(const Dantin__ActErasure *act, const struct id *version)
{
    for (size_t i = 0; i < act->n_version; i++) {
        if (act->version[i]->version.len == ID_BYTES &&
            memcmp(act->version[i]->version.data, version->at, ID_BYTES) == 0) {
            return act->version[i];
        }
    }
    return NULL;
}

static enum err put_payload(struct due *due, const char *position, struct bytes envelope, uint32_t key,
                            struct bytes payload, struct error *ret_error)
{
    struct hash hash = envelope_hash(envelope);
    struct vault_place place = vault_place_of_payload(&hash);
    size_t len = payload.len + VAULT_OVERHEAD_BYTES;
    uint8_t *sealed = arena_alloc(&due->scratch, len);
    char *digits = arena_alloc(&due->scratch, 2 * len + 1);
    if (sealed == NULL || digits == NULL || !vault_has_key(due->vault, key)) {
        return broken(due, ret_error);
    }
    vault_seal(due->vault, key, &place, payload, sealed);
    hex_encode(bytes_of(sealed, len), digits);
    const char *parameters[] = {position, digits};
    return database_run_file(due->connection, "queries/erasure_rewrite.sql", parameters, 2, NULL, ret_error);
}

/* As an array literal: names of our own schema. */
static void lists_of(const struct kind_schema *schema, char ret_lists[ERASURES_LISTS_BYTES])
{
    size_t len = (size_t)snprintf(ret_lists, ERASURES_LISTS_BYTES, "{");
    for (size_t i = 0; i < schema->list_count && len < ERASURES_LISTS_BYTES; i++) {
        len += (size_t)snprintf(ret_lists + len, ERASURES_LISTS_BYTES - len, "%s%s", i == 0 ? "" : ",",
                                schema->lists[i].name);
    }
    if (len < ERASURES_LISTS_BYTES) {
        (void)snprintf(ret_lists + len, ERASURES_LISTS_BYTES - len, "}");
    }
}

static enum err broken(const struct due *due, struct error *ret_error)
{
    return error_set(ret_error, ERR_MALFORMED, "erasure at position %s", due->position);
}
