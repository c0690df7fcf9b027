/* dantind erase: a person asked to be forgotten. The decision becomes an act of the journal, which keeps the coded fields that
 * counts use; then payloads and tables lose everything else. Every proof still holds: the tree knows hashes alone. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/record/erase.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "proto/submission.pb-c.h"
#include "server/acts.h"
#include "server/commands/columns.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/replay_journal.h"
#include "server/config.h"
#include "server/erasures.h"
#include "server/erasures_issue.h"
#include "server/erasures_list.h"
#include "server/erasures_scrub.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/vault_database.h"

enum {
    ERASE_ARENA_BYTES_MAX = 64 << 20,
    ERASE_VERSIONS_MAX = 1000,
    ERASE_ATTEMPTS_MAX = 3, /* a change of the record may come between reading it and the act */
    ERASE_FIELDS_MAX = 128,
    ERASE_DECISION_BYTES_MAX = 500,
    ERASE_SENDERS_MAX = 256,
    ERASE_ACT_BYTES_MAX = 512 << 10 /* one answer to NOTICES tells it */
};

struct erasing {
    const struct options *options;
    struct config config;
    struct database_session session;
    struct vault *vault;
    struct acts_head head; /* the journal that was read */
    struct arena arena;
    const struct kind_schema *schema;
    struct id record;
    bool hides_sensitive[ERASE_FIELDS_MAX]; /* would single the person out */
    Dantin__ErasedVersion versions[ERASE_VERSIONS_MAX];
    Dantin__ErasedVersion *list[ERASE_VERSIONS_MAX];
    size_t applied_count;
    size_t count; /* with those never applied */
    ProtobufCBinaryData senders[ERASE_SENDERS_MAX];
    size_t sender_count;
};

static enum err read_arguments(struct erasing *erasing, struct error *ret_error);
static enum err erase(struct erasing *erasing, struct error *ret_error);
static enum err find_versions(struct erasing *erasing, struct error *ret_error);
static enum err on_versions(void *context, const struct store_version *versions, size_t count,
                            struct error *ret_error);
static enum err add_version(struct erasing *erasing, const struct store_version *version);
static enum err look_at_sensitive(struct erasing *erasing, const void *message, struct error *ret_error);
static enum err find_unapplied(struct erasing *erasing, struct error *ret_error);
static enum err find_holders(struct erasing *erasing, const char *const *parameters, struct error *ret_error);
static enum err add_unapplied(struct erasing *erasing, const struct pg_result *rows, int row);
static bool is_listed(const struct erasing *erasing, const struct id *version);
static enum err journal_act(struct erasing *erasing, uint64_t *ret_position, struct error *ret_error);
static enum err too_big(const struct erasing *erasing, struct error *ret_error);

enum err command_erase(const struct options *options, struct error *ret_error)
{
    struct erasing *erasing = calloc(1, sizeof *erasing);
    if (erasing == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, options->language));
    }
    erasing->options = options;
    arena_init(&erasing->arena, ERASE_ARENA_BYTES_MAX);
    enum err err = read_arguments(erasing, ret_error);
    err = err == ERR_OK ? command_config(options, &erasing->config, ret_error) : err;
    err =
        err == ERR_OK ? context_open_database(options, &erasing->config, &erasing->session, ret_error) : err;
    err = err == ERR_OK ? context_open_vault(&erasing->config, options->language, erasing->session.connection,
                                             &erasing->vault, ret_error)
                        : err;
    err = err == ERR_OK ? vault_load_keys(erasing->session.connection, erasing->vault, ret_error) : err;
    err = err == ERR_OK ? erase(erasing, ret_error) : err;
    vault_free(erasing->vault);
    context_close_database(&erasing->session);
    arena_release(&erasing->arena);
    free(erasing);
    return err;
}

/* RECORD, 32 hexadecimal digits of a member, or KIND/RECORD. */
static enum err read_arguments(struct erasing *erasing, struct error *ret_error)
{
    const struct options *options = erasing->options;
    const char *name = options->argument_count == 1 ? options->arguments[0] : "";
    const char *slash = strchr(name, '/');
    char kind[32] = "member";
    if (slash != NULL && (size_t)(slash - name) < sizeof kind) {
        (void)snprintf(kind, sizeof kind, "%.*s", (int)(slash - name), name);
        name = slash + 1;
    }
    erasing->schema = schema_of_name(kind);
    if (erasing->schema == NULL || erasing->schema->field_count > ERASE_FIELDS_MAX ||
        !schema_is_personal(erasing->schema) || hex_decode(name, erasing->record.at, ID_BYTES) != ERR_OK) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_ERASE_RECORD_NEEDED, options->language));
    }
    size_t len = options->decision == NULL ? 0 : strlen(options->decision);
    return len > 0 && len <= ERASE_DECISION_BYTES_MAX
               ? ERR_OK
               : error_set(ret_error, ERR_USAGE, "%s",
                           text_get(TEXT_ERASE_DECISION_NEEDED, options->language));
}

