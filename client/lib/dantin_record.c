/* The public interface: one record by hand: shown, put, removed. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/csv_record.h"
#include "client/lib/import_hand.h"
#include "client/lib/values.h"
#include "common/base/clock.h"
#include "common/record/date.h"
#include "common/record/name.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"

enum { RECORD_ARENA_BYTES_MAX = 4 << 20 };

#define REMOVED_RULE "record.removed"
#define STILL_USED_RULE "ingest.still_used"

/* A record looked up by what people call it. */
struct lookup {
    struct dantin *dantin;
    const struct kind_schema *schema;
    struct store *store;
    struct csv_references *references;
    struct arena arena;
    struct store_record stored;
    void *message;
};

/* Looking for a record that refers to another. */
struct user_search {
    const struct kind_schema *schema;
    const struct store_record *wanted;
    struct arena arena;
    bool is_found;
    enum err err;
};

static enum err lookup_open(struct lookup *lookup, struct dantin *dantin, const char *kind, const char *key);
static void lookup_close(struct lookup *lookup);
static enum err find_key(struct lookup *lookup, const char *key);
static enum err tell_record(struct lookup *lookup,
                            bool (*on_record)(void *context, const struct dantin_record *record),
                            void *context, bool *ret_goes_on);
static enum err refuse_used(struct lookup *lookup);
static bool on_possible_user(void *context, const struct store_record *record);
static enum err put_removal(struct lookup *lookup, const char *reason);

int dantin_show(struct dantin *dantin, const char *kind, const char *key,
                bool (*on_record)(void *context, const struct dantin_record *record),
                bool (*on_value)(void *context, const struct dantin_record_value *value), void *context)
{
    struct lookup lookup;
    bool goes_on = false;
    enum err err = lookup_open(&lookup, dantin, kind, key);

    if (err == ERR_OK) {
        err = tell_record(&lookup, on_record, context, &goes_on);
        if (err == ERR_OK && goes_on) {
            struct values values = {.schema = lookup.schema,
                                    .references = lookup.references,
                                    .language = dantin->language,
                                    .arena = &lookup.arena};
            err = values_tell(&values, lookup.message, on_value, context);
        }
        err = err == ERR_OK ? err : (enum err)handle_fail(dantin, err, NULL);
    }
    lookup_close(&lookup);
    return (int)err;
}

int dantin_put(struct dantin *dantin, const char *kind, const struct dantin_assignment *assignments,
               size_t assignment_count, const char *reason, struct dantin_put_result *ret_result)
{
    struct import_hand_value values[IMPORT_HAND_VALUES_MAX];
    struct import_options options = {
        .language = dantin->language, .today = date_of_moment(clock_now_ms()), .kind = kind};
    struct import_hand_result result = {0};
    struct error error = {0};
    struct store *store = NULL;

    if (assignment_count > IMPORT_HAND_VALUES_MAX) {
        return handle_fail(dantin, ERR_TOO_BIG, NULL);
    }
    for (size_t i = 0; i < assignment_count; i++) {
        values[i] = (struct import_hand_value){assignments[i].name, assignments[i].value};
    }
    enum err err = handle_store_open(dantin, &store);

    if (err != ERR_OK) {
        return (int)err;
    }
    err = import_by_hand(store, &options, values, assignment_count, reason, &result, &error);
    store_close(store);
    if (err != ERR_OK) {
        return handle_fail_error(dantin, err, &error);
    }
    hex_encode(bytes_of(result.record.at, ID_BYTES), ret_result->id);
    ret_result->is_new = result.is_new;
    ret_result->is_changed = result.is_changed;
    ret_result->is_warned = result.is_warned;
    return 0;
}

int dantin_remove(struct dantin *dantin, const char *kind, const char *key, const char *reason)
{
    struct lookup lookup;
    enum err err = lookup_open(&lookup, dantin, kind, key);

    if (err == ERR_OK && reason[strspn(reason, " \t\r\n")] == '\0') {
        err = (enum err)handle_fail(dantin, ERR_USAGE, "%s", handle_text(dantin, TEXT_HAND_REASON_WANTED));
    } else if (err == ERR_OK && lookup.stored.origin == RECORD_REFERENCE) {
        err = (enum err)handle_fail(dantin, ERR_RULE, "%s", handle_text(dantin, TEXT_HAND_PROVINCES));
    } else if (err == ERR_OK) {
        err = refuse_used(&lookup);
    }
    if (err == ERR_OK) {
        err = put_removal(&lookup, reason);
        err = err == ERR_OK ? err : (enum err)handle_fail(dantin, err, NULL);
    }
    lookup_close(&lookup);
    return (int)err;
}

/* ---- looking up ---- */

/* lookup_close is right whatever comes of it; a failure is recorded. */
static enum err lookup_open(struct lookup *lookup, struct dantin *dantin, const char *kind, const char *key)
{
    *lookup = (struct lookup){.dantin = dantin, .schema = schema_of_name(kind)};
    arena_init(&lookup->arena, RECORD_ARENA_BYTES_MAX);
    if (lookup->schema == NULL) {
        return (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_IMPORT_NO_KIND), kind);
    }
    enum err err = handle_store_open(dantin, &lookup->store);

    if (err != ERR_OK) {
        return err;
    }
    err = csv_references_new(lookup->store, &lookup->references);
    return err == ERR_OK ? find_key(lookup, key) : (enum err)handle_fail(dantin, err, NULL);
}

