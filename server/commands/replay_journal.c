/* Two passes: acts of erasure, then everything in order. */
#include "server/commands/replay_journal.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash_table.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "common/wire/state_digest.h"
#include "proto/journal.pb-c.h"
#include "server/commands/columns.h"
#include "server/ingest/approval.h"
#include "server/ingest/change.h"
#include "server/store/database.h"
#include "server/store/verdict_codec.h"

enum {
    BATCH_ROWS = 256,
    BATCH_VERSIONS = 4096,
    BATCH_BYTES = 64 << 20, /* of unpacked records, when a batch is given out */
    ROW_ARENA_BYTES_MAX = 16 << 20,
    BATCH_ARENA_BYTES_MAX = 256 << 20,
    NUMBER_BYTES = 24
};

/* Columns of journal_export.sql. */
enum {
    COLUMN_POSITION,
    COLUMN_CONTENT,
    COLUMN_ENVELOPE,
    COLUMN_CHANGE_COUNT = 5,
    COLUMN_VERDICTS,
    COLUMN_PAYLOAD = 8
};

/* A version whose change was taken away, and what stays of it. */
struct erased {
    struct id version;
    struct id previous; /* the one before it of the same record */
    uint32_t kind;
    struct id record;
    bool is_removal; /* it has no body */
    struct bytes body;
    UT_hash_handle hh;
};

/* A change that waits: where it stands. */
struct waiting {
    struct id version;
    uint64_t position;
    uint32_t index;
    UT_hash_handle hh;
};

struct reader {
    struct pg_conn *connection;
    struct vault *vault;
    uint64_t size;
    enum language language;
    enum err (*on_versions)(void *context, const struct store_version *versions, size_t count,
                            struct error *ret_error);
    void *context;
    struct replay_journal_report report;
    struct error *ret_error;
    struct arena kept;    /* as long as the reading */
    struct arena row;     /* of one entry */
    struct arena scratch; /* of one item */
    struct arena batch;   /* records of the versions gathered */
    struct erased *erased;
    struct waiting *waiting;
    struct store_version versions[BATCH_VERSIONS];
    size_t version_count;
};

/* One entry. */
struct entry {
    uint64_t position;
    uint64_t content;
    struct hash envelope_hash;
    struct payload payload;
    const struct verdict *listed;
    const uint32_t *indexes;
    size_t listed_count;
    size_t next_listed;
    uint64_t change_count;
};

static enum err read_entries(struct reader *reader,
                             enum err (*on_row)(struct reader *reader, const PGresult *rows, int row));
static enum err note_erasures(struct reader *reader, const PGresult *rows, int row);
static enum err replay_row(struct reader *reader, const PGresult *rows, int row);
static enum err load_entry(struct reader *reader, const PGresult *rows, int row, struct entry *entry,
                           bool *ret_is_there);
static enum verdict_code verdict_of(struct entry *entry, uint32_t index);
static enum err replay_change(struct reader *reader, const struct entry *entry, uint32_t index,
                              uint64_t since);
static enum err replay_approval(struct reader *reader, const struct entry *entry, uint32_t index);
static enum err add_erased(struct reader *reader, const struct erased *erased, uint64_t since);
static enum err add_version(struct reader *reader, const struct store_version *version);
static enum err give_out(struct reader *reader);
static enum err wrong_at(struct reader *reader, uint64_t position);
static enum err no_memory(struct reader *reader);

