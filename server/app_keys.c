/* A few small files. */
#include "server/app_keys.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/random.h"
#include "common/tls/engine.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/ops/certificates.h"

#define LOOK_KEY_FILE "look.key"

/* Big enough to stay off the stack; wiped when done. */
struct pem {
    size_t len;
    char text[CONTEXT_FILE_BYTES_MAX];
};

static enum err read_pem(const struct config *config, const char *name, enum language language,
                         struct pem **ret_pem, struct error *ret_error);
static void free_pem(struct pem *pem);
static struct bytes pem_bytes(const struct pem *pem);

enum err app_keys_tls(const struct config *config, enum language language, struct tls_context **ret_tls,
                      struct error *ret_error)
{
    struct pem *certificate = NULL;
    struct pem *key = NULL;
    struct pem *authority = NULL;
    enum err err = read_pem(config, "server.crt", language, &certificate, ret_error);

    if (err == ERR_OK) {
        err = read_pem(config, "server.key", language, &key, ret_error);
    }
    if (err == ERR_OK) {
        err = read_pem(config, "ca/ca.crt", language, &authority, ret_error);
    }
    if (err == ERR_OK) {
        struct tls_config tls = {
            .is_server = true,
            .takes_strangers = true,
            .certificate_pem = pem_bytes(certificate),
            .private_key_pem = pem_bytes(key),
            .authority_pem = pem_bytes(authority),
        };

        err = tls_context_new(&tls, ret_tls, ret_error);
    }
    free_pem(certificate);
    free_pem(key);
    free_pem(authority);
    return err;
}

enum err app_keys_look(const struct config *config, enum language language, bool may_make,
                       uint8_t ret_key[STORE_LOOK_KEY_BYTES], struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    uint8_t key[STORE_LOOK_KEY_BYTES];
    char hex[2 * STORE_LOOK_KEY_BYTES + 2];
    struct pem *pem = NULL;
    enum err err = read_pem(config, LOOK_KEY_FILE, language, &pem, ret_error);
    if (err == ERR_NOT_FOUND && may_make) {
        random_bytes(key, sizeof key);
        hex_encode(bytes_of(key, sizeof key), hex);
        memcpy(hex + sizeof hex - 2, "\n", 2);
        context_path(config, LOOK_KEY_FILE, path);
        err = context_write(path, hex, 0600, language, ret_error);
    } else if (err == ERR_OK && pem != NULL) {
        pem->text[strcspn(pem->text, "\r\n")] = '\0';
        if (hex_decode(pem->text, key, sizeof key) != ERR_OK) {
            err = error_set(ret_error, ERR_CONFIG, "%s/%s: %s", config->data, LOOK_KEY_FILE,
                            err_text(ERR_MALFORMED, language));
        }
    }
    if (err == ERR_OK) {
        memcpy(ret_key, key, sizeof key);
    }
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(hex, sizeof hex);
    free_pem(pem);
    return err;
}

enum err app_keys_authority(const struct config *config, enum language language,
                            struct app_authority *ret_authority, struct error *ret_error)
{
    struct pem *certificate = NULL;
    struct pem *key = NULL;
    struct error ignored = {0}; /* a key that is not there is kept elsewhere */
    enum err err = read_pem(config, "ca/ca.crt", language, &certificate, ret_error);

    if (err != ERR_OK || certificate == NULL) {
        return err;
    }
    if (certificate->len > sizeof ret_authority->pem) {
        err = error_set(ret_error, ERR_TOO_BIG, "%s/ca/ca.crt: %s", config->data,
                        err_text(ERR_TOO_BIG, language));
    }
    enum err found = err == ERR_OK ? read_pem(config, "ca/ca.key", language, &key, &ignored) : ERR_NOT_FOUND;
    if (found == ERR_FORBIDDEN) {
        err = error_set(ret_error, found, "%s", ignored.text);
    } else if (found == ERR_OK) {
        err = signing_key_from_pem(pem_bytes(key), &ret_authority->key);
        if (err != ERR_OK) {
            err = error_set(ret_error, ERR_CONFIG, "%s/ca/ca.key: %s", config->data, err_text(err, language));
        }
    }
    if (err == ERR_OK) {
        memcpy(ret_authority->pem, certificate->text, certificate->len);
        ret_authority->pem_len = certificate->len;
    }
    free_pem(certificate);
    free_pem(key);
    return err;
}

void app_keys_authority_release(struct app_authority *authority)
{
    signing_key_free(authority->key);
    authority->key = NULL;
}

enum err app_keys_own(const struct config *config, enum language language,
                      uint8_t ret_server[SIGN_PUBLIC_KEY_BYTES], uint8_t ret_authority[SIGN_PUBLIC_KEY_BYTES],
                      struct error *ret_error)
{
    static const char *const names[] = {"server.crt", "ca/ca.crt"};
    uint8_t *keys[] = {ret_server, ret_authority};
    enum err err = ERR_OK;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && err == ERR_OK; i++) {
        struct pem *pem = NULL;

        err = read_pem(config, names[i], language, &pem, ret_error);
        if (err == ERR_OK && certificate_key(pem_bytes(pem), keys[i]) != ERR_OK) {
            err = error_set(ret_error, ERR_CONFIG, "%s/%s: %s", config->data, names[i],
                            err_text(ERR_UNSUPPORTED, language));
        }
        free_pem(pem);
    }
    return err;
}

static enum err read_pem(const struct config *config, const char *name, enum language language,
                         struct pem **ret_pem, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    struct pem *pem = calloc(1, sizeof *pem);
    enum err err = ERR_OK;

    if (pem == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    bool is_key = strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".key") == 0;
    context_path(config, name, path);
    err = is_key ? context_read_key(path, language, pem->text, &pem->len, ret_error)
                 : context_read(path, language, pem->text, &pem->len, ret_error);
    if (err != ERR_OK) {
        free_pem(pem);
        return err;
    }
    *ret_pem = pem;
    return ERR_OK;
}

static void free_pem(struct pem *pem)
{
    if (pem != NULL) {
        OPENSSL_cleanse(pem->text, sizeof pem->text);
        free(pem);
    }
}

static struct bytes pem_bytes(const struct pem *pem)
{
    return pem == NULL ? bytes_of(NULL, 0) : bytes_of(pem->text, pem->len);
}
