/* dantind backup FILE --to KEY.pub,…: the database and the files of the server's folder, sealed to recipients' keys.
 *
 *   files read (as root, if we are) ─► database opened ─► noted in the log of reads ─► snapshot ─► manifest ─► pg_dump of that snapshot ─► sealed ─► synced
 *
 * Beside a running server. Nothing leaves the process but sealed: keys and the dump pass through memory only. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/durable.h"
#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "server/app_log_key.h"
#include "server/commands/backup_archive.h"
#include "server/commands/backup_manifest.h"
#include "server/commands/command.h"
#include "server/commands/looks.h"
#include "server/config.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/program_pipe.h"

enum {
    MANIFEST_BYTES_MAX = CONTEXT_FILE_BYTES_MAX,
    CONNINFO_BYTES = 1024,
    DUMP_READ_BYTES = 1 << 16,
    RECIPIENT_DIGITS = 16
};

struct backing {
    const struct options *options;
    struct config config;
    uint8_t recipients[SEAL_STREAM_RECIPIENTS_MAX][RECIPIENT_KEY_BYTES];
    size_t recipient_count;
    struct backup_files *files; /* the manifest first, made last */
    struct buf manifest;
    struct database_session session;
    struct seal_writer *writer;
    int fd;
    bool is_file;                       /* else standard output */
    char log_key[BACKUP_LOG_KEY_BYTES]; /* the one in force */
    uint64_t bytes;
    struct error *error;
};

static enum err read_recipients(struct backing *job);
static enum err read_files(struct backing *job);
static enum err read_operators(struct backing *job);
static enum err add_file(struct backing *job, const char *name, const char *path);
static enum err open_output(struct backing *job);
static enum err note_look(struct backing *job);
static enum err write_backup(struct backing *job);
static enum err check_log_key(struct backing *job);
static enum err dump(struct backing *job, const char *snapshot);
static enum err copy_dump(struct backing *job, struct program_pipe *pipe);
static enum err finish_output(struct backing *job);
static enum err write_sealed(void *context, struct bytes out);
static enum err say_io(struct backing *job, const char *path);

enum err command_backup(const struct options *options, struct error *ret_error)
{
    bool is_vi = options->language == LANGUAGE_VI;
    struct backing *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return ERR_NO_MEMORY;
    }
    job->options = options;
    job->error = ret_error;
    job->fd = -1;
    job->files = backup_files_new();
    buf_init(&job->manifest, MANIFEST_BYTES_MAX);
    (void)signal(SIGPIPE, SIG_IGN); /* told by write */
    enum err err = job->files == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (err == ERR_OK && (options->argument_count != 1 || options->to == NULL)) {
        err = error_set(ret_error, ERR_USAGE,
                        is_vi ? "cần tên tệp và --to KHOÁ.pub"
                              : "the name of a file and --to KEY.pub are needed");
    }
    err = err == ERR_OK ? command_config(options, &job->config, ret_error) : err;
    err = err == ERR_OK ? read_recipients(job) : err;
    err = err == ERR_OK ? read_files(job) : err;
    err = err == ERR_OK ? open_output(job) : err;
    err = err == ERR_OK ? context_open_database(options, &job->config, &job->session, ret_error) : err;
    err = err == ERR_OK ? note_look(job) : err;
    err = err == ERR_OK ? write_backup(job) : err;
    err = err == ERR_OK ? finish_output(job) : err;
    if (job->is_file && err != ERR_OK) {
        (void)unlink(options->arguments[0]); /* half a backup is none; as another user it may stay */
    }
    if (err == ERR_OK && job->is_file) {
        (void)printf(is_vi ? "Đã sao lưu vào %s (%llu byte), niêm phong cho %zu khoá\n"
                           : "Backed up to %s (%llu bytes), sealed to %zu keys\n",
                     options->arguments[0], (unsigned long long)job->bytes, job->recipient_count);
        (void)printf(text_get(TEXT_RESTORE_LOG_KEY, options->language), job->log_key); /* restore --log-key */
    }
    seal_writer_free(job->writer);
    context_close_database(&job->session);
    backup_files_free(job->files);
    buf_release(&job->manifest);
    if (job->fd >= 0 && job->is_file) {
        (void)close(job->fd); /* synced, or to be thrown away */
    }
    free(job);
    return err;
}

