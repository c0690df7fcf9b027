/* dantind device sign: certify the key of a request and enter the device in the database.
 * Root's part first (the request, the authority's key), then the privileges are dropped for the database. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/record/record_id.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/devices.h"
#include "server/config.h"
#include "server/ops/certificates.h"
#include "server/store/database.h"
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
static enum err find_sender(struct signing *signing, struct error *ret_error);
static enum err enter_device(struct signing *signing, struct error *ret_error);
static enum err journal_device(struct signing *signing, struct error *ret_error);
static enum err journal_role(struct signing *signing, struct error *ret_error);
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
        err = find_sender(signing, ret_error);
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
    if ((options->sender != NULL) == options->is_province) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "cần --sender MÃ hoặc --province" : "--sender CODE or --province is needed");
    }
    if (options->role == NULL || role_of_name(options->role) >= ROLE_LOG) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "cần --role clerk, approver, viewer, administrator hoặc auditor"
                               : "--role clerk, approver, viewer, administrator or auditor is needed");
    }
    if (!options->is_province && role_is_of_province(role_of_name(options->role))) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "vai trò %s chỉ dành cho thiết bị của tỉnh (--province)"
                               : "the role %s is the province's alone (--province)",
                         options->role);
    }
    if (options->is_exact && !options->is_province) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_EXACT, options->language));
    }
    if (options->days != NULL) {
        char *end;
        long days = strtol(options->days, &end, 10);
        if (*end != 0 || days < 1 || days > CERTIFICATE_DEVICE_DAYS) {
            return error_set(ret_error, ERR_USAGE, "--days 1..%d", CERTIFICATE_DEVICE_DAYS);
        }
        signing->days = (unsigned)days;
    }
    return ERR_OK;
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
    err = context_read(path, language, text, &len, ret_error);
    if (err == ERR_OK && signing_key_from_pem(bytes_of(text, len), &signing->authority_key) != ERR_OK) {
        err = error_set(ret_error, ERR_MALFORMED,
                        is_vi ? "%s không chứa khoá Ed25519" : "%s holds no Ed25519 key", path);
    }
    return err;
}

/* The branch by its code. Before the province's first submission no code can be checked: the id is derived
 * from it. */
static enum err find_sender(struct signing *signing, struct error *ret_error)
{
    bool is_vi = signing->options->language == LANGUAGE_VI;
    bool is_province = signing->options->is_province;
    const char *code = is_province ? signing->config.province_code : signing->options->sender;
    const char *parameters[] = {signing->config.branch_list, code};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(signing->session.connection, "queries/find_sender.sql", parameters, 2,
                                     &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    bool has_any = PQgetvalue(rows, 0, 2)[0] == 't';
    if (!PQgetisnull(rows, 0, 0)) {
        bool is_allowed = is_province || PQgetvalue(rows, 0, 1)[0] == 't';
        if (hex_decode(PQgetvalue(rows, 0, 0), signing->sender.at, ID_BYTES) != ERR_OK) {
            err = error_set(ret_error, ERR_DATABASE, "dantin.branch");
        } else if (PQntuples(rows) > 1) {
            err = error_set(ret_error, ERR_AMBIGUOUS,
                            is_vi ? "nhiều tổ chức mang mã %s" : "several branches bear code %s", code);
        } else if (!is_allowed) {
            err = error_set(ret_error, ERR_FORBIDDEN,
                            is_vi ? "tổ chức %s không nộp trực tiếp cho tỉnh" : "branch %s is not a sender",
                            code);
        }
    } else if (has_any) {
        err = error_set(ret_error, ERR_NOT_FOUND,
                        is_vi ? "không có đơn vị nộp nào mang mã %s" : "no sender has code %s", code);
    } else {
        const struct value not_stated = {.is_stated = false};
        signing->sender = record_id_derive(KIND_BRANCH, signing->config.branch_list, code, not_stated);
    }
    PQclear(rows);
    return err;
}

/* The device's id is the hash of its first key; a key that replaced it later finds its device by the present
 * hash. Nothing is journalled when nothing changes: then it is a certificate renewed. */
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
    if (!known.is_revoked && known.role == role && known.may_see_exact == options->is_exact) {
        return ERR_OK;
    }
    return journal_role(signing, ret_error); /* of a revoked one it is refused, with the reason */
}

static enum err journal_device(struct signing *signing, struct error *ret_error)
{
    Dantin__ActDevice device = DANTIN__ACT_DEVICE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    const Dantin__Act *acts[] = {&act};
    device.has_public_key = device.has_sender = device.has_is_province = device.has_may_see_exact = true;
    device.public_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, signing->public_key};
    device.sender = (ProtobufCBinaryData){ID_BYTES, signing->sender.at};
    device.role = (char *)(uintptr_t)signing->options->role; /* only read */
    device.is_province = signing->options->is_province;
    device.may_see_exact = signing->options->is_exact;
    act.device = &device;
    return acts_append(&signing->config, &signing->session, acts, 1, signing->options->language, NULL,
                       ret_error);
}

static enum err journal_role(struct signing *signing, struct error *ret_error)
{
    Dantin__ActRole role = DANTIN__ACT_ROLE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    const Dantin__Act *acts[] = {&act};
    role.has_device = role.has_may_see_exact = true;
    role.device = (ProtobufCBinaryData){HASH_BYTES, signing->device.at};
    role.role = (char *)(uintptr_t)signing->options->role; /* only read */
    role.may_see_exact = signing->options->is_exact;
    act.role = &role;
    return acts_append(&signing->config, &signing->session, acts, 1, signing->options->language, NULL,
                       ret_error);
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
    return ERR_OK;
}
