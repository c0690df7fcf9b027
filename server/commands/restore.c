/* dantind restore FILE --identity KEY --data DIR: a backup into an empty folder.
 *
 *   FILES ─► DATABASE ─► CHECK ─► EPOCH ─► done
 *
 * FILES writes the keys and settings, DATABASE fills the database with pg_restore and compares with the manifest, CHECK builds the
 * journal's tree anew, EPOCH opens a new one, since entries after the backup are lost here and not at the clients. A restore that does
 * not come to its end leaves the file CONTEXT_RESTORE_MARK, and no server starts on the folder: remove the folder and restore again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "server/app_log_key.h"
#include "server/commands/backup_archive.h"
#include "server/commands/backup_manifest.h"
#include "server/commands/command.h"
#include "server/config.h"
#include "server/erasures_list.h"
#include "server/privileges.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/program_pipe.h"
#include "server/store/vault_database.h"

enum {
    CONNINFO_BYTES = 1024,
    COPY_BYTES = 65536,
    FOLDER_MODE = 0700,
    AUTHORITY_MODE = 0755,
    KEY_MODE = 0600,
    PUBLIC_MODE = 0644
};

struct restoring {
    const struct options *options;
    struct config config;
    struct recipient_key *identity;
    struct seal_reader *reader;
    struct backup_files *files;
    struct bytes rest; /* of the database, read with the files */
    int fd;
    struct error *error;
};

static enum err open_backup(struct restoring *job);
static enum err check_log_key(struct restoring *job);
static enum err check_empty(struct restoring *job, const char *folder);
static enum err write_files(struct restoring *job);
static enum err write_file(struct restoring *job, const struct backup_file *file);
static enum err make_folder(struct restoring *job, const char *name, mode_t mode);
static enum err fill_database(struct restoring *job);
static enum err fill(struct restoring *job, const char *admin, unsigned major);
static enum err copy_dump(struct restoring *job, struct program_pipe *pipe);
static enum err check_manifest(struct restoring *job, const char *admin);
static enum err check_database(struct restoring *job, uint64_t *ret_entries);
static enum err put_erasures(struct restoring *job);
static enum err read_sealed(void *context, uint8_t *at, size_t max, size_t *ret_len);
static void mark_path(const struct restoring *job, char ret_path[CONTEXT_PATH_BYTES_MAX]);
static enum err say(struct restoring *job, enum err err, const char *what);

enum err command_restore(const struct options *options, struct error *ret_error)
{
    bool is_vi = options->language == LANGUAGE_VI;
    struct restoring *job = calloc(1, sizeof *job);
    char mark[CONTEXT_PATH_BYTES_MAX];
    uint64_t entries = 0;
    if (job == NULL) {
        return ERR_NO_MEMORY;
    }
    job->options = options;
    job->error = ret_error;
    job->fd = -1;
    job->files = backup_files_new();
    (void)umask(077);               /* cannot fail */
    (void)signal(SIGPIPE, SIG_IGN); /* pg_restore may end early, and says why */
    enum err err = job->files == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (err == ERR_OK &&
        (options->argument_count != 1 || options->identity == NULL || options->data == NULL)) {
        err = error_set(ret_error, ERR_USAGE,
                        is_vi ? "cần tên tệp, --identity KHOÁ và --data DIR"
                              : "the name of a file, --identity KEY and --data DIR are needed");
    }
    err = err == ERR_OK ? check_empty(job, options->data) : err;
    err = err == ERR_OK ? open_backup(job) : err;
    err = err == ERR_OK ? check_log_key(job) : err;
    err = err == ERR_OK ? write_files(job) : err;
    err = err == ERR_OK ? put_erasures(job) : err;
    err = err == ERR_OK ? privileges_drop(job->config.user, job->config.data, options->language, ret_error)
                        : err;
    err = err == ERR_OK ? fill_database(job) : err;
    err = err == ERR_OK ? check_database(job, &entries) : err;
    if (err == ERR_OK) {
        (void)printf(is_vi ? "Đã khôi phục và kiểm tra: %" PRIu64
                             " mục nhật ký, số dòng của mọi bảng khớp bản sao lưu\n"
                           : "Restored and checked: %" PRIu64
                             " entries of the journal, the rows of every table as in the "
                             "backup\n",
                     entries);
        err = command_epoch_new(options, ret_error);
    }
    if (err == ERR_OK) {
        mark_path(job, mark);
        err = unlink(mark) == 0 ? ERR_OK : say(job, ERR_IO, mark);
    }
    if (err == ERR_OK) {
        (void)printf(is_vi ? "Hãy chạy dantind serve. Mỗi đơn vị chạy dantin submit: máy của họ nộp lại "
                             "những gì bản sao lưu còn thiếu. "
                             "Khi đủ (submission_status), chạy dantind epoch close.\n"
                           : "Now run dantind serve. Every committee runs dantin submit: its PC offers again "
                             "what the backup lacked. "
                             "When all have (submission_status), run dantind epoch close.\n");
    }
    seal_reader_free(job->reader);
    recipient_key_free(job->identity);
    backup_files_free(job->files);
    if (job->fd > STDIN_FILENO) {
        (void)close(job->fd); /* it was only read */
    }
    free(job);
    return err;
}