/* FILE,FILE,… */
static enum err read_recipients(struct backing *job)
{
    bool is_vi = job->options->language == LANGUAGE_VI;
    const char *at = job->options->to;
    enum err err = ERR_OK;
    while (err == ERR_OK && *at != '\0') {
        char path[CONTEXT_PATH_BYTES_MAX];
        char pem[CONTEXT_FILE_BYTES_MAX];
        size_t len = strcspn(at, ",");
        size_t pem_len = 0;
        (void)snprintf(path, sizeof path, "%.*s", (int)len, at);
        at += len + (at[len] == ',');
        if (job->recipient_count == SEAL_STREAM_RECIPIENTS_MAX) {
            return error_set(job->error, ERR_TOO_BIG, is_vi ? "nhiều nhất %d khoá" : "at most %d keys",
                             SEAL_STREAM_RECIPIENTS_MAX);
        }
        err = context_read(path, job->options->language, pem, &pem_len, job->error);
        if (err == ERR_OK && recipient_public_from_pem(bytes_of(pem, pem_len),
                                                       job->recipients[job->recipient_count]) != ERR_OK) {
            err = error_set(job->error, ERR_MALFORMED,
                            is_vi ? "%s không chứa khoá công khai X25519" : "%s holds no public X25519 key",
                            path);
        }
        job->recipient_count += err == ERR_OK ? 1 : 0;
    }
    return err;
}

/* What is not there (a ca.key kept elsewhere) is no part of it; the two keys without which a backup is worth nothing must be. */
static enum err read_files(struct backing *job)
{
    enum err err = ERR_OK;
    for (size_t i = 0; backup_file_names[i] != NULL && err == ERR_OK; i++) {
        char path[CONTEXT_PATH_BYTES_MAX];
        bool is_master = strcmp(backup_file_names[i], BACKUP_MASTER_KEY) == 0;
        bool is_needed = is_master || strcmp(backup_file_names[i], "receipt.key") == 0;
        context_path(&job->config, backup_file_names[i], path);
        if (is_master) {
            context_master_path(&job->config, path);
        }
        err = add_file(job, backup_file_names[i], path);
        err = err == ERR_NOT_FOUND && !is_needed ? ERR_OK : err;
    }
    return err == ERR_OK ? read_operators(job) : err;
}

/* Without them nobody could approve after a restore, and the operators' names would be taken. */
static enum err read_operators(struct backing *job)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    context_path(&job->config, BACKUP_OPERATORS, path);
    DIR *entries = opendir(path);
    enum err err = entries != NULL || errno == ENOENT ? ERR_OK : say_io(job, path);
    if (entries == NULL) {
        return err;
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL && err == ERR_OK;
         entry = readdir(entries)) {
        char name[sizeof BACKUP_OPERATORS + sizeof entry->d_name];
        (void)snprintf(name, sizeof name, "%s/%s", BACKUP_OPERATORS, entry->d_name);
        if (backup_is_operator_key(name)) {
            context_path(&job->config, name, path);
            err = add_file(job, name, path);
        }
    }
    (void)closedir(entries); /* it was only read */
    return err;
}

static enum err add_file(struct backing *job, const char *name, const char *path)
{
    char text[CONTEXT_FILE_BYTES_MAX];
    size_t len = 0;
    enum err err = context_read(path, job->options->language, text, &len, job->error);
    if (err == ERR_OK && backup_files_add(job->files, name, bytes_of(text, len)) != ERR_OK) {
        err =
            error_set(job->error, ERR_TOO_BIG, "%s: %s", path, err_text(ERR_TOO_BIG, job->options->language));
    }
    seal_wipe(text, sizeof text);
    return err;
}

static enum err open_output(struct backing *job)
{
    const char *path = job->options->arguments[0];
    if (strcmp(path, "-") == 0) {
        job->fd = STDOUT_FILENO;
        return ERR_OK;
    }
    job->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (job->fd < 0 && errno == EEXIST) {
        return error_set(job->error, ERR_EXISTS,
                         job->options->language == LANGUAGE_VI ? "%s đã có" : "%s already exists", path);
    }
    job->is_file = job->fd >= 0;
    return job->is_file ? ERR_OK : say_io(job, path);
}

