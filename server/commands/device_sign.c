/* dantind device sign: certify the key of a request and enter the device in the database.
 * Root's part first (the request, the authority's key), then the privileges are dropped for the database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/text.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/devices.h"
#include "server/commands/sender.h"
#include "server/config.h"
#include "server/ops/certificates.h"
#include "server/store/store.h"

struct signing {
    const struct options *options;
    struct config config;
    unsigned days;
    struct signing_key *authority_key;
    struct database_session session;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct hash device;
    struct id sender;
    char pem[CERTIFICATE_PEM_BYTES_MAX];
    char authority_pem[CONTEXT_FILE_BYTES_MAX];
    size_t authority_len;
};

static enum err check_options(struct signing *signing, struct error *ret_error);
static enum err read_files(struct signing *signing, struct error *ret_error);
static enum err enter_device(struct signing *signing, struct error *ret_error);
static enum err journal_device(struct signing *signing, struct error *ret_error);
static enum err certify(struct signing *signing, struct error *ret_error);

enum err command_device_sign(const struct options *options, struct error *ret_error)
{
    struct signing *signing = calloc(1, sizeof *signing);
    if (signing == NULL) {
        return ERR_NO_MEMORY;
    }
    signing->options = options;
    enum err err = check_options(signing, ret_error);
    if (err == ERR_OK) {
        err = command_config(options, &signing->config, ret_error);
    }
    if (err == ERR_OK) {
        err = read_files(signing, ret_error);
    }
    if (err == ERR_OK) {
        err = context_open_database(options, &signing->config, &signing->session, ret_error);
    }
    if (err == ERR_OK) {
        err = sender_find(options, &signing->config, &signing->session, &signing->sender, ret_error);
    }
    if (err == ERR_OK) {
        err = enter_device(signing, ret_error);
    }
    if (err == ERR_OK) {
        err = certify(signing, ret_error);
    }
    if (err == ERR_OK && (fputs(signing->pem, stdout) < 0 || fflush(stdout) != 0)) {
        err = error_set(ret_error, ERR_IO, "stdout");
    }
    context_close_database(&signing->session);
    signing_key_free(signing->authority_key);
    free(signing);
    return err;
}

static enum err check_options(struct signing *signing, struct error *ret_error)
{
    const struct options *options = signing->options;
    bool is_vi = options->language == LANGUAGE_VI;
    signing->days = CERTIFICATE_DEVICE_DAYS;
    if (options->argument_count != 1) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "cần đúng một tệp yêu cầu (CSR)" : "exactly one request (CSR) is needed");
    }
    if (options->days != NULL) {
        char *end;
        long days = strtol(options->days, &end, 10);
        if (*end != 0 || days < 1 || days > CERTIFICATE_DEVICE_DAYS) {
            return error_set(ret_error, ERR_USAGE, "--days 1..%d", CERTIFICATE_DEVICE_DAYS);
        }
        signing->days = (unsigned)days;
    }
    return sender_check(options, ret_error);
}

static enum err read_files(struct signing *signing, struct error *ret_error)
{
    enum language language = signing->options->language;
    bool is_vi = language == LANGUAGE_VI;
    char path[CONTEXT_PATH_BYTES_MAX];
    char text[CONTEXT_FILE_BYTES_MAX];
    size_t len;
    enum err err = context_read(signing->options->arguments[0], language, text, &len, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    err = certificate_request_key(bytes_of(text, len), signing->public_key);
    if (err != ERR_OK) {
        return error_set(ret_error, err,
                         is_vi ? "%s không phải yêu cầu chứng thư Ed25519 tự ký đúng (%s)"
                               : "%s is no properly self-signed Ed25519 certificate request (%s)",
                         signing->options->arguments[0], err_text(err, language));
    }
    context_path(&signing->config, "ca/ca.crt", path);
    err = context_read(path, language, signing->authority_pem, &signing->authority_len, ret_error);
    if (err != ERR_OK) {
        return error_set(
            ret_error, err,
            is_vi ? "chưa có %s; hãy chạy dantind ca init" : "there is no %s; run dantind ca init", path);
    }
    context_path(&signing->config, "ca/ca.key", path);
    err = context_read_key(path, language, text, &len, ret_error);
    if (err == ERR_OK && signing_key_from_pem(bytes_of(text, len), &signing->authority_key) != ERR_OK) {
        err = error_set(ret_error, ERR_MALFORMED,
                        is_vi ? "%s không chứa khoá Ed25519" : "%s holds no Ed25519 key", path);
    }
    OPENSSL_cleanse(text, sizeof text);
    return err;
}

/* The device's id is the hash of its first key; a key that replaced it later finds its device by the present
 * hash: then it is a certificate renewed, and nothing is journalled. Another role takes two operators (device role). */
static enum err enter_device(struct signing *signing, struct error *ret_error)
{
    const struct options *options = signing->options;
    enum role role = role_of_name(options->role);
    struct hash spki_hash = sign_spki_hash(signing->public_key);
    struct devices_one known = {.device = spki_hash};
    enum err err = devices_find_key(&signing->session, &spki_hash, &known, ret_error);
    signing->device = known.device;
    if (err == ERR_NOT_FOUND) {
        return journal_device(signing, ret_error);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (!id_equal(&known.sender, &signing->sender) || known.is_province != options->is_province) {
        return error_set(ret_error, ERR_EXISTS, "%s", text_get(TEXT_DEVICE_OTHER_SENDER, options->language));
    }
    if (known.is_revoked) {
        return error_set(ret_error, ERR_FORBIDDEN, "%s", text_get(TEXT_DEVICE_IS_REVOKED, options->language));
    }
    return known.role == role && known.may_see_exact == options->is_exact
               ? ERR_OK
               : error_set(ret_error, ERR_EXISTS, "%s", text_get(TEXT_DEVICE_OTHER_ROLE, options->language));
}

static enum err journal_device(struct signing *signing, struct error *ret_error)
{
    const struct options *options = signing->options;
    struct enrolment_claim claim = {.sender = signing->sender,
                                    .is_province = options->is_province,
                                    .may_see_exact = options->is_exact,
                                    .role = options->role};
    memcpy(claim.public_key, signing->public_key, sizeof claim.public_key);
    enum err err = devices_check_new(&signing->config, &signing->session, signing->public_key,
                                     options->language, ret_error);
    return err == ERR_OK ? devices_enter(&signing->config, &signing->session, &claim, NULL, options->language,
                                         ret_error)
                         : err;
}

static enum err certify(struct signing *signing, struct error *ret_error)
{
    char digits[HASH_HEX_BYTES];
    enum err err = certificate_for_device(signing->authority_key,
                                          bytes_of(signing->authority_pem, signing->authority_len),
                                          signing->public_key, &signing->device, signing->days, signing->pem);
    if (err != ERR_OK) {
        return error_set(ret_error, err,
                         signing->options->language == LANGUAGE_VI ? "không cấp được chứng thư (%s)"
                                                                   : "the certificate cannot be made (%s)",
                         err_text(err, signing->options->language));
    }
    hex_encode(bytes_of(signing->device.at, HASH_BYTES), digits);
    (void)fprintf(stderr, text_get(TEXT_DEVICE_SIGNED, signing->options->language), digits);
    return devices_note_certificate(&signing->session, &signing->device, signing->days, ret_error);
}