/* Everything up to the database is read, and opened, before a file is written. */
static enum err open_backup(struct restoring *job)
{
    const char *path = job->options->arguments[0];
    bool is_vi = job->options->language == LANGUAGE_VI;
    char pem[CONTEXT_FILE_BYTES_MAX];
    size_t len = 0;
    enum err err = context_read(job->options->identity, job->options->language, pem, &len, job->error);
    if (err == ERR_OK && recipient_key_from_pem(bytes_of(pem, len), &job->identity) != ERR_OK) {
        err =
            error_set(job->error, ERR_MALFORMED,
                      is_vi ? "%s không chứa khoá X25519" : "%s holds no X25519 key", job->options->identity);
    }
    seal_wipe(pem, sizeof pem);
    if (err != ERR_OK) {
        return err;
    }
    job->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (job->fd < 0) {
        return say(job, ERR_IO, path);
    }
    err = seal_reader_new(job->identity, read_sealed, job, &job->reader);
    err = err == ERR_OK ? backup_read_files(job->reader, job->files, &job->rest) : err;
    if (err == ERR_FORBIDDEN) {
        err =
            error_set(job->error, err,
                      is_vi ? "%s không được niêm phong cho khoá này" : "%s is not sealed to this key", path);
    } else if (err == ERR_MALFORMED || err == ERR_SEALED) {
        err = error_set(job->error, err,
                        is_vi ? "%s không phải bản sao lưu nguyên vẹn" : "%s is no whole backup", path);
    }
    return err;
}

/* Anybody can seal a file to a public key, and what is in it runs in our database. Only the server itself can put its log key into one. */
static enum err check_log_key(struct restoring *job)
{
    static const char *const names[] = {LOG_KEY_FILE, LOG_KEY_NEXT_FILE}; /* both while it changes */
    const char *wanted = job->options->log_key;
    char hex[BACKUP_LOG_KEY_BYTES] = "";
    bool is_wanted = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !is_wanted; i++) {
        const struct backup_file *file = backup_files_find(job->files, names[i]);
        if (file != NULL ? backup_log_key(bytes_of(file->text, file->len), hex) != ERR_OK : i == 0) {
            return error_set(job->error, ERR_MALFORMED, "%s: %s", names[i],
                             err_text(ERR_MALFORMED, job->options->language));
        }
        is_wanted = file != NULL && (wanted == NULL || strcasecmp(wanted, hex) == 0);
    }
    if (!is_wanted) {
        return error_set(job->error, ERR_FORBIDDEN,
                         text_get(TEXT_RESTORE_OTHER_SERVER, job->options->language), hex);
    }
    (void)printf(text_get(TEXT_RESTORE_LOG_KEY, job->options->language), hex);
    return fflush(stdout) == 0 ? ERR_OK : say(job, ERR_IO, "stdout"); /* before anything of it runs */
}

static enum err check_empty(struct restoring *job, const char *folder)
{
    REQUIRE(folder != NULL); /* asked for before */
    DIR *entries = opendir(folder);
    bool is_empty = true;
    if (entries == NULL) {
        return errno == ENOENT ? ERR_OK : say(job, ERR_IO, folder);
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        is_empty = is_empty && entry->d_name[0] == '.' && strspn(entry->d_name, ".") == strlen(entry->d_name);
    }
    (void)closedir(entries); /* it was only read */
    return is_empty ? ERR_OK
                    : error_set(job->error, ERR_EXISTS,
                                job->options->language == LANGUAGE_VI ? "thư mục %s không trống"
                                                                      : "the folder %s is not empty",
                                folder);
}

/* The settings first: they say where the master key is and which database. */
static enum err write_files(struct restoring *job)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    const struct backup_file *settings = backup_files_find(job->files, "dantind.ini");
    enum err err = command_config(job->options, &job->config, job->error);
    if (err == ERR_OK) {
        mark_path(job, path);
        err = context_write(path, "", KEY_MODE, job->options->language, job->error);
    }
    if (err == ERR_OK && settings != NULL && job->options->config == NULL) {
        err = write_file(job, settings);
        err = err == ERR_OK ? command_config(job->options, &job->config, job->error) : err;
    }
    err = err == ERR_OK ? make_folder(job, "ca", AUTHORITY_MODE) : err;
    err = err == ERR_OK ? make_folder(job, BACKUP_OPERATORS, FOLDER_MODE) : err;
    for (size_t i = 0; i < job->files->count && err == ERR_OK; i++) {
        const struct backup_file *file = &job->files->files[i];
        if (file != settings && strcmp(file->name, BACKUP_MANIFEST) != 0) {
            err = write_file(job, file);
        }
    }
    return err;
}

