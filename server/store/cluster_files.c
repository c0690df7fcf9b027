/* The files of a private cluster. */
#include "server/store/cluster_files.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/random.h"
#include "server/store/cluster.h"

enum { PATH_BYTES_MAX = PROGRAM_PATH_BYTES_MAX + 64, PID_FILE_LINES = 8, RANDOM_NAME_BYTES = 8 };

/* For 2 cores and a dozen connections. A receipt promises durability, so synchronous_commit and fsync stay
 * on. */
static const char settings_text[] =
    "# Written by dantind at every start; put changes into local.conf beside this file.\n"
    "listen_addresses = ''\n"
    "port = %d\n"
    "unix_socket_directories = '%s'\n"
    "unix_socket_permissions = 0700\n"
    "max_connections = 40\n"
    "superuser_reserved_connections = 3\n"
    "shared_buffers = 256MB\n"
    "effective_cache_size = 1GB\n"
    "work_mem = 32MB\n"
    "maintenance_work_mem = 128MB\n"
    "jit = off\n"
    "max_worker_processes = 8\n"
    "max_parallel_workers = 2\n"
    "max_parallel_workers_per_gather = 1\n"
    "random_page_cost = 1.1\n"
    "fsync = on\n"
    "synchronous_commit = on\n"
    "full_page_writes = on\n"
    "wal_level = replica\n"
    "max_wal_senders = 0\n"
    "wal_compression = %s\n"
    "wal_buffers = 16MB\n"
    "max_wal_size = 2GB\n"
    "min_wal_size = 256MB\n"
    "wal_recycle = off\n" /* an old segment would keep what was erased until it is used again */
    "checkpoint_timeout = 15min\n"
    "checkpoint_completion_target = 0.9\n"
    "autovacuum_naptime = 30s\n"
    "autovacuum_max_workers = 2\n"
    "autovacuum_vacuum_scale_factor = 0.1\n"
    "autovacuum_vacuum_insert_scale_factor = 0.1\n"
    "autovacuum_analyze_scale_factor = 0.05\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "datestyle = 'ISO, YMD'\n"
    "lc_messages = 'C'\n"
    "logging_collector = on\n"
    "log_directory = 'log'\n"
    "log_filename = 'postgresql-%%a.log'\n"
    "log_truncate_on_rotation = on\n"
    "log_rotation_age = 1d\n"
    "log_rotation_size = 0\n"
    "log_file_mode = 0600\n"
    "log_parameter_max_length = 0\n"
    "log_parameter_max_length_on_error = 0\n"
    "log_error_verbosity = terse\n"
    "log_min_error_statement = panic\n";

static const char hba_text[] =
    "# Written by dantind: this system user alone, as the roles of pg_ident.conf.\n"
    "local all all peer map=dantin\n";

static const char *const login_roles[] = {CLUSTER_ROLE_ADMIN, CLUSTER_ROLE_INGEST, CLUSTER_ROLE_READ};

static enum err say(const struct cluster_files *files, struct error *ret_error, enum err err, const char *vi,
                    const char *en, const char *path);
static enum err write_file(const char *path, const char *text);
static enum err write_settings(const struct cluster_files *files, const struct programs *programs);
static enum err write_access(const struct cluster_files *files);
static enum err choose_socket(struct cluster_files *files, struct error *ret_error);
static bool fits_socket(const char *folder);
static bool own_folder(const char *path);
static int read_pid_file(const struct cluster_files *files,
                         char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX]);
static int read_lock_file(const char *path, char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX]);
static bool works_in(long pid, const char *folder);
static enum err remove_tree(const char *path);

void cluster_files_major(const struct cluster_files *files, unsigned *ret_major)
{
    char path[PATH_BYTES_MAX];
    unsigned major = 0;
    (void)snprintf(path, sizeof path, "%s/PG_VERSION", files->cluster);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fscanf(file, "%u", &major) != 1) {
            major = 0;
        }
        (void)fclose(file); /* it was only read */
    }
    *ret_major = major;
}