static enum err erase(struct erasing *erasing, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    char list[CONTEXT_PATH_BYTES_MAX];
    struct erasures_report report = {.left = 1};
    struct error unscrubbed;
    uint64_t position = 0;
    enum err err = context_conninfo(&erasing->config, &erasing->session, conninfo, ret_error);
    for (int i = 0; err == ERR_OK && report.left > 0 && i < ERASE_ATTEMPTS_MAX; i++) {
        err = find_versions(erasing, ret_error);
        err = err == ERR_OK ? find_unapplied(erasing, ret_error) : err;
        if (err == ERR_OK && erasing->count == 0) {
            err = error_set(ret_error, ERR_NOT_FOUND, "%s",
                            text_get(TEXT_ERASE_UNKNOWN, erasing->options->language));
        }
        err = err == ERR_OK ? journal_act(erasing, &position, ret_error) : err;
        err = err == ERR_OK
                  ? erasures_apply(conninfo, erasing->vault, erasing->options->language, &report, ret_error)
                  : err;
    }
    if (err == ERR_OK && report.left > 0) {
        err = error_set(ret_error, ERR_BUSY, "%s", text_get(TEXT_ERASE_BUSY, erasing->options->language));
    }
    if (err == ERR_OK && erasures_scrub(conninfo, erasing->options->language, &unscrubbed) != ERR_OK) {
        (void)printf(text_get(TEXT_ERASED_UNSCRUBBED, erasing->options->language), unscrubbed.text);
    }
    if (err == ERR_OK) {
        (void)printf(text_get(TEXT_ERASED, erasing->options->language), (unsigned long long)position,
                     erasing->applied_count, report.payloads);
        context_path(&erasing->config, ERASURES_LIST_FILE, list);
        (void)printf(text_get(TEXT_ERASED_KEEP_LIST, erasing->options->language), list);
    }
    return err;
}

/* Every version with what stays of it, oldest first: read from the journal, as whoever checks it will. */
static enum err find_versions(struct erasing *erasing, struct error *ret_error)
{
    struct replay_journal_report report;
    arena_clear(&erasing->arena);
    erasing->applied_count = 0;
    erasing->count = 0;
    enum err err = acts_head(&erasing->session, &erasing->head, ret_error);
    err = err == ERR_OK
              ? replay_journal_read(erasing->session.connection, erasing->vault, erasing->head.size,
                                    erasing->options->language, on_versions, erasing, &report, ret_error)
              : err;
    /* What singles out is told by the newest state. */
    for (size_t i = erasing->applied_count; err == ERR_OK && i-- > 0;) {
        void *message = NULL;
        const ProtobufCBinaryData *body = &erasing->versions[i].body;
        if (!erasing->versions[i].has_body) {
            continue;
        }
        if (message_unpack(erasing->schema->descriptor, bytes_of(body->data, body->len), false,
                           &erasing->arena, (void *)&message) != ERR_OK) {
            return too_big(erasing, ret_error);
        }
        err = look_at_sensitive(erasing, message, ret_error);
        break;
    }
    for (size_t i = 0; err == ERR_OK && i < erasing->applied_count; i++) {
        Dantin__ErasedVersion *version = &erasing->versions[i];
        void *message = NULL;
        struct buf packed;
        if (!version->has_body) {
            continue;
        }
        buf_init(&packed, SCHEMA_RECORD_BYTES_MAX);
        err = message_unpack(erasing->schema->descriptor, bytes_of(version->body.data, version->body.len),
                             false, &erasing->arena, (void *)&message);
        err = err == ERR_OK
                  ? record_erase(erasing->schema, &erasing->arena, message, erasing->hides_sensitive)
                  : err;
        err = err == ERR_OK ? message_pack(message, &packed) : err;
        struct bytes copy =
            err == ERR_OK ? arena_copy(&erasing->arena, buf_content(&packed)) : (struct bytes){0};
        version->body = (ProtobufCBinaryData){copy.len, (uint8_t *)(uintptr_t)copy.at};
        buf_release(&packed);
        err = copy.at == NULL ? too_big(erasing, ret_error) : ERR_OK;
    }
    return err;
}