static enum err make_folder(struct restoring *job, const char *name, mode_t mode)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    context_path(&job->config, name, path);
    bool is_made = mkdir(path, mode) == 0 && chmod(path, mode) == 0;
    return is_made ? ERR_OK : say(job, ERR_IO, path);
}

/* A master key kept elsewhere is not written over: it may be another database's. */
static enum err write_file(struct restoring *job, const struct backup_file *file)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    const char *end = strrchr(file->name, '.');
    bool is_public = end != NULL && strcmp(end, ".crt") == 0;
    context_path(&job->config, file->name, path);
    if (strcmp(file->name, BACKUP_MASTER_KEY) == 0) {
        context_master_path(&job->config, path);
        if (access(path, F_OK) == 0) {
            return ERR_OK; /* whether it is the right one the vault will say */
        }
    }
    return context_write(path, file->text, is_public ? PUBLIC_MODE : KEY_MODE, job->options->language,
                         job->error);
}

static enum err fill_database(struct restoring *job)
{
    char admin[CLUSTER_CONNINFO_BYTES_MAX];
    struct cluster *cluster = NULL;
    unsigned major = 0;
    enum err err = ERR_OK;
    if (job->config.database[0] != '\0') {
        err = database_conninfo_as(job->config.database, job->config.database_admin, admin, sizeof admin);
    } else {
        const struct cluster_config wanted = {.folder = job->config.data,
                                              .postgres_bin = job->config.postgres_bin,
                                              .language = job->options->language};
        err = cluster_open(&wanted, &cluster, job->error);
        if (err == ERR_OK) {
            cluster_conninfo(cluster, CLUSTER_ROLE_ADMIN, admin);
            major = cluster_version(cluster) / 10000;
        }
    }
    err = err == ERR_OK ? fill(job, admin, major) : err;
    cluster_close(cluster);
    return err;
}

static enum err fill(struct restoring *job, const char *admin, unsigned major)
{
    char conninfo[CONNINFO_BYTES];
    char password[CONNINFO_BYTES];
    char program[PROGRAM_PATH_BYTES_MAX + 16];
    char argument[CONNINFO_BYTES + 16];
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    bool is_vi = job->options->language == LANGUAGE_VI;
    struct pg_conn *connection = NULL;
    struct pg_result *rows = NULL;
    struct programs programs;
    struct program_pipe pipe;
    enum err err = database_open(admin, job->options->language, &connection, job->error);
    err = err == ERR_OK
              ? database_run_file(connection, "queries/restore_target.sql", NULL, 0, &rows, job->error)
              : err;
    if (err == ERR_OK && strcmp(PQgetvalue(rows, 0, 0), "t") != 0) {
        err = error_set(job->error, ERR_EXISTS,
                        is_vi ? "cơ sở dữ liệu đã có dữ liệu của dantin"
                              : "the database already holds data of dantin");
    }
    PQclear(rows);
    err = err == ERR_OK ? database_run_file(connection, "queries/roles.sql", NULL, 0, NULL, job->error) : err;
    err = err == ERR_OK
              ? database_run_file(connection, "queries/restore_grants.sql", NULL, 0, NULL, job->error)
              : err;
    PQfinish(connection);
    err = err == ERR_OK ? database_conninfo_split(admin, conninfo, password, sizeof conninfo) : err;
    err = err == ERR_OK ? programs_find(job->config.postgres_bin, CLUSTER_MAJOR_MIN, major,
                                        job->options->language, &programs, job->error)
                        : err;
    if (err != ERR_OK) {
        return err;
    }
    (void)snprintf(program, sizeof program, "%s/pg_restore", programs.bin);
    (void)snprintf(argument, sizeof argument, "--dbname=%s", conninfo);
    const char *const argv[] = {program, "--exit-on-error", "--single-transaction", argument, NULL};
    if (program_pipe_open(argv, password, true, &pipe) != ERR_OK) {
        return say(job, ERR_IO, program);
    }
    explicit_bzero(password, sizeof password);
    enum err copied = copy_dump(job, &pipe);
    err = program_pipe_close(&pipe, output);
    if (copied == ERR_SEALED) {
        return error_set(job->error, copied, is_vi ? "%s bị cắt hoặc bị sửa" : "%s was cut or changed",
                         job->options->arguments[0]);
    }
    if (err != ERR_OK) {
        return error_set(job->error, err, "pg_restore: %s", output);
    }
    return copied == ERR_OK ? check_manifest(job, admin) : copied;
}