enum err cluster_files_init(const struct cluster_files *files, const struct programs *programs,
                            struct error *ret_error)
{
    char aside[PATH_BYTES_MAX];
    char initdb[PATH_BYTES_MAX];
    char path[PATH_BYTES_MAX + 32];
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    (void)snprintf(aside, sizeof aside, "%s/pg.new", files->folder);
    (void)snprintf(initdb, sizeof initdb, "%s/initdb", programs->bin);
    /* Comparison by bytes: the fastest, and no answer may depend on a locale's order. Case by UTF-8 where the
     * system has it. */
    static const char *const classes[] = {"--lc-ctype=C.UTF-8", "--lc-ctype=C"};
    enum err err = ERR_IO;
    for (size_t i = 0; i < 2 && err != ERR_OK; i++) {
        const char *argv[] = {initdb,
                              "-D",
                              aside,
                              "-k",
                              "-E",
                              "UTF8",
                              "--locale=C",
                              classes[i],
                              "-U",
                              CLUSTER_ROLE_ADMIN,
                              "-A",
                              "peer",
                              "--no-instructions",
                              NULL};
        if (remove_tree(aside) != ERR_OK) {
            return say(files, ret_error, ERR_IO, "không xoá được", "cannot remove", aside);
        }
        err = program_run(argv, output);
    }
    if (err != ERR_OK) {
        return error_set(ret_error, ERR_DATABASE,
                         files->language == LANGUAGE_VI ? "không tạo được cụm PostgreSQL: %s"
                                                        : "initdb failed: %s",
                         output);
    }
    (void)snprintf(path, sizeof path, "%s/postgresql.conf", aside);
    if (write_file(path, "include_if_exists = 'dantin.conf'\ninclude_if_exists = 'local.conf'\n") != ERR_OK ||
        rename(aside, files->cluster) != 0) {
        return say(files, ret_error, ERR_IO, "không ghi được", "cannot write", files->cluster);
    }
    return ERR_OK;
}

enum err cluster_files_prepare(struct cluster_files *files, const struct programs *programs,
                               struct error *ret_error)
{
    enum err err = choose_socket(files, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    if (write_settings(files, programs) != ERR_OK || write_access(files) != ERR_OK) {
        return say(files, ret_error, ERR_IO, "không ghi được", "cannot write", files->cluster);
    }
    return ERR_OK;
}

int cluster_files_postmaster(const struct cluster_files *files, char ret_socket[CLUSTER_SOCKET_BYTES_MAX + 1])
{
    char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX];
    int pid = read_pid_file(files, lines);
    if (pid <= 0 || !works_in(pid, files->cluster)) {
        return 0;
    }
    if (ret_socket != NULL && strlen(lines[4]) <= CLUSTER_SOCKET_BYTES_MAX) {
        memcpy(ret_socket, lines[4], strlen(lines[4]) + 1);
    }
    return pid;
}

bool cluster_files_is_stopping(const struct cluster_files *files)
{
    char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX];
    int pid = read_pid_file(files, lines);
    /* PostgreSQL pads the word. */
    return pid > 0 && works_in(pid, files->cluster) && strncmp(lines[7], "stopping", 8) == 0;
}

bool cluster_files_is_in_use(const struct cluster_files *files)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    bool is_found = false;
    if (processes == NULL) {
        return true;
    }
    while (!is_found && (entry = readdir(processes)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);
        is_found = pid > 0 && works_in(pid, files->cluster);
    }
    (void)closedir(processes);
    return is_found;
}

/* The fatal line; a PostgreSQL that got further keeps its log elsewhere, and its last line here says where. */
void cluster_files_reason(const char *log, char ret_reason[CLUSTER_REASON_BYTES_MAX])
{
    char line[CLUSTER_REASON_BYTES_MAX];
    bool is_fatal = false;
    ret_reason[0] = 0;
    FILE *file = fopen(log, "re");
    while (file != NULL && !is_fatal && fgets(line, sizeof line, file) != NULL) {
        const char *level = strstr(line, "] "); /* time [pid] level: words */
        const char *words = level != NULL ? level + 2 : line;
        is_fatal = strncmp(words, "FATAL:", 6) == 0;
        (void)snprintf(ret_reason, CLUSTER_REASON_BYTES_MAX, "%.*s", (int)strcspn(words, "\n"), words);
    }
    if (file != NULL) {
        (void)fclose(file); /* it was only read */
    }
}