static enum err on_versions(void *context, const struct store_version *versions, size_t count,
                            struct error *ret_error)
{
    struct erasing *erasing = context;
    for (size_t i = 0; i < count; i++) {
        if (versions[i].schema == erasing->schema && id_equal(&versions[i].record, &erasing->record) &&
            add_version(erasing, &versions[i]) != ERR_OK) {
            return too_big(erasing, ret_error);
        }
    }
    return ERR_OK;
}

static enum err add_version(struct erasing *erasing, const struct store_version *version)
{
    struct buf packed;
    if (erasing->count == ERASE_VERSIONS_MAX) {
        return ERR_TOO_BIG;
    }
    Dantin__ErasedVersion *added = &erasing->versions[erasing->count];
    dantin__erased_version__init(added);
    struct bytes name = arena_copy(&erasing->arena, bytes_of(version->version.at, ID_BYTES));
    struct bytes body = {0};
    enum err err = name.at == NULL ? ERR_TOO_BIG : ERR_OK;
    if (err == ERR_OK && !version->is_removal) {
        buf_init(&packed, SCHEMA_RECORD_BYTES_MAX);
        err = message_pack(version->message, &packed);
        body = err == ERR_OK ? arena_copy(&erasing->arena, buf_content(&packed)) : body;
        err = body.at == NULL ? ERR_TOO_BIG : err;
        buf_release(&packed);
    }
    added->has_version = true;
    added->version = (ProtobufCBinaryData){ID_BYTES, (uint8_t *)(uintptr_t)name.at};
    added->has_body = !version->is_removal;
    added->has_removal = added->removal = version->is_removal;
    added->body = (ProtobufCBinaryData){body.len, (uint8_t *)(uintptr_t)body.at};
    erasing->list[erasing->count] = added;
    erasing->count += err == ERR_OK ? 1 : 0;
    erasing->applied_count = erasing->count;
    return err;
}

/* A sensitive code that fewer current records bear than a table would show singles its bearer out. */
static enum err look_at_sensitive(struct erasing *erasing, const void *message, struct error *ret_error)
{
    const struct kind_schema *schema = erasing->schema;
    enum err err = database_run_script(erasing->session.connection, "set dantin.erasing = on", ret_error);
    for (size_t i = 0; i < schema->field_count && err == ERR_OK; i++) {
        struct value value = record_field(schema, message, i);
        struct pg_result *rows = NULL;
        char sql[160];
        if ((schema->fields[i].flags & FIELD_SENSITIVE) == 0 || !value.is_stated) {
            continue;
        }
        char *text = arena_text(&erasing->arena, value.text);
        if (text == NULL) {
            return too_big(erasing, ret_error);
        }
        const char *parameters[] = {text};
        (void)snprintf(sql, sizeof sql, "select count(*) from dantin.%s where %s = $1", schema->name,
                       schema->fields[i].name); /* names of our own schema */
        err = database_run(erasing->session.connection, sql, parameters, 1, &rows, ret_error);
        if (err == ERR_OK) {
            erasing->hides_sensitive[i] =
                strtoull(PQgetvalue(rows, 0, 0), NULL, 10) < erasing->config.small_cell_min;
        }
        PQclear(rows);
    }
    return err;
}

/* Changes of the record that were refused, in conflict or wait: they hold what was typed too. */
static enum err find_unapplied(struct erasing *erasing, struct error *ret_error)
{
    char kind[16];
    char record[ID_HEX_BYTES];
    const char *parameters[] = {erasing->schema->name, kind, record};
    struct pg_result *rows = NULL;
    (void)snprintf(kind, sizeof kind, "%d", (int)erasing->schema->kind);
    hex_encode(bytes_of(erasing->record.at, ID_BYTES), record);
    enum err err = database_run_script(erasing->session.connection, "set dantin.erasing = on", ret_error);
    err = err == ERR_OK ? database_run_file(erasing->session.connection, "queries/erasure_places.sql",
                                            parameters, 3, &rows, ret_error)
                        : err;
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        err = add_unapplied(erasing, rows, row) == ERR_OK ? ERR_OK : too_big(erasing, ret_error);
    }
    PQclear(rows);
    return err == ERR_OK ? find_holders(erasing, parameters, ret_error) : err;
}

