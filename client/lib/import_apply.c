/* One row against the store: which record it means, what it makes of it, whether the rules allow it.
 *
 *   read ─► find ─► merge, derive ─► unchanged? ─► numbers used? ─► rules ─► put
 *     └── faults anywhere: the row goes to the error file; failing the store fails the import */
#include <stdio.h>
#include <string.h>

#include "client/lib/import_job.h"
#include "client/lib/store_erase.h"
#include "common/base/check.h"
#include "common/record/match.h"
#include "common/record/record_id.h"
#include "common/rules/derive.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"

enum { FOUND_IDS_MAX = 8, SENTENCE_BYTES_MAX = 1024 };

/* What the store holds of the record a row means. */
struct found {
    bool is_known; /* the store has it, perhaps removed */
    struct id record;
    struct store_record stored;
    void *message;                /* unpacked; NULL: new or removed */
    bool is_free[MATCH_KEYS_MAX]; /* this key was looked for and nobody bears it */
};

static enum err find_record(struct import_job *job, const struct import_row *row, struct found *found);
static enum err find_by_id(struct import_job *job, const struct id *record, struct found *found);
static enum err find_by_key(struct import_job *job, const void *message, size_t key_index,
                            struct found *found);
static enum err is_meant(struct import_job *job, const void *message, size_t key_index,
                         const struct found *candidate, bool *ret_is_meant);
static unsigned likelihood_of(const struct import_job *job, const void *message, size_t key_index,
                              const struct found *candidate);
static enum err apply_found(struct import_job *job, const struct csv_row *row, const struct import_row *read,
                            const struct found *found);
static void fault_of_rule(struct import_job *job, const struct rule_info *rule, const char *field,
                          bool wants_reason);
static void refuse_contradictions(struct import_job *job, const void *stated, const void *message);
static enum err refuse_used_numbers(struct import_job *job, const void *message, const struct found *found);
static enum err is_borne_by_another(struct import_job *job, size_t key_index, struct bytes key,
                                    const struct id *record, bool *ret_is_borne);
static void refuse_cut_cell(struct import_job *job, const struct csv_row *row);
static enum err find_reference(void *context, enum record_kind kind, struct bytes typed,
                               struct id *ret_record);
static const char *label_of(const struct import_job *job, const char *name);
static enum err refuse_erased(struct import_job *job, const void *message);
static bool is_single(const struct match_key *key);
static size_t identity_key(const struct kind_schema *schema);

enum err import_job_apply(struct import_job *job, const struct csv_row *row)
{
    struct import_row_reader reader = {&job->columns, job->options->language, find_reference, job};
    struct import_row read = {0};
    struct found found = {0};
    enum err err;

    arena_clear(&job->arena);
    import_faults_clear(&job->faults);
    if (row->is_cut) {
        refuse_cut_cell(job, row);
    }
    err = import_row_read(&reader, row, &job->arena, &job->faults, &read);
    if (err == ERR_OK && read.is_reference_unknown && job->may_defer) {
        return import_job_defer(job, row);
    }
    if (err == ERR_OK) {
        err = find_record(job, &read, &found);
    }
    if (err == ERR_OK && job->faults.count == 0) {
        err = apply_found(job, row, &read, &found);
    } else if (err == ERR_OK && found.is_known && import_job_seen(job, &found.record) == 0) {
        err = import_job_see(job, &found.record, row->number);
    }
    if (err == ERR_TOO_BIG) { /* one absurdly big row is that row's fault */
        import_fault(&job->faults, "", TEXT_IMPORT_ROW_TOO_BIG, bytes_of(NULL, 0));
        err = ERR_OK;
    }
    if (err != ERR_OK || job->faults.count == 0) {
        return err;
    }
    job->result.failed++;
    if (job->mode != IMPORT_OF_FILE) {
        struct bytes text = buf_content(&job->faults.text);
        bool is_by_hand = job->mode == IMPORT_BY_HAND;

        return error_set(job->error, is_by_hand ? ERR_RULE : ERR_INTERNAL,
                         is_by_hand ? text_get(TEXT_HAND_REFUSED, job->options->language) : "%.*s",
                         (int)text.len, (const char *)text.at);
    }
    return import_errors_add(&job->errors, &job->columns, &job->header.row, row,
                             buf_content(&job->faults.text));
}

