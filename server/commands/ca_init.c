/* dantind ca init: the authority (DIR/ca), the server's key and certificate, and the key that signs receipts.
 * What exists stays; only --names makes the server's certificate anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/crypto/seal.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/ops/certificates.h"
#include "server/privileges.h"

enum { KEY_MODE = 0600, CERTIFICATE_MODE = 0644, AUTHORITY_FOLDER_MODE = 0755, HOST_NAME_BYTES_MAX = 256 };

struct making {
    const struct options *options;
    struct config config;
    struct signing_key *authority_key;
    char authority_pem[CONTEXT_FILE_BYTES_MAX];
    size_t authority_len;
};

static enum err ensure_key(const struct making *making, const char *name, struct signing_key **ret_key,
                           struct error *ret_error);
static enum err ensure_authority(struct making *making, struct error *ret_error);
static enum err ensure_server(const struct making *making, struct error *ret_error);
static void default_names(char *out, size_t capacity);
static bool exists(const char *path);

enum err command_ca_init(const struct options *options, struct error *ret_error)
{
    struct config config;
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = ca_init_make(options, &config, ret_error);
    }
    if (err == ERR_OK) {
        /* As root this gives the new files to the user the server runs as. */
        err = privileges_drop(config.user, config.data, options->language, ret_error);
    }
    return err;
}

enum err ca_init_make(const struct options *options, const struct config *config, struct error *ret_error)
{
    struct signing_key *receipt_key = NULL;
    struct making *making = calloc(1, sizeof *making);
    if (making == NULL) {
        return ERR_NO_MEMORY;
    }
    making->options = options;
    (void)umask(077); /* cannot fail */
    making->config = *config;
    enum err err = ensure_authority(making, ret_error);
    if (err == ERR_OK) {
        err = ensure_server(making, ret_error);
    }
    if (err == ERR_OK) {
        err = ensure_key(making, "receipt.key", &receipt_key, ret_error);
    }
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_AUTHORITY_READY, options->language), making->config.data);
    }
    signing_key_free(receipt_key);
    signing_key_free(making->authority_key);
    free(making);
    return err;
}

/* The key in DIR/name, made when it is missing. */
static enum err ensure_key(const struct making *making, const char *name, struct signing_key **ret_key,
                           struct error *ret_error)
{
    enum language language = making->options->language;
    char path[CONTEXT_PATH_BYTES_MAX];
    char pem[CONTEXT_FILE_BYTES_MAX] = "";
    size_t len;
    struct signing_key *key = NULL;
    context_path(&making->config, name, path);
    if (exists(path)) {
        enum err err = context_read(path, language, pem, &len, ret_error);
        if (err == ERR_OK && signing_key_from_pem(bytes_of(pem, len), ret_key) != ERR_OK) {
            err = error_set(
                ret_error, ERR_MALFORMED,
                language == LANGUAGE_VI ? "%s không chứa khoá Ed25519" : "%s holds no Ed25519 key", path);
        }
        seal_wipe(pem, sizeof pem);
        return err;
    }
    enum err err = signing_key_generate(&key);
    if (err == ERR_OK) {
        err = signing_key_to_pem(key, pem);
    }
    if (err == ERR_OK) {
        err = context_write(path, pem, KEY_MODE, language, ret_error);
    }
    seal_wipe(pem, sizeof pem);
    if (err != ERR_OK) {
        signing_key_free(key);
        return err;
    }
    *ret_key = key;
    return ERR_OK;
}

static enum err ensure_authority(struct making *making, struct error *ret_error)
{
    enum language language = making->options->language;
    char path[CONTEXT_PATH_BYTES_MAX];
    char pem[CERTIFICATE_PEM_BYTES_MAX];
    context_path(&making->config, "ca", path);
    if ((mkdir(path, AUTHORITY_FOLDER_MODE) != 0 && errno != EEXIST) ||
        chmod(path, AUTHORITY_FOLDER_MODE) != 0) {
        return error_set(ret_error, ERR_IO,
                         language == LANGUAGE_VI ? "không tạo được %s: %s" : "cannot make %s: %s", path,
                         strerror(errno));
    }
    enum err err = ensure_key(making, "ca/ca.key", &making->authority_key, ret_error);
    context_path(&making->config, "ca/ca.crt", path);
    if (err == ERR_OK && !exists(path)) {
        err = certificate_authority(making->authority_key, "dantin", pem);
        if (err == ERR_OK) {
            err = context_write(path, pem, CERTIFICATE_MODE, language, ret_error);
        }
    }
    if (err == ERR_OK) {
        err = context_read(path, language, making->authority_pem, &making->authority_len, ret_error);
    }
    return err;
}

static enum err ensure_server(const struct making *making, struct error *ret_error)
{
    enum language language = making->options->language;
    char path[CONTEXT_PATH_BYTES_MAX];
    char pem[CERTIFICATE_PEM_BYTES_MAX];
    char names[CONFIG_TEXT_BYTES_MAX];
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct signing_key *key = NULL;
    enum err err = ensure_key(making, "server.key", &key, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    context_path(&making->config, "server.crt", path);
    if (!exists(path) || making->options->names != NULL) {
        memcpy(names, making->config.names, sizeof names);
        if (names[0] == 0) {
            default_names(names, sizeof names);
        }
        signing_key_public(key, public_key);
        err = certificate_for_server(making->authority_key,
                                     bytes_of(making->authority_pem, making->authority_len), public_key,
                                     names, pem);
        if (err == ERR_OK) {
            err = context_write(path, pem, CERTIFICATE_MODE, language, ret_error);
        } else {
            err = error_set(ret_error, err,
                            language == LANGUAGE_VI ? "không cấp được chứng thư máy chủ cho \"%s\""
                                                    : "the server's certificate for \"%s\" cannot be made",
                            names);
        }
    }
    signing_key_free(key);
    return err;
}

static void default_names(char *out, size_t capacity)
{
    char host[HOST_NAME_BYTES_MAX] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == 0 || strcmp(host, "localhost") == 0) {
        (void)snprintf(out, capacity, "localhost,127.0.0.1");
        return;
    }
    (void)snprintf(out, capacity, "localhost,127.0.0.1,%s", host);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}
