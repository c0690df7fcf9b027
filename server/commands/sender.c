/* Senders by their codes. */
#include "server/commands/sender.h"

#include <libpq-fe.h>
#include <string.h>

#include "common/base/text.h"
#include "common/record/record_id.h"
#include "common/wire/role.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/store/database.h"

enum err sender_check(const struct options *options, struct error *ret_error)
{
    enum language language = options->language;
    bool is_vi = language == LANGUAGE_VI;
    enum role role = role_of_name(options->role);
    if ((options->sender != NULL) == options->is_province) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "cần --sender MÃ hoặc --province" : "--sender CODE or --province is needed");
    }
    if (role >= ROLE_LOG) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "cần --role clerk, approver, viewer, administrator hoặc auditor"
                               : "--role clerk, approver, viewer, administrator or auditor is needed");
    }
    if (!options->is_province && role_is_of_province(role)) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "vai trò %s chỉ dành cho thiết bị của tỉnh (--province)"
                               : "the role %s is the province's alone (--province)",
                         options->role);
    }
    if (options->is_exact && !options->is_province) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_EXACT, language));
    }
    return ERR_OK;
}

enum err sender_find(const struct options *options, const struct config *config,
                     const struct database_session *session, struct id *ret_sender, struct error *ret_error)
{
    bool is_vi = options->language == LANGUAGE_VI;
    const char *code = options->is_province ? config->province_code : options->sender;
    const char *parameters[] = {config->branch_list, code};
    struct pg_result *rows = NULL;
    enum err err =
        database_run_file(session->connection, "queries/find_sender.sql", parameters, 2, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    bool has_any = PQgetvalue(rows, 0, 2)[0] == 't';
    if (!PQgetisnull(rows, 0, 0)) {
        bool is_allowed = options->is_province || PQgetvalue(rows, 0, 1)[0] == 't';
        err = hex_decode(PQgetvalue(rows, 0, 0), ret_sender->at, sizeof ret_sender->at);
        if (PQntuples(rows) > 1) {
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
        *ret_sender = record_id_derive(KIND_BRANCH, config->branch_list, code, not_stated);
    }
    PQclear(rows);
    return err;
}

void sender_uuid(const struct id *sender, char ret_text[SENDER_UUID_BYTES])
{
    static const uint8_t group_bytes[] = {4, 2, 2, 2, 6};
    char *out = ret_text;
    size_t from = 0;
    for (size_t i = 0; i < sizeof group_bytes; i++) {
        if (i > 0) {
            *out++ = '-';
        }
        hex_encode(bytes_of(sender->at + from, group_bytes[i]), out);
        out += 2 * group_bytes[i];
        from += group_bytes[i];
    }
}
