/* What several commands share. */
#include "server/commands/context.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/durable.h"
#include "common/base/text.h"
#include "common/crypto/seal.h"
#include "server/commands/command.h"
#include "server/config.h"
#include "server/privileges.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/vault_database.h"

static enum err read_file(const char *path, bool is_key, enum language language,
                          char ret_text[CONTEXT_FILE_BYTES_MAX], size_t *ret_len, struct error *ret_error);
static enum err resolve_folder(const struct options *options, struct config *config, struct error *ret_error);
static enum err override(const struct options *options, struct config *config, struct error *ret_error);
static enum err open_cluster(const struct options *options, const struct config *config,
                             struct cluster **ret_cluster, struct error *ret_error);

enum err command_config(const struct options *options, struct config *ret_config, struct error *ret_error)
{
    struct config config;
    struct error error = {0};
    char path[CONTEXT_PATH_BYTES_MAX];
    config_init(&config);
    enum err err = resolve_folder(options, &config, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    context_path(&config, "dantind.ini", path);
    err = config_read(&config, options->config != NULL ? options->config : path, options->language, &error);
    if (err == ERR_NOT_FOUND && options->config == NULL) {
        err = ERR_OK; /* the defaults are a whole configuration */
    }
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", error.text);
    }
    err = override(options, &config, ret_error);
    if (err == ERR_OK) {
        err = config_check(&config, options->language, ret_error);
    }
    if (err == ERR_OK) {
        *ret_config = config;
    }
    return err;
}

void context_path(const struct config *config, const char *name, char ret_path[CONTEXT_PATH_BYTES_MAX])
{
    (void)snprintf(ret_path, CONTEXT_PATH_BYTES_MAX, "%s/%s", config->data, name);
}

enum err context_read(const char *path, enum language language, char ret_text[CONTEXT_FILE_BYTES_MAX],
                      size_t *ret_len, struct error *ret_error)
{
    return read_file(path, false, language, ret_text, ret_len, ret_error);
}

enum err context_read_key(const char *path, enum language language, char ret_text[CONTEXT_FILE_BYTES_MAX],
                          size_t *ret_len, struct error *ret_error)
{
    return read_file(path, true, language, ret_text, ret_len, ret_error);
}

static enum err read_file(const char *path, bool is_key, enum language language,
                          char ret_text[CONTEXT_FILE_BYTES_MAX], size_t *ret_len, struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    struct stat status;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL) {
        return error_set(ret_error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                         is_vi ? "không mở được %s: %s" : "cannot open %s: %s", path, strerror(errno));
    }
    (void)setvbuf(file, NULL, _IONBF,
                  0); /* it may be a key: no copy of it stays behind in a buffer of stdio */
    char *text = malloc(CONTEXT_FILE_BYTES_MAX);
    size_t len = text != NULL ? fread(text, 1, CONTEXT_FILE_BYTES_MAX, file) : 0;
    bool is_read = text != NULL && ferror(file) == 0 && fstat(fileno(file), &status) == 0;
    if (file != stdin) {
        (void)fclose(file); /* it was only read */
    }
    enum err err = ERR_OK;
    if (!is_read || len == CONTEXT_FILE_BYTES_MAX) {
        err = error_set(ret_error, is_read ? ERR_TOO_BIG : ERR_IO,
                        is_vi ? "không đọc được %s" : "cannot read %s", path);
    } else if (is_key && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        err = error_set(ret_error, ERR_FORBIDDEN, text_get(TEXT_KEY_OTHERS_READ, language), path, path);
    } else {
        memcpy(ret_text, text, len);
        ret_text[len] = 0;
        *ret_len = len;
    }
    if (text != NULL) {
        seal_wipe(text, CONTEXT_FILE_BYTES_MAX);
    }
    free(text);
    return err;
}

enum err context_write(const char *path, const char *text, unsigned mode, enum language language,
                       struct error *ret_error)
{
    char aside[CONTEXT_PATH_BYTES_MAX + 8];
    (void)snprintf(aside, sizeof aside, "%s.new", path);
    (void)unlink(aside); /* left by a kill; usually not there */
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t len = strlen(text);
    bool is_written =
        fd >= 0 && write(fd, text, len) == (ssize_t)len && fchmod(fd, (mode_t)mode) == 0 && fsync(fd) == 0;
    bool is_closed = fd >= 0 && close(fd) == 0;
    if (is_written && is_closed && rename(aside, path) == 0 && durable_name(path) == ERR_OK) {
        return ERR_OK;
    }
    enum err err = error_set(ret_error, ERR_IO,
                             language == LANGUAGE_VI ? "không ghi được %s: %s" : "cannot write %s: %s", path,
                             strerror(errno));
    (void)unlink(aside); /* half a key is none */
    return err;
}