void cluster_files_clear_stale(const struct cluster_files *files)
{
    char paths[2][PATH_BYTES_MAX + CLUSTER_SOCKET_BYTES_MAX];
    (void)snprintf(paths[0], sizeof paths[0], "%s/postmaster.pid", files->cluster);
    (void)snprintf(paths[1], sizeof paths[1], "%s/.s.PGSQL.%d.lock", files->socket, CLUSTER_PORT);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX];
        int pid = read_lock_file(paths[i], lines);
        if (pid > 0 && kill(pid, 0) == 0 && !cluster_files_is_in_use(files)) {
            (void)unlink(paths[i]); /* PostgreSQL says so if it is still in the way */
        }
    }
}

static enum err say(const struct cluster_files *files, struct error *ret_error, enum err err, const char *vi,
                    const char *en, const char *path)
{
    int number = errno;
    return error_set(ret_error, err, "%s %s: %s", files->language == LANGUAGE_VI ? vi : en, path,
                     strerror(number));
}

/* Written aside and renamed, so that a kill leaves the old file or the new one. */
static enum err write_file(const char *path, const char *text)
{
    char aside[PATH_BYTES_MAX + 64];
    (void)snprintf(aside, sizeof aside, "%s.new", path);
    FILE *file = fopen(aside, "we");
    if (file == NULL) {
        return ERR_IO;
    }
    bool is_written = fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    bool is_closed = fclose(file) == 0;
    return is_written && is_closed && rename(aside, path) == 0 ? ERR_OK : ERR_IO;
}

static enum err write_settings(const struct cluster_files *files, const struct programs *programs)
{
    char path[PATH_BYTES_MAX];
    char config[PATH_BYTES_MAX];
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    char text[sizeof settings_text + CLUSTER_SOCKET_BYTES_MAX * 2 + 64];
    char quoted[CLUSTER_SOCKET_BYTES_MAX * 2 + 1];
    size_t len = 0;
    /* lz4 and zstd are choices of the build; pglz is always there. */
    (void)snprintf(config, sizeof config, "%s/pg_config", programs->bin);
    const char *argv[] = {config, "--configure", NULL};
    bool is_told = program_run(argv, output) == ERR_OK;
    const char *compression = is_told && strstr(output, "--with-lz4") != NULL    ? "lz4"
                              : is_told && strstr(output, "--with-zstd") != NULL ? "zstd"
                                                                                 : "pglz";
    for (const char *at = files->socket; *at != 0; at++) {
        if (*at == '\'') {
            quoted[len++] = '\'';
        }
        quoted[len++] = *at;
    }
    quoted[len] = 0;
    (void)snprintf(text, sizeof text, settings_text, CLUSTER_PORT, quoted, compression);
    (void)snprintf(path, sizeof path, "%s/dantin.conf", files->cluster);
    return write_file(path, text);
}

/* The system user may have changed since the last start (the folder was moved), so the map is written anew.
 */
static enum err write_access(const struct cluster_files *files)
{
    char path[PATH_BYTES_MAX];
    char text[1024];
    size_t len = 0;
    const struct passwd *entry = getpwuid(geteuid());
    if (entry == NULL || strlen(entry->pw_name) > 200 || strpbrk(entry->pw_name, "\"\n") != NULL) {
        errno = EINVAL;
        return ERR_IO;
    }
    for (size_t i = 0; i < sizeof login_roles / sizeof login_roles[0]; i++) {
        int more =
            snprintf(text + len, sizeof text - len, "dantin \"%s\" %s\n", entry->pw_name, login_roles[i]);
        len += (size_t)more;
    }
    (void)snprintf(path, sizeof path, "%s/pg_ident.conf", files->cluster);
    if (write_file(path, text) != ERR_OK) {
        return ERR_IO;
    }
    (void)snprintf(path, sizeof path, "%s/pg_hba.conf", files->cluster);
    return write_file(path, hba_text);
}

