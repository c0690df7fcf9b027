/* dantind journal export: the journal as files that anybody can check (docs/journal.md#export). One snapshot of the database,
 * read in batches. What is wrong in the tables is exported as it is: naming it is dantin-verify's part. */
#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crypto/hash.h"
#include "common/wire/envelope.h"
#include "server/app_log_key.h"
#include "server/commands/columns.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/export_files.h"
#include "server/commands/looks.h"
#include "server/config.h"
#include "server/store/database.h"
#include "server/store/vault_database.h"

enum { BATCH_ROWS = 512, ROW_ARENA_BYTES_MAX = 4 << 20, NUMBER_BYTES = 24 };

/* Columns of journal_export.sql. */
enum {
    COLUMN_POSITION,
    COLUMN_CONTENT,
    COLUMN_ENVELOPE,
    COLUMN_SIGNATURE,
    COLUMN_TIME,
    COLUMN_CHANGE_COUNT,
    COLUMN_VERDICTS,
    COLUMN_LEAF,
    COLUMN_PAYLOAD
};

struct journal_export {
    const struct options *options;
    struct pg_conn *connection;
    struct export_files *files;
    struct vault *vault;
    struct arena arena; /* of one row */
    struct buf leaf;
    struct buf verdicts;
    uint64_t size;
    uint64_t checkpoints;
};

static enum err prepare_folder(const struct options *options, const struct config *config,
                               struct error *ret_error);
static enum err first_key(const struct config *config, const struct journal_export *job,
                          uint8_t ret_key[SIGN_PUBLIC_KEY_BYTES], struct error *ret_error);
static enum err write_journal(struct journal_export *job, struct error *ret_error);
static enum err read_size(struct journal_export *job, struct error *ret_error);
static enum err write_entries(struct journal_export *job, struct error *ret_error);
static enum err write_row(struct journal_export *job, const PGresult *rows, int row, struct error *ret_error);
static enum err write_missing(struct journal_export *job, struct error *ret_error);
static enum err write_checkpoints(struct journal_export *job, struct error *ret_error);

enum err command_journal_export(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct journal_export job = {.options = options};
    bool is_vi = options->language == LANGUAGE_VI;
    if (options->argument_count != 1) {
        return error_set(ret_error, ERR_USAGE, is_vi ? "cần tên thư mục" : "the name of a folder is needed");
    }
    arena_init(&job.arena, ROW_ARENA_BYTES_MAX);
    buf_init(&job.leaf, TILE_ENTRY_BYTES_MAX);
    buf_init(&job.verdicts, EXPORT_VERDICT_BYTES_MAX);
    enum err err = command_config(options, &config, ret_error);
    err = err == ERR_OK ? prepare_folder(options, &config, ret_error) : err;
    err = err == ERR_OK ? context_open_database(options, &config, &session, ret_error) : err;
    err = err == ERR_OK ? export_files_open(options->arguments[0], options->language, &job.files, ret_error)
                        : err;
    err = err == ERR_OK
              ? context_open_vault(&config, options->language, session.connection, &job.vault, ret_error)
              : err;
    if (err == ERR_OK) {
        job.connection = session.connection;
        err = write_journal(&job, ret_error);
    }
    err = err == ERR_OK ? first_key(&config, &job, public_key, ret_error) : err;
    err = err == ERR_OK ? export_files_finish(job.files, public_key, ret_error) : err;
    if (err == ERR_OK) {
        (void)printf(is_vi ? "Đã xuất %" PRIu64 " mục, %" PRIu64 " điểm kiểm tra vào %s\n"
                           : "%" PRIu64 " entries and %" PRIu64 " checkpoints were exported to %s\n",
                     job.size, job.checkpoints, options->arguments[0]);
    }
    export_files_free(job.files);
    vault_free(job.vault);
    context_close_database(&session);
    buf_release(&job.verdicts);
    buf_release(&job.leaf);
    arena_release(&job.arena);
    return err;
}