/* A backup is a look at everything: noted and chained before anything leaves, with whom it is sealed to, by the first digits of
 * SHA-256 of each key. What fails afterwards stays noted. */
static enum err note_look(struct backing *job)
{
    char to[SEAL_STREAM_RECIPIENTS_MAX * RECIPIENT_DIGITS + SEAL_STREAM_RECIPIENTS_MAX + 1] = "";
    uint64_t number = 0;
    struct hash link = {0};
    for (size_t i = 0; i < job->recipient_count; i++) {
        char hex[HASH_HEX_BYTES];
        struct hash print = hash_of_one(bytes_of(job->recipients[i], RECIPIENT_KEY_BYTES));
        size_t len = strlen(to);
        hex_encode(bytes_of(print.at, HASH_BYTES), hex);
        (void)snprintf(to + len, sizeof to - len, "%s%.*s", i == 0 ? "" : ",", RECIPIENT_DIGITS,
                       hex); /* fits */
    }
    enum err err =
        looks_note(job->session.connection, "backup", "database", job->options->purpose, to, job->error);
    return err == ERR_OK ? looks_chain(job->session.connection, &number, &link, job->error) : err;
}

/* Manifest and dump are of one snapshot, which lives as long as the transaction. */
static enum err write_backup(struct backing *job)
{
    struct pg_conn *connection = job->session.connection;
    struct pg_result *rows = NULL;
    char snapshot[128] = "";
    struct backup_files *all = backup_files_new();
    enum err err = all == NULL ? ERR_NO_MEMORY : ERR_OK;
    /* As the administrator: row-level security holds for dantin_owner too. */
    err = err == ERR_OK ? database_run_script(connection, "reset role", job->error) : err;
    err = err == ERR_OK
              ? database_run_script(connection, "begin isolation level repeatable read read only", job->error)
              : err;
    err = err == ERR_OK
              ? database_run_file(connection, "queries/backup_snapshot.sql", NULL, 0, &rows, job->error)
              : err;
    if (err == ERR_OK) {
        (void)snprintf(snapshot, sizeof snapshot, "%s", PQgetvalue(rows, 0, 0));
        err = backup_manifest_write(connection, &job->manifest, job->error);
    }
    PQclear(rows);
    err = err == ERR_OK ? check_log_key(job) : err;
    err = err == ERR_OK ? backup_files_add(all, BACKUP_MANIFEST, buf_content(&job->manifest)) : err;
    for (size_t i = 0; i < job->files->count && err == ERR_OK; i++) {
        const struct backup_file *file = &job->files->files[i];
        err = backup_files_add(all, file->name, bytes_of(file->text, file->len));
    }
    err = err == ERR_OK ? seal_writer_new((const uint8_t(*)[RECIPIENT_KEY_BYTES])job->recipients,
                                          job->recipient_count, write_sealed, job, &job->writer)
                        : err;
    err = err == ERR_OK ? backup_write_files(job->writer, all) : err;
    backup_files_free(all);
    err = err == ERR_OK ? dump(job, snapshot) : err;
    err = err == ERR_OK ? seal_writer_finish(job->writer) : err;
    return err == ERR_OK ? database_run_script(connection, "commit", job->error) : err;
}

/* The files were read before the snapshot: the log's key may have changed in between. */
static enum err check_log_key(struct backing *job)
{
    static const char *const names[] = {LOG_KEY_FILE, LOG_KEY_NEXT_FILE};
    struct pg_result *rows = NULL;
    char hex[BACKUP_LOG_KEY_BYTES];
    enum err err =
        database_run_file(job->session.connection, "queries/log_key.sql", NULL, 0, &rows, job->error);
    bool is_there = false;
    for (size_t i = 0; err == ERR_OK && !is_there && i < sizeof names / sizeof names[0]; i++) {
        const struct backup_file *file = backup_files_find(job->files, names[i]);
        bool is_key = file != NULL && backup_log_key(bytes_of(file->text, file->len), hex) == ERR_OK;
        is_there = is_key && (PQntuples(rows) == 0 || strcmp(hex, PQgetvalue(rows, 0, 0)) == 0);
    }
    PQclear(rows);
    if (err == ERR_OK && !is_there) {
        err = error_set(job->error, ERR_CONFIG, "%s", text_get(TEXT_BACKUP_LOG_KEY, job->options->language));
    }
    if (err == ERR_OK) {
        memcpy(job->log_key, hex, sizeof job->log_key);
    }
    return err;
}