enum err replay_journal_read(struct pg_conn *connection, struct vault *vault, uint64_t size,
                             enum language language,
                             enum err (*on_versions)(void *context, const struct store_version *versions,
                                                     size_t count, struct error *ret_error),
                             void *context, struct replay_journal_report *ret_report, struct error *ret_error)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    reader->connection = connection;
    reader->vault = vault;
    reader->size = size;
    reader->language = language;
    reader->on_versions = on_versions;
    reader->context = context;
    reader->ret_error = ret_error;
    arena_init(&reader->kept, SIZE_MAX / 2); /* acts of erasure and changes that wait: few */
    arena_init(&reader->row, ROW_ARENA_BYTES_MAX);
    arena_init(&reader->scratch, ROW_ARENA_BYTES_MAX);
    arena_init(&reader->batch, BATCH_ARENA_BYTES_MAX);
    enum err err = read_entries(reader, note_erasures);
    err = err == ERR_OK ? read_entries(reader, replay_row) : err;
    err = err == ERR_OK ? give_out(reader) : err;
    if (err == ERR_OK) {
        *ret_report = reader->report;
    }
    HASH_CLEAR(hh, reader->erased);
    HASH_CLEAR(hh, reader->waiting);
    arena_release(&reader->batch);
    arena_release(&reader->scratch);
    arena_release(&reader->row);
    arena_release(&reader->kept);
    free(reader);
    return err;
}

static enum err read_rows(struct reader *reader, uint64_t first, uint64_t count, struct pg_result **ret_rows)
{
    char from[NUMBER_BYTES];
    char how_many[NUMBER_BYTES];
    const char *const parameters[] = {from, how_many};
    (void)snprintf(from, sizeof from, "%" PRIu64, first);
    (void)snprintf(how_many, sizeof how_many, "%" PRIu64, count);
    return database_run_file(reader->connection, "queries/journal_export.sql", parameters, 2, ret_rows,
                             reader->ret_error);
}

static enum err read_entries(struct reader *reader,
                             enum err (*on_row)(struct reader *reader, const PGresult *rows, int row))
{
    enum err err = ERR_OK;
    for (uint64_t first = 0; err == ERR_OK && first < reader->size; first += BATCH_ROWS) {
        struct pg_result *rows = NULL;
        uint64_t count = reader->size - first < BATCH_ROWS ? reader->size - first : BATCH_ROWS;
        err = read_rows(reader, first, count, &rows);
        for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
            arena_clear(&reader->row);
            err = on_row(reader, rows, row);
        }
        PQclear(rows);
    }
    return err;
}

/* ---- erasures ---- */

static enum err note_erasure(struct reader *reader, const Dantin__ActErasure *act)
{
    struct id record;
    struct id previous = {{0}};
    if (id_from_bytes(bytes_of(act->record.data, act->record.len), &record) != ERR_OK) {
        return ERR_OK; /* names nothing */
    }
    for (size_t i = 0; i < act->n_version; i++) {
        const Dantin__ErasedVersion *version = act->version[i];
        struct erased *erased = arena_zalloc(&reader->kept, 1, sizeof *erased);
        if (erased == NULL) {
            return no_memory(reader);
        }
        erased->kind = act->kind;
        erased->record = record;
        erased->previous = previous;
        erased->is_removal = !version->has_body;
        erased->body = arena_copy(&reader->kept, bytes_of(version->body.data, version->body.len));
        if (id_from_bytes(bytes_of(version->version.data, version->version.len), &erased->version) !=
            ERR_OK) {
            continue;
        }
        previous = erased->version;
        struct erased *older = NULL;
        HASH_FIND(hh, reader->erased, erased->version.at, ID_BYTES, older);
        if (older != NULL) {
            HASH_DEL(reader->erased, older); /* erased again: the newer act says what stays */
        }
        HASH_ADD(hh, reader->erased, version, ID_BYTES, erased);
        if (!hash_table_added(&erased->hh, &reader->kept)) {
            return no_memory(reader);
        }
    }
    return ERR_OK;
}

static enum err note_erasures(struct reader *reader, const PGresult *rows, int row)
{
    struct entry entry;
    bool is_there = false;
    if (column_number(rows, row, COLUMN_CONTENT) != ENVELOPE_CONTENT_ACTS) {
        return ERR_OK;
    }
    enum err err = load_entry(reader, rows, row, &entry, &is_there);
    for (uint32_t i = 0; err == ERR_OK && is_there && i < entry.payload.change_count; i++) {
        Dantin__Act *act = NULL;
        arena_clear(&reader->scratch);
        if (verdict_of(&entry, i) == VERDICT_APPLIED && entry.payload.changes[i].at != NULL &&
            message_unpack(&dantin__act__descriptor, entry.payload.changes[i], true, &reader->scratch,
                           (void *)&act) == ERR_OK &&
            act->erasure != NULL) {
            err = note_erasure(reader, act->erasure);
        }
    }
    return err;
}