/* Made while we may still be root, and given to whom we shall be. */
static enum err prepare_folder(const struct options *options, const struct config *config,
                               struct error *ret_error)
{
    const char *folder = options->arguments[0];
    bool is_vi = options->language == LANGUAGE_VI;
    bool is_made = mkdir(folder, 0700) == 0;
    if (!is_made && errno != EEXIST) {
        return error_set(ret_error, ERR_IO,
                         is_vi ? "không tạo được thư mục %s: %s" : "cannot make the folder %s: %s", folder,
                         strerror(errno));
    }
    const struct passwd *entry = geteuid() == 0 && is_made ? getpwnam(config->user) : NULL;
    if (entry != NULL && chown(folder, entry->pw_uid, entry->pw_gid) != 0) {
        return error_set(ret_error, ERR_IO,
                         is_vi ? "không đổi được chủ của %s: %s" : "cannot give away %s: %s", folder,
                         strerror(errno));
    }
    return ERR_OK;
}

/* The log's key may have changed since: what was is in the tables; before its first entry it is the one in the file. */
static enum err first_key(const struct config *config, const struct journal_export *job,
                          uint8_t ret_key[SIGN_PUBLIC_KEY_BYTES], struct error *ret_error)
{
    struct pg_result *rows = NULL;
    struct app_log_key *key = NULL;
    struct arena arena;
    arena_init(&arena, 4 * SIGN_PUBLIC_KEY_BYTES);
    enum err err =
        database_run_file(job->connection, "queries/journal_first_key.sql", NULL, 0, &rows, ret_error);
    struct bytes kept =
        err == ERR_OK && PQntuples(rows) == 1 ? column_bytes(&arena, rows, 0, 0) : bytes_of(NULL, 0);
    if (kept.len == SIGN_PUBLIC_KEY_BYTES) {
        memcpy(ret_key, kept.at, SIGN_PUBLIC_KEY_BYTES);
    } else if (err == ERR_OK) {
        err = app_log_key_find(config, NULL, job->options->language, &key, ret_error);
        if (err == ERR_OK) {
            memcpy(ret_key, key->public_key, SIGN_PUBLIC_KEY_BYTES);
        }
    }
    app_log_key_free(key);
    PQclear(rows);
    arena_release(&arena);
    return err;
}

static enum err write_journal(struct journal_export *job, struct error *ret_error)
{
    uint64_t number = 0;
    struct hash link = {0};
    enum err err =
        database_run_script(job->connection, "begin isolation level repeatable read read write", ret_error);
    /* Of the snapshot too: payloads are sealed under the keys there are in it. */
    err = err == ERR_OK ? vault_load_keys(job->connection, job->vault, ret_error) : err;
    err = err == ERR_OK ? read_size(job, ret_error) : err;
    err = err == ERR_OK ? write_entries(job, ret_error) : err;
    err = err == ERR_OK ? write_checkpoints(job, ret_error) : err;
    if (err == ERR_OK && !job->options->wants_no_payloads) {
        err = looks_note(job->connection, "export", "journal", job->options->purpose, NULL, ret_error);
    }
    err = err == ERR_OK ? database_run_script(job->connection, "commit", ret_error) : err;
    return err == ERR_OK ? looks_chain(job->connection, &number, &link, ret_error) : err;
}

static enum err read_size(struct journal_export *job, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err =
        database_run(job->connection, "select position from dantin.journal_head", NULL, 0, &rows, ret_error);
    if (err == ERR_OK && PQntuples(rows) == 1) {
        job->size = column_number(rows, 0, 0);
    }
    PQclear(rows);
    return err;
}

static enum err write_entries(struct journal_export *job, struct error *ret_error)
{
    enum err err = ERR_OK;
    for (uint64_t first = 0; err == ERR_OK && first < job->size; first += BATCH_ROWS) {
        char from[NUMBER_BYTES];
        char count[NUMBER_BYTES];
        const char *const parameters[] = {from, count};
        struct pg_result *rows = NULL;
        uint64_t end = first + BATCH_ROWS < job->size ? first + BATCH_ROWS : job->size;
        (void)snprintf(from, sizeof from, "%" PRIu64, first);
        (void)snprintf(count, sizeof count, "%" PRIu64, end - first);
        err =
            database_run_file(job->connection, "queries/journal_export.sql", parameters, 2, &rows, ret_error);
        int row = 0;
        for (uint64_t position = first; err == ERR_OK && position < end; position++) {
            bool is_there = row < PQntuples(rows) && column_number(rows, row, COLUMN_POSITION) == position;
            err = is_there ? write_row(job, rows, row, ret_error) : write_missing(job, ret_error);
            row += is_there;
        }
        PQclear(rows);
    }
    return err;
}