enum err import_job_put(struct import_job *job, const struct id *record, const void *message, bool is_new,
                        struct bytes reason)
{
    const struct kind_schema *schema = job->columns.schema;
    struct rule_context context = {schema, message, job->options->today};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    const char *rules[RULE_FINDINGS_MAX];
    const char *texts[RULE_FINDINGS_MAX];
    const char *reason_text = arena_text(&job->arena, reason);
    size_t finding_count = rules_check(&context, findings);
    size_t warning_count = 0;

    if (reason_text == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < finding_count; i++) {
        const struct rule_info *rule = findings[i].rule;
        bool wants_reason = findings[i].severity == RULE_WARNING;

        if (findings[i].severity == RULE_WARNING) {
            rules[warning_count] = rule->id;
            texts[warning_count++] = reason_text;
            if (job->options->is_first_load || reason.len > 0) {
                continue;
            }
        }
        fault_of_rule(job, rule, findings[i].field, wants_reason);
    }
    if (job->faults.count > 0) {
        return ERR_OK;
    }
    struct store_put put = {.kind = schema->kind,
                            .record = *record,
                            .message = message,
                            .is_first_load = job->options->is_first_load,
                            .reason_rules = rules,
                            .reason_texts = texts,
                            .reason_count = reason.len > 0 ? warning_count : 0,
                            .origin = job->origin};
    enum err err = store_record_put(job->store, &put);

    if (err != ERR_OK) {
        return err;
    }
    job->result.warned += warning_count > 0;
    job->result.new_records += is_new;
    job->result.changed += !is_new;
    return csv_references_add(job->references, schema->kind, record, message);
}

static enum err apply_found(struct import_job *job, const struct csv_row *row, const struct import_row *read,
                            const struct found *found)
{
    if (job->columns.added_list >= 0 && found->message == NULL &&
        (job->columns.record_id >= 0 || !job->columns.is_complete)) {
        import_fault(&job->faults, "", TEXT_IMPORT_RECORD_UNKNOWN, bytes_of(NULL, 0));
        return ERR_OK;
    }
    void *message = NULL;
    struct id record = found->record;
    struct buf packed;
    bool is_equal = false;
    uint64_t seen = found->is_known || !id_is_none(&record) ? import_job_seen(job, &record) : 0;
    enum err err = import_row_merge(&job->columns, found->message, read->message, &job->arena, &message);

    buf_init(&packed, SCHEMA_RECORD_BYTES_MAX);
    if (err == ERR_OK) {
        err = record_derive(job->columns.schema, message, &job->arena);
    }
    if (err == ERR_OK) {
        err = message_pack(message, &packed);
    }
    if (err == ERR_OK) {
        is_equal = found->message != NULL && bytes_equal(buf_content(&packed), found->stored.body);
    }
    buf_release(&packed);
    if (err != ERR_OK) {
        return err;
    }
    bool is_mending = job->columns.error >= 0 || job->mode == IMPORT_BY_HAND;
    if (job->origin == RECORD_REFERENCE && found->is_known && found->stored.origin == RECORD_OWN) {
        job->result.unchanged++;
        return ERR_OK;
    }
    bool mends = found->is_known && found->stored.refusal != VERDICT_APPLIED && is_mending;
    bool becomes_own = found->is_known && found->stored.origin == RECORD_REFERENCE &&
                       job->origin == RECORD_OWN && job->mode == IMPORT_REFERENCE;

    job->record = record;
    if (seen == 0 && !id_is_none(&record)) {
        err = import_job_see(job, &record, row->number);
    }
    if (err != ERR_OK || (is_equal && !mends && !becomes_own)) {
        job->result.unchanged += err == ERR_OK;
        return err;
    }
    if (seen > 0 && job->columns.added_list < 0) {
        char number[32];

        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)seen); /* fits */
        import_fault(&job->faults, "", TEXT_IMPORT_ROW_TWICE, bytes_of_text(number));
        return ERR_OK;
    }
    if (job->columns.added_list < 0) { /* else the row's values only say which record is meant */
        refuse_contradictions(job, read->message, message);
    }
    err = refuse_used_numbers(job, message, found);
    if (err == ERR_OK && !found->is_known && read->reason.len == 0) {
        err = refuse_erased(job, message);
    }
    if (err == ERR_OK && id_is_none(&record)) {
        err = store_draw_id(job->store, &record);
        if (err == ERR_OK) {
            err = import_job_see(job, &record, row->number);
        }
        job->record = record;
    }
    return err == ERR_OK ? import_job_put(job, &record, message, !found->is_known, read->reason) : err;
}