static void lookup_close(struct lookup *lookup)
{
    csv_references_free(lookup->references);
    if (lookup->store != NULL) {
        store_close(lookup->store);
    }
    arena_release(&lookup->arena);
}

static enum err find_key(struct lookup *lookup, const char *key)
{
    struct dantin *dantin = lookup->dantin;
    const char *label = dantin->language == LANGUAGE_VI ? lookup->schema->label_vi : lookup->schema->label_en;
    struct bytes typed = {0};
    struct id record;
    enum err err = name_normalise(bytes_of_text(key), &lookup->arena, &typed);

    if (err == ERR_OK) {
        err = csv_references_find(lookup->references, lookup->schema->kind, typed, &record);
    }
    if (err == ERR_NOT_FOUND || err == ERR_ENCODING || err == ERR_TOO_BIG) {
        return (enum err)handle_fail(dantin, ERR_NOT_FOUND, handle_text(dantin, TEXT_HAND_UNKNOWN), label,
                                     key);
    }
    if (err == ERR_AMBIGUOUS) {
        return (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_HAND_AMBIGUOUS), label, key);
    }
    if (err == ERR_OK) {
        err = store_record_get(lookup->store, lookup->schema->kind, &record, &lookup->arena, &lookup->stored);
    }
    if (err == ERR_OK) {
        err = message_unpack(lookup->schema->descriptor, lookup->stored.body, true, &lookup->arena,
                             &lookup->message);
    }
    return err == ERR_OK ? err : (enum err)handle_fail(dantin, err, NULL);
}

/* ---- telling ---- */

static enum err tell_record(struct lookup *lookup,
                            bool (*on_record)(void *context, const struct dantin_record *record),
                            void *context, bool *ret_goes_on)
{
    const struct kind_schema *schema = lookup->schema;
    bool is_vi = lookup->dantin->language == LANGUAGE_VI;
    char id[ID_HEX_BYTES];
    struct bytes label = {0};
    enum err err = csv_references_label(lookup->references, schema->kind, &lookup->stored.record,
                                        lookup->dantin->language, &lookup->arena, &label);
    const char *key = err == ERR_OK ? arena_text(&lookup->arena, label) : NULL;

    if (err != ERR_OK || key == NULL) {
        return err == ERR_OK ? ERR_TOO_BIG : err;
    }
    hex_encode(bytes_of(lookup->stored.record.at, ID_BYTES), id);
    struct dantin_record record = {.id = id,
                                   .key = key,
                                   .kind = schema->name,
                                   .kind_label = is_vi ? schema->label_vi : schema->label_en,
                                   .is_reference = lookup->stored.origin == RECORD_REFERENCE,
                                   .has_open_change = lookup->stored.has_open_change,
                                   .is_refused = lookup->stored.refusal != VERDICT_APPLIED};

    *ret_goes_on = on_record(context, &record);
    return ERR_OK;
}

/* ---- removing ---- */

/* As the province would say it: what others refer to stays. */
static enum err refuse_used(struct lookup *lookup)
{
    struct user_search search = {.wanted = &lookup->stored};
    const struct rule_info *rule = rules_find(STILL_USED_RULE);
    struct dantin *dantin = lookup->dantin;
    enum err err = ERR_OK;

    arena_init(&search.arena, RECORD_ARENA_BYTES_MAX);
    for (uint32_t kind = 1; err == ERR_OK && !search.is_found && kind <= KIND_MAX; kind++) {
        search.schema = schema_of(kind);
        if (schema_refers_to(search.schema, lookup->schema)) {
            err = store_record_each(lookup->store, kind, on_possible_user, &search);
            err = err == ERR_OK ? search.err : err;
        }
    }
    arena_release(&search.arena);
    if (err != ERR_OK) {
        return (enum err)handle_fail(dantin, err, NULL);
    }
    if (search.is_found && rule != NULL) {
        return (enum err)handle_fail(dantin, ERR_RULE, "%s",
                                     dantin->language == LANGUAGE_VI ? rule->text_vi : rule->text_en);
    }
    return ERR_OK;
}

static bool on_possible_user(void *context, const struct store_record *record)
{
    struct user_search *search = context;
    const struct record_reference *references = NULL;
    size_t count = 0;
    void *message = NULL;
    bool is_itself =
        record->kind == search->wanted->kind && id_equal(&record->record, &search->wanted->record);

    if (record->body.at == NULL || is_itself) {
        return true;
    }
    arena_clear(&search->arena);
    search->err = message_unpack(search->schema->descriptor, record->body, true, &search->arena, &message);
    if (search->err == ERR_OK) {
        search->err = record_references(search->schema, message, &search->arena, &references, &count);
    }
    for (size_t i = 0; search->err == ERR_OK && i < count; i++) {
        search->is_found |= references[i].kind == search->wanted->kind &&
                            id_equal(&references[i].record, &search->wanted->record);
    }
    return search->err == ERR_OK && !search->is_found;
}

static enum err put_removal(struct lookup *lookup, const char *reason)
{
    const char *rule = REMOVED_RULE;
    struct store_put put = {.kind = lookup->schema->kind,
                            .record = lookup->stored.record,
                            .reason_rules = &rule,
                            .reason_texts = &reason,
                            .reason_count = 1,
                            .origin = RECORD_OWN};
    enum err err = store_begin(lookup->store);

    if (err == ERR_OK) {
        err = store_record_put(lookup->store, &put);
    }
    if (err == ERR_OK) {
        err = store_commit(lookup->store);
    }
    store_rollback(lookup->store);
    return err;
}