/* Who is to be told: whoever submitted it has it. */
static enum err find_holders(struct erasing *erasing, const char *const *parameters, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(erasing->session.connection, "queries/erasure_holders.sql", parameters,
                                     3, &rows, ret_error);
    erasing->sender_count = 0;
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        uint8_t *sender = arena_alloc(&erasing->arena, ID_BYTES);
        if (sender == NULL || erasing->sender_count == ERASE_SENDERS_MAX ||
            hex_decode(PQgetvalue(rows, row, 0), sender, ID_BYTES) != ERR_OK) {
            err = too_big(erasing, ret_error);
            break;
        }
        erasing->senders[erasing->sender_count++] = (ProtobufCBinaryData){ID_BYTES, sender};
    }
    PQclear(rows);
    return err;
}

static enum err add_unapplied(struct erasing *erasing, const struct pg_result *rows, int row)
{
    struct payload payload;
    struct bytes envelope = column_bytes(&erasing->arena, rows, row, 1);
    struct bytes stored = envelope.at == NULL
                              ? (struct bytes){0}
                              : column_payload(erasing->vault, &erasing->arena, envelope, rows, row, 2);
    if (stored.at == NULL) {
        return ERR_TOO_BIG;
    }
    if (payload_decode(stored, &erasing->arena, &payload) != ERR_OK) {
        return ERR_OK; /* nobody can read it */
    }
    struct hash hash = envelope_hash(envelope);
    enum err err = ERR_OK;
    for (size_t i = 0; i < payload.change_count && err == ERR_OK; i++) {
        Dantin__Change *change = NULL;
        struct store_version version = {.version = version_name(&hash, (uint32_t)i), .is_removal = true};
        bool is_about = payload.changes[i].at != NULL &&
                        message_unpack(&dantin__change__descriptor, payload.changes[i], true, &erasing->arena,
                                       &change) == ERR_OK &&
                        change->kind == (uint32_t)erasing->schema->kind && change->record.len == ID_BYTES &&
                        memcmp(change->record.data, erasing->record.at, ID_BYTES) == 0;
        if (is_about && !is_listed(erasing, &version.version)) {
            size_t applied = erasing->applied_count;
            err = add_version(erasing, &version);
            erasing->applied_count = applied;
            if (err == ERR_OK) {
                erasing->versions[erasing->count - 1].has_removal = false; /* it did nothing */
            }
        }
    }
    return erasing->arena.is_out_of_memory ? ERR_TOO_BIG : err;
}

static bool is_listed(const struct erasing *erasing, const struct id *version)
{
    for (size_t i = 0; i < erasing->count; i++) {
        if (memcmp(erasing->versions[i].version.data, version->at, ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static enum err journal_act(struct erasing *erasing, uint64_t *ret_position, struct error *ret_error)
{
    Dantin__ActErasure erasure = DANTIN__ACT_ERASURE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    const Dantin__Act *acts[] = {&act};
    erasure.has_kind = erasure.has_record = true;
    erasure.kind = (uint32_t)erasing->schema->kind;
    erasure.record = (ProtobufCBinaryData){ID_BYTES, erasing->record.at};
    erasure.decision = (char *)(uintptr_t)erasing->options->decision; /* only read */
    erasure.n_version = erasing->count;
    erasure.version = erasing->list;
    erasure.n_sender = erasing->sender_count;
    erasure.sender = erasing->senders;
    act.erasure = &erasure;
    if (dantin__act__get_packed_size(&act) > ERASE_ACT_BYTES_MAX) {
        return too_big(erasing, ret_error);
    }
    /* Listed first: decided is decided, even when the journal is lost, or the power now. */
    enum err err = erasures_issue_list(&erasing->config, &erasing->session, &erasing->head, erasing->vault,
                                       &act, erasing->options->language, ret_error);
    return err == ERR_OK ? acts_append(&erasing->config, &erasing->session, acts, 1,
                                       erasing->options->language, ret_position, ret_error)
                         : err;
}

static enum err too_big(const struct erasing *erasing, struct error *ret_error)
{
    return error_set(ret_error, ERR_TOO_BIG, "%s", err_text(ERR_TOO_BIG, erasing->options->language));
}