/* DIR/run, or for a long path a random private folder remembered in DIR/pg/dantin.socket. */
static enum err choose_socket(struct cluster_files *files, struct error *ret_error)
{
    char path[PATH_BYTES_MAX];
    char name[2 * RANDOM_NAME_BYTES + 1];
    uint8_t noise[RANDOM_NAME_BYTES];
    (void)snprintf(path, sizeof path, "%s/run", files->folder);
    if (!own_folder(path)) {
        return say(files, ret_error, ERR_IO, "không tạo được thư mục riêng", "cannot make the private folder",
                   path);
    }
    if (fits_socket(path)) {
        memcpy(files->socket, path, strlen(path) + 1);
        return ERR_OK;
    }
    (void)snprintf(path, sizeof path, "%s/dantin.socket", files->cluster);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        char remembered[CLUSTER_SOCKET_BYTES_MAX + 2];
        bool is_read = fgets(remembered, sizeof remembered, file) != NULL;
        (void)fclose(file); /* it was only read */
        remembered[is_read ? strcspn(remembered, "\n") : 0] = 0;
        if (remembered[0] == '/' && fits_socket(remembered) && own_folder(remembered)) {
            memcpy(files->socket, remembered, strlen(remembered) + 1);
            return ERR_OK;
        }
    }
    const char *places[] = {getenv("XDG_RUNTIME_DIR"), "/run/dantin", "/tmp"};
    random_bytes(noise, sizeof noise);
    hex_encode(bytes_of(noise, sizeof noise), name);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char chosen[PATH_BYTES_MAX];
        if (places[i] == NULL || places[i][0] != '/' || strlen(places[i]) > CLUSTER_SOCKET_BYTES_MAX) {
            continue;
        }
        (void)snprintf(chosen, sizeof chosen, "%s/dantin-%s", places[i], name);
        if (fits_socket(chosen) && own_folder(chosen) && write_file(path, chosen) == ERR_OK) {
            memcpy(files->socket, chosen, strlen(chosen) + 1);
            return ERR_OK;
        }
    }
    return say(files, ret_error, ERR_IO, "không tạo được thư mục riêng", "cannot make a private folder in",
               "/tmp");
}

static bool fits_socket(const char *folder)
{
    return strlen(folder) + sizeof "/.s.PGSQL.5432" - 1 <= CLUSTER_SOCKET_BYTES_MAX;
}

/* Make the folder, or accept one that is ours and closed to others; never follows a link. */
static bool own_folder(const char *path)
{
    struct stat found;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return false;
    }
    if (lstat(path, &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != geteuid()) {
        errno = EPERM;
        return false;
    }
    return (found.st_mode & 0777) == 0700 || chmod(path, 0700) == 0;
}

/* Lines of postmaster.pid: pid, data folder, start time, port, socket folder, address, memory key, status.
 * The pid, or 0. */
static int read_pid_file(const struct cluster_files *files,
                         char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX])
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/postmaster.pid", files->cluster);
    return read_lock_file(path, lines);
}

static int read_lock_file(const char *path, char lines[PID_FILE_LINES][PROGRAM_PATH_BYTES_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    for (size_t i = 0; i < PID_FILE_LINES; i++) {
        lines[i][0] = 0;
        if (fgets(lines[i], PROGRAM_PATH_BYTES_MAX, file) != NULL) {
            lines[i][strcspn(lines[i], "\n")] = 0;
        }
    }
    (void)fclose(file); /* it was only read */
    char *end;
    long pid = strtol(lines[0], &end, 10);
    return end == lines[0] || pid <= 0 || pid > 1 << 30 ? 0 : (int)pid;
}

/* A process of PostgreSQL works in its data folder; the folder is what tells it from a stranger that got its
 * number. */
static bool works_in(long pid, const char *folder)
{
    char link[64];
    char there[PROGRAM_PATH_BYTES_MAX];
    (void)snprintf(link, sizeof link, "/proc/%ld/cwd", pid);
    ssize_t len = readlink(link, there, sizeof there);
    return len > 0 && (size_t)len == strlen(folder) && memcmp(there, folder, (size_t)len) == 0;
}

static enum err remove_tree(const char *path)
{
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    const char *argv[] = {"/bin/rm", "-rf", "--", path, NULL};
    return program_run(argv, output);
}