/* ---- versions ---- */

static enum err replay_row(struct reader *reader, const PGresult *rows, int row)
{
    struct entry entry;
    bool is_there = false;
    enum err err = load_entry(reader, rows, row, &entry, &is_there);
    reader->report.entries++;
    if (err != ERR_OK ||
        (entry.content != ENVELOPE_CONTENT_CHANGES && entry.content != ENVELOPE_CONTENT_APPROVALS)) {
        return err;
    }
    for (uint32_t i = 0; err == ERR_OK && i < entry.change_count; i++) {
        enum verdict_code code = verdict_of(&entry, i);
        if (code != VERDICT_APPLIED && code != VERDICT_WAITING) {
            continue;
        }
        if (!is_there || i >= entry.payload.change_count) {
            return wrong_at(reader, entry.position);
        }
        if (entry.content == ENVELOPE_CONTENT_APPROVALS) {
            err = replay_approval(reader, &entry, i);
        } else if (code == VERDICT_APPLIED) {
            err = replay_change(reader, &entry, i, entry.position);
        } else {
            struct waiting *waiting = arena_zalloc(&reader->kept, 1, sizeof *waiting);
            if (waiting == NULL) {
                return no_memory(reader);
            }
            *waiting = (struct waiting){version_name(&entry.envelope_hash, i), entry.position, i, {0}};
            HASH_ADD(hh, reader->waiting, version, ID_BYTES, waiting);
            err = hash_table_added(&waiting->hh, &reader->kept) ? ERR_OK : no_memory(reader);
        }
    }
    return err;
}

/* ret_is_there false: the payload cannot be read; then nothing of it may be applied. */
static enum err load_entry(struct reader *reader, const PGresult *rows, int row, struct entry *entry,
                           bool *ret_is_there)
{
    struct bytes envelope = column_bytes(&reader->row, rows, row, COLUMN_ENVELOPE);
    struct bytes verdicts = column_bytes(&reader->row, rows, row, COLUMN_VERDICTS);
    struct bytes payload = column_payload(reader->vault, &reader->row, envelope, rows, row, COLUMN_PAYLOAD);
    *entry = (struct entry){.position = column_number(rows, row, COLUMN_POSITION),
                            .content = column_number(rows, row, COLUMN_CONTENT),
                            .change_count = column_number(rows, row, COLUMN_CHANGE_COUNT)};
    if (envelope.at == NULL || verdicts.at == NULL || payload.at == NULL) {
        return no_memory(reader);
    }
    entry->envelope_hash = envelope_hash(envelope);
    if (verdict_decode(verdicts, &reader->row, &entry->listed, &entry->indexes, &entry->listed_count) !=
            ERR_OK ||
        entry->change_count > PAYLOAD_CHANGES_MAX) {
        return wrong_at(reader, entry->position);
    }
    *ret_is_there = payload_decode(payload, &reader->row, &entry->payload) == ERR_OK;
    return reader->row.is_out_of_memory ? no_memory(reader) : ERR_OK;
}

/* Asked with rising indexes. */
static enum verdict_code verdict_of(struct entry *entry, uint32_t index)
{
    while (entry->next_listed < entry->listed_count && entry->indexes[entry->next_listed] < index) {
        entry->next_listed++;
    }
    bool is_listed = entry->next_listed < entry->listed_count && entry->indexes[entry->next_listed] == index;
    return is_listed ? entry->listed[entry->next_listed].code : VERDICT_APPLIED;
}