enum err context_open_database(const struct options *options, const struct config *config,
                               struct database_session *ret_session, struct error *ret_error)
{
    struct database_session session = {0};
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    enum err err = privileges_drop(config->user, config->data, options->language, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    if (config->database[0] == 0) {
        err = open_cluster(options, config, &session.cluster, ret_error);
    }
    if (err == ERR_OK) {
        err = context_conninfo(config, &session, conninfo, ret_error);
    }
    if (err == ERR_OK) {
        err = database_open(conninfo, options->language, &session.connection, ret_error);
    }
    if (err == ERR_OK) {
        err = database_run_script(session.connection, "set role " CLUSTER_ROLE_OWNER, ret_error);
    }
    if (err != ERR_OK) {
        context_close_database(&session);
        return err;
    }
    *ret_session = session;
    return ERR_OK;
}

void context_master_path(const struct config *config, char ret_path[CONTEXT_PATH_BYTES_MAX])
{
    if (config->master_key[0] != 0) {
        (void)snprintf(ret_path, CONTEXT_PATH_BYTES_MAX, "%s", config->master_key);
    } else {
        context_path(config, "master.key", ret_path);
    }
}

enum err context_open_vault(const struct config *config, enum language language, struct pg_conn *connection,
                            struct vault **ret_vault, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    context_master_path(config, path);
    return vault_prepare(connection, path, language, ret_vault, ret_error);
}

enum err context_conninfo(const struct config *config, const struct database_session *session,
                          char *ret_conninfo, struct error *ret_error)
{
    if (session->cluster != NULL) {
        cluster_conninfo(session->cluster, CLUSTER_ROLE_ADMIN, ret_conninfo);
        return ERR_OK;
    }
    enum err err = database_conninfo_as(config->database, config->database_admin, ret_conninfo,
                                        CLUSTER_CONNINFO_BYTES_MAX);
    return err == ERR_OK ? ERR_OK : error_set(ret_error, ERR_CONFIG, "database = ?");
}

void context_close_database(struct database_session *session)
{
    PQfinish(session->connection);
    cluster_close(session->cluster);
    *session = (struct database_session){0};
}

/* --data as an absolute path, made when missing. */
static enum err resolve_folder(const struct options *options, struct config *config, struct error *ret_error)
{
    bool is_vi = options->language == LANGUAGE_VI;
    char path[PATH_MAX];
    if (options->data == NULL || options->data[0] == 0) {
        return error_set(ret_error, ERR_USAGE, is_vi ? "cần --data DIR" : "--data DIR is needed");
    }
    bool is_there = mkdir(options->data, 0700) == 0 || errno == EEXIST;
    if (!is_there || realpath(options->data, path) == NULL) {
        return error_set(ret_error, ERR_IO,
                         is_vi ? "không tạo được thư mục %s: %s" : "cannot make the folder %s: %s",
                         options->data, strerror(errno));
    }
    if (strlen(path) >= sizeof config->data) {
        return error_set(ret_error, ERR_TOO_BIG, is_vi ? "đường dẫn quá dài: %s" : "the path is too long: %s",
                         options->data);
    }
    memcpy(config->data, path, strlen(path) + 1);
    return ERR_OK;
}

static enum err override(const struct options *options, struct config *config, struct error *ret_error)
{
    const struct {
        const char *key;
        const char *value;
    } given[] = {
        {"user", options->user},           {"listen", options->listen}, {"metrics", options->metrics},
        {"log_level", options->log_level}, {"names", options->names},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].value == NULL) {
            continue;
        }
        enum err err = config_set(config, given[i].key, given[i].value, options->language, ret_error);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static enum err open_cluster(const struct options *options, const struct config *config,
                             struct cluster **ret_cluster, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct migrate_report report;
    struct cluster *cluster = NULL;
    const struct cluster_config wanted = {
        .folder = config->data, .postgres_bin = config->postgres_bin, .language = options->language};
    enum err err = cluster_open(&wanted, &cluster, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    cluster_conninfo(cluster, CLUSTER_ROLE_ADMIN, conninfo);
    err = migrate_apply(conninfo, options->language, &report, ret_error);
    if (err != ERR_OK) {
        cluster_close(cluster);
        return err;
    }
    *ret_cluster = cluster;
    return ERR_OK;
}