static enum err dump(struct backing *job, const char *snapshot)
{
    char admin[CLUSTER_CONNINFO_BYTES_MAX];
    char conninfo[CONNINFO_BYTES];
    char password[CONNINFO_BYTES];
    char program[PROGRAM_PATH_BYTES_MAX + 16];
    char argument[CONNINFO_BYTES + 16];
    char snapshot_argument[160];
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    struct programs programs;
    struct program_pipe pipe;
    enum err err = ERR_OK;
    if (job->session.cluster != NULL) {
        cluster_conninfo(job->session.cluster, CLUSTER_ROLE_ADMIN, admin);
    } else {
        err = database_conninfo_as(job->config.database, job->config.database_admin, admin, sizeof admin);
    }
    err = err == ERR_OK ? database_conninfo_split(admin, conninfo, password, sizeof conninfo) : err;
    err =
        err == ERR_OK
            ? programs_find(job->config.postgres_bin, CLUSTER_MAJOR_MIN,
                            job->session.cluster != NULL ? cluster_version(job->session.cluster) / 10000 : 0,
                            job->options->language, &programs, job->error)
            : err;
    if (err != ERR_OK) {
        return err;
    }
    (void)snprintf(program, sizeof program, "%s/pg_dump", programs.bin);
    (void)snprintf(argument, sizeof argument, "--dbname=%s", conninfo);
    (void)snprintf(snapshot_argument, sizeof snapshot_argument, "--snapshot=%s", snapshot);
    /* Sealed values do not compress, and zstd payloads neither: level 1 is for the rest. */
    const char *const argv[] = {program,         "--format=custom", "--compress=1", "--schema=dantin",
                                "--schema=read", snapshot_argument, argument,       NULL};
    err = program_pipe_open(argv, password, false, &pipe);
    explicit_bzero(password, sizeof password);
    if (err != ERR_OK) {
        return say_io(job, program);
    }
    enum err copied = copy_dump(job, &pipe);
    err = program_pipe_close(&pipe, output);
    if (err != ERR_OK && copied == ERR_OK) {
        return error_set(job->error, err, "pg_dump: %s", output);
    }
    return copied;
}

static enum err copy_dump(struct backing *job, struct program_pipe *pipe)
{
    uint8_t *block = malloc(DUMP_READ_BYTES);
    enum err err = block == NULL ? ERR_NO_MEMORY : ERR_OK;
    while (err == ERR_OK) {
        ssize_t got = read(pipe->fd, block, DUMP_READ_BYTES);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            err = got == 0 ? ERR_OK : say_io(job, "pg_dump");
            break;
        }
        err = seal_writer_add(job->writer, bytes_of(block, (size_t)got));
    }
    free(block);
    return err;
}

static enum err finish_output(struct backing *job)
{
    const char *path = job->options->arguments[0];
    return !job->is_file || (fsync(job->fd) == 0 && durable_name(path) == ERR_OK) ? ERR_OK
                                                                                  : say_io(job, path);
}

static enum err write_sealed(void *context, struct bytes out)
{
    struct backing *job = context;
    while (out.len > 0) {
        ssize_t done = write(job->fd, out.at, out.len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return say_io(job, job->options->arguments[0]);
        }
        job->bytes += (uint64_t)done;
        out = bytes_of(out.at + done, out.len - (size_t)done);
    }
    return ERR_OK;
}

static enum err say_io(struct backing *job, const char *path)
{
    return error_set(job->error, ERR_IO,
                     job->options->language == LANGUAGE_VI ? "không đọc hoặc ghi được %s: %s"
                                                           : "cannot read or write %s: %s",
                     path, strerror(errno));
}