/* Before a newer program's migrations change anything. */
static enum err check_manifest(struct restoring *job, const char *admin)
{
    const struct backup_file *expected = backup_files_find(job->files, BACKUP_MANIFEST);
    struct pg_conn *connection = NULL;
    struct buf manifest;
    buf_init(&manifest, CONTEXT_FILE_BYTES_MAX);
    enum err err = database_open(admin, job->options->language, &connection, job->error);
    err = err == ERR_OK ? backup_manifest_write(connection, &manifest, job->error) : err;
    if (err == ERR_OK && !bytes_equal(buf_content(&manifest), bytes_of(expected->text, expected->len))) {
        err = error_set(job->error, ERR_BAD_HASH,
                        job->options->language == LANGUAGE_VI
                            ? "cơ sở dữ liệu khôi phục được không khớp bản kê của bản sao lưu"
                            : "the database restored is not as the backup's manifest states");
    }
    PQfinish(connection);
    buf_release(&manifest);
    return err;
}

/* pg_restore commits nothing before its input's end. A stream that does not open to its end is not given to its end. */
static enum err copy_dump(struct restoring *job, struct program_pipe *pipe)
{
    struct bytes next = job->rest;
    bool is_first = true;
    enum err err = ERR_OK;
    while (err == ERR_OK && (is_first || next.len > 0)) {
        while (next.len > 0 && err == ERR_OK) {
            ssize_t done = write(pipe->fd, next.at, next.len);
            if (done < 0 && errno == EINTR) {
                continue;
            }
            err = done > 0 ? ERR_OK : ERR_IO; /* pg_restore ended: it says why */
            next = bytes_of(next.at + (done > 0 ? done : 0), next.len - (size_t)(done > 0 ? done : 0));
        }
        err = err == ERR_OK ? seal_reader_next(job->reader, &next) : err;
        is_first = false;
    }
    return err;
}

/* By what will serve: migrations brought the database up, the master key opens its keys, the journal is what its head says. */
static enum err check_database(struct restoring *job, uint64_t *ret_entries)
{
    struct database_session session = {0};
    struct vault *vault = NULL;
    enum language language = job->options->language;
    enum err err = context_open_database(job->options, &job->config, &session, job->error);
    err = err == ERR_OK ? context_open_vault(&job->config, language, session.connection, &vault, job->error)
                        : err;
    err = err == ERR_OK ? vault_load_keys(session.connection, vault, job->error) : err;
    err = err == ERR_OK ? backup_check_journal(session.connection, language, ret_entries, job->error) : err;
    vault_free(vault);
    context_close_database(&session);
    return err;
}

/* The list kept elsewhere: what was erased after the backup is erased again by the new epoch. */
static enum err put_erasures(struct restoring *job)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char block[COPY_BYTES];
    bool is_vi = job->options->language == LANGUAGE_VI;
    if (job->options->erasures == NULL) {
        (void)printf(is_vi ? "Không có --erasures: ai được xoá sau bản sao lưu này sẽ có lại trong dữ liệu.\n"
                           : "No --erasures: who was erased after this backup is in the data again.\n");
        return ERR_OK;
    }
    context_path(&job->config, ERASURES_LIST_FILE, path);
    int from = open(job->options->erasures, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        return say(job, ERR_IO, job->options->erasures);
    }
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, KEY_MODE);
    ssize_t got = to < 0 ? -1 : read(from, block, sizeof block);
    while (got > 0) {
        got = write(to, block, (size_t)got) == got ? read(from, block, sizeof block) : -1;
    }
    bool is_copied = got == 0 && fsync(to) == 0;
    enum err err = is_copied ? ERR_OK : say(job, ERR_IO, path);
    (void)close(from); /* it was only read */
    if (to >= 0 && close(to) != 0 && err == ERR_OK) {
        err = say(job, ERR_IO, path);
    }
    return err;
}

static enum err read_sealed(void *context, uint8_t *at, size_t max, size_t *ret_len)
{
    struct restoring *job = context;
    ssize_t got = read(job->fd, at, max);
    while (got < 0 && errno == EINTR) {
        got = read(job->fd, at, max);
    }
    if (got < 0) {
        return say(job, ERR_IO, job->options->arguments[0]);
    }
    *ret_len = (size_t)got;
    return ERR_OK;
}

static void mark_path(const struct restoring *job, char ret_path[CONTEXT_PATH_BYTES_MAX])
{
    context_path(&job->config, CONTEXT_RESTORE_MARK, ret_path);
}

static enum err say(struct restoring *job, enum err err, const char *what)
{
    return error_set(job->error, err, "%s: %s", what, strerror(errno));
}