/* An old sheet does not bring back whom the province forgot; who joins anew comes with a typed reason. */
static enum err refuse_erased(struct import_job *job, const void *message)
{
    const struct kind_schema *schema = job->columns.schema;
    bool is_erased = false;
    enum err err = ERR_OK;

    for (size_t i = 0;
         err == ERR_OK && !is_erased && i < MATCH_KEYS_MAX && schema->match_keys[i].fields[0] != NULL; i++) {
        struct bytes key = {0};

        err = match_key_of(schema, message, i, &job->arena, &key);
        if (err == ERR_OK && key.at != NULL) {
            err = store_is_key_erased(job->store, schema->kind, i, key, &is_erased);
        }
    }
    if (err == ERR_OK && is_erased) {
        import_fault(&job->faults, "", TEXT_IMPORT_ERASED, bytes_of(NULL, 0));
    }
    return err;
}

/* The record-id column, else the id its official code gives, else the match keys in order. */
static enum err find_record(struct import_job *job, const struct import_row *row, struct found *found)
{
    const struct kind_schema *schema = job->columns.schema;
    struct id derived = {0};
    bool is_derived = record_id_derived(schema, row->message, &derived);

    if (row->has_id && is_derived && !id_equal(&row->id, &derived)) {
        import_fault(&job->faults, text_get(TEXT_COLUMN_RECORD_ID, job->options->language),
                     TEXT_IMPORT_ID_DIFFERS, bytes_of(NULL, 0));
        return ERR_OK;
    }
    if (row->has_id || is_derived) {
        return find_by_id(job, row->has_id ? &row->id : &derived, found);
    }
    for (size_t key = 0;
         key < MATCH_KEYS_MAX && !found->is_known && schema->match_keys[key].fields[0] != NULL; key++) {
        enum err err = find_by_key(job, row->message, key, found);

        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static enum err find_by_id(struct import_job *job, const struct id *record, struct found *found)
{
    enum err err =
        store_record_get(job->store, job->columns.schema->kind, record, &job->arena, &found->stored);

    found->record = *record;
    if (err == ERR_NOT_FOUND) {
        return ERR_OK; /* a new record under this id */
    }
    if (err != ERR_OK) {
        return err;
    }
    found->is_known = true;
    if (found->stored.body.at == NULL) {
        return ERR_OK;
    }
    return message_unpack(job->columns.schema->descriptor, found->stored.body, true, &job->arena,
                          &found->message);
}

static enum err find_by_key(struct import_job *job, const void *message, size_t key_index,
                            struct found *found)
{
    const struct kind_schema *schema = job->columns.schema;
    struct id ids[FOUND_IDS_MAX];
    struct bytes key = {0};
    size_t count = 0;
    size_t meant = 0;
    unsigned likeliest = 1;
    struct found match = {0};
    enum err err = match_key_of(schema, message, key_index, &job->arena, &key);

    if (err != ERR_OK || key.at == NULL) {
        return err;
    }
    err = store_record_match(job->store, schema->kind, key_index, key, ids, FOUND_IDS_MAX, &count);
    found->is_free[key_index] = count == 0;
    for (size_t i = 0; err == ERR_OK && i < count && i < FOUND_IDS_MAX; i++) {
        struct found candidate = {0};
        bool is_this = false;

        err = find_by_id(job, &ids[i], &candidate);
        if (err == ERR_OK) {
            err = is_meant(job, message, key_index, &candidate, &is_this);
        }
        unsigned likelihood =
            err == ERR_OK && is_this ? likelihood_of(job, message, key_index, &candidate) : 0;

        if (likelihood >= likeliest) {
            meant = likelihood > likeliest ? 1 : meant + 1;
            likeliest = likelihood;
            match = candidate;
        }
    }
    if (err != ERR_OK || meant == 0) {
        return err;
    }
    if (meant > 1 || count > FOUND_IDS_MAX) {
        import_fault(&job->faults, "", TEXT_IMPORT_RECORD_AMBIGUOUS, bytes_of(NULL, 0));
        return ERR_OK;
    }
    memcpy(match.is_free, found->is_free, sizeof match.is_free);
    *found = match;
    return ERR_OK;
}

/* A record whose identity key differs from the row's is another one. Where people share a name and another
 * number differs, only the clerk knows. */
static enum err is_meant(struct import_job *job, const void *message, size_t key_index,
                         const struct found *candidate, bool *ret_is_meant)
{
    const struct kind_schema *schema = job->columns.schema;

    *ret_is_meant = candidate->message != NULL;
    for (size_t key = 0; key < key_index && candidate->message != NULL; key++) {
        struct bytes stated = {0};
        struct bytes borne = {0};
        enum err err = match_key_of(schema, message, key, &job->arena, &stated);

        if (err == ERR_OK) {
            err = match_key_of(schema, candidate->message, key, &job->arena, &borne);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (stated.at == NULL || borne.at == NULL || bytes_equal(stated, borne)) {
            continue;
        }
        if (key == identity_key(schema)) {
            *ret_is_meant = false;
            return ERR_OK;
        }
        if (is_single(&schema->match_keys[key])) {
            import_fault(&job->faults, label_of(job, schema->match_keys[key].fields[0]),
                         TEXT_IMPORT_NUMBER_DIFFERS, bytes_of(NULL, 0));
            return ERR_OK;
        }
    }
    return ERR_OK;
}

/* Who left and came back after a gap is another record with the same numbers. 0: the record left before the row's first
 * edge begins, so it is not meant. Of several that bear a number the one in its place at that time is likelier than one
 * that left, or that begins later. */
static unsigned likelihood_of(const struct import_job *job, const void *message, size_t key_index,
                              const struct found *candidate)
{
    const struct kind_schema *schema = job->columns.schema;
    int64_t begin = record_begin_date(schema, message); /* INT64_MAX: the row states no edge */
    int64_t left = record_left_date(schema, candidate->message);
    bool adds_edges = job->columns.added_list >= 0 && job->columns.added_list == schema->owner.list;

    if (begin != INT64_MAX && left < begin && !adds_edges) {
        return 0;
    }
    if (!is_single(&schema->match_keys[key_index])) {
        return 1;
    }
    bool is_elsewhere =
        begin == INT64_MAX ? left != INT64_MAX : record_begin_date(schema, candidate->message) > begin;

    return is_elsewhere ? 1 : 2;
}

/* The rule's sentence, for a warning what answers it, and the rule's id, by which `dantin rules` tells more. */
static void fault_of_rule(struct import_job *job, const struct rule_info *rule, const char *field,
                          bool wants_reason)
{
    enum language language = job->options->language;
    const char *text = language == LANGUAGE_VI ? rule->text_vi : rule->text_en;
    char asking[SENTENCE_BYTES_MAX];
    char sentence[SENTENCE_BYTES_MAX + RULE_ID_BYTES_MAX];

    if (wants_reason) {
        (void)snprintf(asking, sizeof asking, text_get(TEXT_IMPORT_REASON_WANTED, language), text,
                       text_get(TEXT_COLUMN_REASON, language)); /* cut is fine */
        text = asking;
    }
    (void)snprintf(sentence, sizeof sentence, "%s [%s]", text, rule->id); /* rule ids are short */
    import_fault_text(&job->faults, label_of(job, field), sentence);
}

/* What the row states stands, unless an event of the record says otherwise: then the event is to be corrected. The row is
 * told so, as its value would be lost without a word. */
static void refuse_contradictions(struct import_job *job, const void *stated, const void *message)
{
    const struct kind_schema *schema = job->columns.schema;
    const struct rule_info *rule = rules_find("member.event_disagrees");

    for (size_t i = 0; i < schema->field_count; i++) {
        struct value typed = record_field(schema, stated, i);

        if (typed.is_stated && !value_equal(typed, record_field(schema, message, i))) {
            fault_of_rule(job, rule, schema->fields[i].name, false);
        }
    }
}

/* A number stands for one record only; that of a record which left goes with the person. */
static enum err refuse_used_numbers(struct import_job *job, const void *message, const struct found *found)
{
    const struct kind_schema *schema = job->columns.schema;

    if (record_left_date(schema, message) <= job->options->today) {
        return ERR_OK;
    }
    for (size_t key = 0; key < MATCH_KEYS_MAX && schema->match_keys[key].fields[0] != NULL; key++) {
        struct bytes text = {0};
        bool is_borne = false;

        if (!is_single(&schema->match_keys[key]) || found->is_free[key]) {
            continue;
        }
        enum err err = match_key_of(schema, message, key, &job->arena, &text);

        if (err == ERR_OK && text.at != NULL) {
            err = is_borne_by_another(job, key, text, &found->record, &is_borne);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (is_borne) {
            const char *name = schema->match_keys[key].fields[0];
            struct value value = record_field(schema, message, (size_t)schema_field_index(schema, name));

            import_fault(&job->faults, label_of(job, name), TEXT_IMPORT_NUMBER_USED, value.text);
        }
    }
    return ERR_OK;
}

/* Does a record that has not left, other than this one, bear the key? */
static enum err is_borne_by_another(struct import_job *job, size_t key_index, struct bytes key,
                                    const struct id *record, bool *ret_is_borne)
{
    const struct kind_schema *schema = job->columns.schema;
    struct id ids[FOUND_IDS_MAX];
    size_t count = 0;
    bool is_borne = false;
    enum err err = store_record_match(job->store, schema->kind, key_index, key, ids, FOUND_IDS_MAX, &count);

    for (size_t i = 0; err == ERR_OK && !is_borne && i < count && i < FOUND_IDS_MAX; i++) {
        struct found bearer = {0};

        if (id_equal(&ids[i], record)) {
            continue;
        }
        err = find_by_id(job, &ids[i], &bearer);
        is_borne = err == ERR_OK && bearer.message != NULL &&
                   record_left_date(schema, bearer.message) > job->options->today;
    }
    if (err == ERR_OK) {
        *ret_is_borne = is_borne || count > FOUND_IDS_MAX;
    }
    return err;
}

/* The cell is named by its header as it stands in the file: it may be in a column nobody knows. */
static void refuse_cut_cell(struct import_job *job, const struct csv_row *row)
{
    const struct csv_row *header = &job->header.row;
    struct bytes name =
        row->cut_index < header->cell_count ? header->cells[row->cut_index] : bytes_of(NULL, 0);
    const char *label = arena_text(&job->arena, name);

    import_fault(&job->faults, label != NULL ? label : "", TEXT_IMPORT_CELL_CUT, bytes_of(NULL, 0));
}

/* The first key of one field: a member's file number, a branch's own code. Names that differ in tone marks
 * alone (Bình Thanh, Bình Thạnh) are told apart by it. */
static size_t identity_key(const struct kind_schema *schema)
{
    size_t key = 0;

    while (key < MATCH_KEYS_MAX && !is_single(&schema->match_keys[key])) {
        key++;
    }
    return key;
}

static bool is_single(const struct match_key *key)
{
    return key->fields[0] != NULL && key->fields[1] == NULL;
}

static enum err find_reference(void *context, enum record_kind kind, struct bytes typed,
                               struct id *ret_record)
{
    struct import_job *job = context;

    return csv_references_find(job->references, kind, typed, ret_record);
}

/* The label of a field or list; "" for the record as a whole. */
static const char *label_of(const struct import_job *job, const char *name)
{
    const struct kind_schema *schema = job->columns.schema;
    int field = schema_field_index(schema, name);
    int list = schema_list_index(schema, name);
    bool is_vi = job->options->language == LANGUAGE_VI;

    if (field >= 0) {
        return is_vi ? schema->fields[field].label_vi : schema->fields[field].label_en;
    }
    if (list >= 0) {
        return is_vi ? schema->lists[list].label_vi : schema->lists[list].label_en;
    }
    return "";
}