static enum err write_row(struct journal_export *job, const PGresult *rows, int row, struct error *ret_error)
{
    uint8_t time_bytes[8];
    struct hash hash = {{0}};
    arena_clear(&job->arena);
    struct bytes envelope = column_bytes(&job->arena, rows, row, COLUMN_ENVELOPE);
    struct bytes signature = column_bytes(&job->arena, rows, row, COLUMN_SIGNATURE);
    struct bytes verdicts = column_bytes(&job->arena, rows, row, COLUMN_VERDICTS);
    struct bytes leaf = column_bytes(&job->arena, rows, row, COLUMN_LEAF);
    struct bytes payload = column_payload(job->vault, &job->arena, envelope, rows, row, COLUMN_PAYLOAD);
    uint64_t content = column_number(rows, row, COLUMN_CONTENT);
    bool is_withheld = job->options->wants_no_payloads &&
                       (content == ENVELOPE_CONTENT_CHANGES || content == ENVELOPE_CONTENT_APPROVALS);
    enum err err = envelope.at == NULL || signature.at == NULL || verdicts.at == NULL || payload.at == NULL
                       ? ERR_TOO_BIG
                       : column_verdicts(verdicts, column_number(rows, row, COLUMN_CHANGE_COUNT), &job->arena,
                                         &job->verdicts);
    struct hash verdict_hash = hash_of_one(buf_content(&job->verdicts));
    u64_write(time_bytes, (uint64_t)strtoll(PQgetvalue(rows, row, COLUMN_TIME), NULL, 10));
    if (leaf.len == HASH_BYTES) { /* else: no hash of any entry, which is noticed */
        memcpy(hash.at, leaf.at, HASH_BYTES);
    }
    struct bytes parts[] = {envelope, signature, bytes_of(time_bytes, sizeof time_bytes),
                            bytes_of(verdict_hash.at, HASH_BYTES)};
    buf_clear(&job->leaf);
    for (size_t i = 0; err == ERR_OK && i < sizeof parts / sizeof parts[0]; i++) {
        err = buf_append(&job->leaf, parts[i]);
    }
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_text(err, job->options->language));
    }
    return export_files_entry(job->files, buf_content(&job->leaf), &hash, buf_content(&job->verdicts),
                              is_withheld ? bytes_of(NULL, 0) : payload, ret_error);
}

/* A row that is gone leaves an entry without a byte, which no entry is. */
static enum err write_missing(struct journal_export *job, struct error *ret_error)
{
    struct hash none = {{0}};
    struct bytes nothing = bytes_of(NULL, 0);
    return export_files_entry(job->files, nothing, &none, nothing, nothing, ret_error);
}

static enum err write_checkpoints(struct journal_export *job, struct error *ret_error)
{
    char behind[NUMBER_BYTES] = "0";
    char count[NUMBER_BYTES];
    const char *const parameters[] = {behind, count};
    enum err err = ERR_OK;
    int row_count = BATCH_ROWS;
    (void)snprintf(count, sizeof count, "%d", BATCH_ROWS);
    while (err == ERR_OK && row_count == BATCH_ROWS) {
        struct pg_result *rows = NULL;
        err = database_run_file(job->connection, "queries/journal_export_checkpoints.sql", parameters, 2,
                                &rows, ret_error);
        row_count = err == ERR_OK ? PQntuples(rows) : 0;
        for (int row = 0; err == ERR_OK && row < row_count; row++) {
            arena_clear(&job->arena);
            err = export_files_checkpoint(job->files, column_bytes(&job->arena, rows, row, 1), ret_error);
            job->checkpoints++;
            (void)snprintf(behind, sizeof behind, "%s", PQgetvalue(rows, row, 0));
        }
        PQclear(rows);
    }
    return err;
}
