/* Rows of devices, and the acts about them. */
#include "server/commands/devices.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/crypto/sign.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/ops/certificates.h"
#include "server/store/database.h"

enum { KEY_HEX_BYTES = 2 * SIGN_PUBLIC_KEY_BYTES + 1, DAYS_TEXT_BYTES = 16 };

static bool is_key_in(const struct config *config, const char *name, enum language language,
                      const uint8_t *public_key);
static ProtobufCBinaryData field_of(const void *at, size_t len);
static enum err read_row(const PGresult *rows, struct devices_one *ret_device, struct error *ret_error);

enum err devices_find(const struct database_session *session, const char *digits, enum language language,
                      struct devices_one *ret_device, struct error *ret_error)
{
    size_t len = digits == NULL ? 0 : strlen(digits);
    struct pg_result *rows = NULL;
    if (len < DEVICES_DIGITS_MIN || len >= HASH_HEX_BYTES || strspn(digits, "0123456789abcdef") != len) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_NAME_NEEDED, language));
    }
    const char *parameters[] = {digits};
    enum err err =
        database_run_file(session->connection, "queries/device_like.sql", parameters, 1, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    if (PQntuples(rows) != 1) {
        enum text_id text = PQntuples(rows) == 0 ? TEXT_DEVICE_UNKNOWN : TEXT_DEVICE_AMBIGUOUS;
        err = error_set(ret_error, PQntuples(rows) == 0 ? ERR_NOT_FOUND : ERR_AMBIGUOUS,
                        text_get(text, language), digits);
    } else {
        err = read_row(rows, ret_device, ret_error);
    }
    PQclear(rows);
    return err;
}

enum err devices_find_key(const struct database_session *session, const struct hash *spki_hash,
                          struct devices_one *ret_device, struct error *ret_error)
{
    char digits[HASH_HEX_BYTES];
    struct pg_result *rows = NULL;
    hex_encode(bytes_of(spki_hash->at, HASH_BYTES), digits);
    const char *parameters[] = {digits};
    enum err err =
        database_run_file(session->connection, "queries/device_of_key.sql", parameters, 1, &rows, ret_error);
    if (err == ERR_OK) {
        err = PQntuples(rows) == 0 ? ERR_NOT_FOUND : read_row(rows, ret_device, ret_error);
    }
    PQclear(rows);
    return err;
}

enum err devices_check_new(const struct config *config, const struct database_session *session,
                           const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], enum language language,
                           struct error *ret_error)
{
    static const char *const own[] = {"server.crt", "ca/ca.crt"};
    char hex[KEY_HEX_BYTES];
    struct pg_result *rows = NULL;
    hex_encode(bytes_of(public_key, SIGN_PUBLIC_KEY_BYTES), hex);
    const char *parameters[] = {hex};
    enum err err =
        database_run_file(session->connection, "queries/key_known.sql", parameters, 1, &rows, ret_error);
    bool is_known = err == ERR_OK && PQgetvalue(rows, 0, 0)[0] == 't';
    PQclear(rows);
    for (size_t i = 0; i < sizeof own / sizeof own[0] && !is_known; i++) {
        is_known = is_key_in(config, own[i], language, public_key);
    }
    if (err == ERR_OK && is_known) {
        err = error_set(ret_error, ERR_EXISTS, "%s", text_get(TEXT_ENROL_KNOWN, language));
    }
    return err;
}

enum err devices_enter(const struct config *config, const struct database_session *session,
                       const struct enrolment_claim *claim, const uint8_t *signature, enum language language,
                       struct error *ret_error)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActDevice device = DANTIN__ACT_DEVICE__INIT;
    const Dantin__Act *acts[] = {&act};
    device.has_public_key = device.has_sender = device.has_is_province = device.has_may_see_exact = true;
    device.public_key = field_of(claim->public_key, sizeof claim->public_key);
    device.sender = field_of(claim->sender.at, sizeof claim->sender.at);
    device.role = (char *)(uintptr_t)claim->role; /* texts are only read */
    device.is_province = claim->is_province;
    device.may_see_exact = claim->may_see_exact;
    device.ticket_by = (char *)(uintptr_t)claim->ticket_by;
    device.approved_by = (char *)(uintptr_t)claim->approved_by;
    if (signature != NULL) {
        device.has_approval_signature = true;
        device.approval_signature = field_of(signature, SIGN_SIGNATURE_BYTES);
    }
    act.device = &device;
    return acts_append(config, session, acts, 1, language, NULL, ret_error);
}

enum err devices_set_role(const struct config *config, const struct database_session *session,
                          const struct role_change *change, const uint8_t signature[SIGN_SIGNATURE_BYTES],
                          enum language language, struct error *ret_error)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActRole role = DANTIN__ACT_ROLE__INIT;
    const Dantin__Act *acts[] = {&act};
    role.has_device = role.has_proposed_at = role.has_approval_signature = true;
    role.device = field_of(change->device.at, sizeof change->device.at);
    role.role = (char *)(uintptr_t)change->role; /* texts are only read */
    role.has_may_see_exact = change->has_exact;
    role.may_see_exact = change->may_see_exact;
    role.proposed_at = change->proposed_at;
    role.proposed_by = (char *)(uintptr_t)change->proposed_by;
    role.approved_by = (char *)(uintptr_t)change->approved_by;
    role.approval_signature = field_of(signature, SIGN_SIGNATURE_BYTES);
    act.role = &role;
    return acts_append(config, session, acts, 1, language, NULL, ret_error);
}

enum err devices_note_certificate(const struct database_session *session, const struct hash *device,
                                  unsigned days, struct error *ret_error)
{
    char hex[HASH_HEX_BYTES];
    char number[DAYS_TEXT_BYTES];
    const char *parameters[] = {hex, number};
    hex_encode(bytes_of(device->at, sizeof device->at), hex);
    (void)snprintf(number, sizeof number, "%u", days);
    return database_run_file(session->connection, "queries/device_certified.sql", parameters, 2, NULL,
                             ret_error);
}

static bool is_key_in(const struct config *config, const char *name, enum language language,
                      const uint8_t *public_key)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char text[CONTEXT_FILE_BYTES_MAX];
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    size_t len = 0;
    struct error ignored = {0}; /* a file that is not there holds no key */
    context_path(config, name, path);
    return context_read(path, language, text, &len, &ignored) == ERR_OK &&
           certificate_key(bytes_of(text, len), key) == ERR_OK && memcmp(key, public_key, sizeof key) == 0;
}

static ProtobufCBinaryData field_of(const void *at, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)at};
}

/* Columns: id and sender in hex, role, is_province, may_see_exact, is_quarantined, is_revoked. */
static enum err read_row(const PGresult *rows, struct devices_one *ret_device, struct error *ret_error)
{
    struct devices_one device = {
        .role = role_of_name(PQgetvalue(rows, 0, 2)),
        .is_province = PQgetvalue(rows, 0, 3)[0] == 't',
        .may_see_exact = PQgetvalue(rows, 0, 4)[0] == 't',
        .is_quarantined = PQgetvalue(rows, 0, 5)[0] == 't',
        .is_revoked = PQgetvalue(rows, 0, 6)[0] == 't',
    };
    if (hex_decode(PQgetvalue(rows, 0, 0), device.device.at, HASH_BYTES) != ERR_OK ||
        hex_decode(PQgetvalue(rows, 0, 1), device.sender.at, ID_BYTES) != ERR_OK ||
        device.role == ROLE_COUNT) {
        return error_set(ret_error, ERR_DATABASE, "dantin.device");
    }
    *ret_device = device;
    return ERR_OK;
}
