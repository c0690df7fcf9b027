/* Hexadecimal and decimal. */
#include "server/commands/columns.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/envelope.h"
#include "common/wire/export.h"
#include "common/wire/payload.h"
#include "server/store/vault.h"
#include "server/store/verdict_codec.h"

struct bytes column_bytes(struct arena *arena, const struct pg_result *rows, int row, int column)
{
    const char *text = PQgetvalue(rows, row, column);
    size_t len = strlen(text) < 2 ? 0 : (strlen(text) - 2) / 2; /* behind "\x" */
    uint8_t *at = arena_alloc(arena, len + 1);
    if (at == NULL || (len > 0 && hex_decode(text + 2, at, len) != ERR_OK)) {
        return bytes_of(NULL, 0);
    }
    return bytes_of(at, len);
}

enum err column_uuid(const struct pg_result *rows, int row, int column, struct id *ret_id)
{
    char digits[ID_HEX_BYTES];
    size_t len = 0;
    for (const char *at = PQgetvalue(rows, row, column); *at != 0; at++) {
        if (*at != '-') {
            if (len == sizeof digits - 1) {
                return ERR_MALFORMED;
            }
            digits[len++] = *at;
        }
    }
    digits[len] = 0;
    return hex_decode(digits, ret_id->at, ID_BYTES);
}

uint64_t column_number(const struct pg_result *rows, int row, int column)
{
    return strtoull(PQgetvalue(rows, row, column), NULL, 10);
}

struct bytes column_payload(struct vault *vault, struct arena *arena, struct bytes envelope,
                            const struct pg_result *rows, int row, int column)
{
    struct bytes sealed = column_bytes(arena, rows, row, column);
    struct hash hash = envelope_hash(envelope);
    struct vault_place place = vault_place_of_payload(&hash);
    struct bytes payload = sealed;
    enum err err = sealed.at == NULL ? ERR_OK : vault_open_copy(vault, &place, sealed, arena, &payload);
    return err == ERR_TOO_BIG ? bytes_of(NULL, 0) : payload;
}

enum err column_verdicts(struct bytes column, uint64_t change_count, struct arena *arena, struct buf *out)
{
    const struct verdict *listed = NULL;
    const uint32_t *indexes = NULL;
    size_t listed_count = 0;
    static const struct verdict applied = {.code = VERDICT_APPLIED};
    buf_clear(out);
    enum err err = verdict_decode(column, arena, &listed, &indexes, &listed_count);
    if (err != ERR_OK || change_count > PAYLOAD_CHANGES_MAX) {
        return column.len > EXPORT_VERDICT_BYTES_MAX ? ERR_OK : buf_append(out, column);
    }
    size_t next = 0;
    for (uint64_t i = 0; err == ERR_OK && i < change_count; i++) {
        bool is_listed = next < listed_count && indexes[next] == i;
        err = export_verdict_append(out, is_listed ? &listed[next] : &applied);
        next += is_listed;
    }
    return err;
}