static enum err replay_change(struct reader *reader, const struct entry *entry, uint32_t index,
                              uint64_t since)
{
    struct submission_change change = {.version = version_name(&entry->envelope_hash, index)};
    struct erased *erased = NULL;
    HASH_FIND(hh, reader->erased, change.version.at, ID_BYTES, erased);
    if (erased != NULL) {
        return add_erased(reader, erased, since);
    }
    arena_clear(&reader->scratch);
    enum err err = change_read(&reader->batch, &reader->scratch, entry->payload.changes[index], 0, &change);
    if (err != ERR_OK) {
        return reader->batch.is_out_of_memory || reader->scratch.is_out_of_memory
                   ? no_memory(reader)
                   : wrong_at(reader, entry->position);
    }
    const struct store_version version = {.schema = change.schema,
                                          .record = change.key.record,
                                          .version = change.version,
                                          .previous = change.key.base,
                                          .position = since,
                                          .is_removal = change.is_removal,
                                          .message = change.message};
    return add_version(reader, &version);
}

static enum err add_erased(struct reader *reader, const struct erased *erased, uint64_t since)
{
    const struct kind_schema *schema = schema_of(erased->kind);
    void *message = NULL;
    if (schema == NULL ||
        (!erased->is_removal && message_unpack(schema->descriptor, erased->body, false, &reader->batch,
                                               (void *)&message) != ERR_OK)) {
        return wrong_at(reader, since);
    }
    const struct store_version version = {.schema = schema,
                                          .record = erased->record,
                                          .version = erased->version,
                                          .previous = erased->previous,
                                          .position = since,
                                          .is_removal = erased->is_removal,
                                          .message = message};
    return add_version(reader, &version);
}

/* The change itself stands in the entry that waited. */
static enum err replay_approval(struct reader *reader, const struct entry *entry, uint32_t index)
{
    struct submission_approval approval = {0};
    struct waiting *waiting = NULL;
    arena_clear(&reader->scratch);
    if (approval_read(&reader->scratch, entry->payload.changes[index], &approval) != ERR_OK) {
        return wrong_at(reader, entry->position);
    }
    HASH_FIND(hh, reader->waiting, approval.version.at, ID_BYTES, waiting);
    if (waiting == NULL) {
        return wrong_at(reader, entry->position);
    }
    HASH_DEL(reader->waiting, waiting);
    if (approval.is_rejection) {
        return ERR_OK;
    }
    struct pg_result *rows = NULL;
    struct entry submitted;
    bool is_there = false;
    enum err err = read_rows(reader, waiting->position, 1, &rows);
    if (err == ERR_OK && PQntuples(rows) == 1) {
        err = load_entry(reader, rows, 0, &submitted, &is_there);
    }
    if (err == ERR_OK) {
        err = is_there && waiting->index < submitted.payload.change_count
                  ? replay_change(reader, &submitted, waiting->index, entry->position)
                  : wrong_at(reader, waiting->position);
    }
    PQclear(rows);
    return err;
}

static enum err add_version(struct reader *reader, const struct store_version *version)
{
    state_digest_move(&reader->report.state, (uint16_t)version->schema->kind, &version->record,
                      &version->previous, &version->version);
    reader->report.versions++;
    reader->versions[reader->version_count++] = *version;
    return reader->version_count == BATCH_VERSIONS || reader->batch.used_bytes > BATCH_BYTES
               ? give_out(reader)
               : ERR_OK;
}

static enum err give_out(struct reader *reader)
{
    enum err err = reader->version_count == 0 ? ERR_OK
                                              : reader->on_versions(reader->context, reader->versions,
                                                                    reader->version_count, reader->ret_error);
    reader->version_count = 0;
    arena_clear(&reader->batch);
    return err;
}

static enum err wrong_at(struct reader *reader, uint64_t position)
{
    return error_set(reader->ret_error, ERR_MALFORMED,
                     reader->language == LANGUAGE_VI
                         ? "mục %" PRIu64 " của nhật ký không chứa những gì kết quả xử lý của nó ghi"
                         : "entry %" PRIu64 " of the journal does not hold what its verdicts tell of",
                     position);
}

static enum err no_memory(struct reader *reader)
{
    return error_set(reader->ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, reader->language));
}
