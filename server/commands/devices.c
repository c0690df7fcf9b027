#include "server/commands/devices.h"

#include <libpq-fe.h>
#include <string.h>

#include "common/base/text.h"
#include "server/commands/context.h"
#include "server/store/database.h"

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
