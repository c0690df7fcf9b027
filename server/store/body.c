/* Bodies of current versions: packed record messages made again from current rows through the schema.
 *
 *   READING ──► (MISSING: data keys the vault does not have) ──► told     Suspended in: READING, MISSING. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/wire/message.h"
#include "server/store/ingest_sql.h"
#include "server/store/look.h"
#include "server/store/store_internal.h"
#include "server/store/vault.h"
#include "server/store/wire_array.h"

/* Each asker is set and noted beside what is read for all. */
enum {
    BODY_ARRAY_BYTES_MAX = 1 << 20,
    BODY_READS_MAX = (int)KIND_MAX + SCHEMA_LIST_COUNT,
    BODY_STATEMENTS_MAX = BODY_READS_MAX + 2 * STORE_GROUP_SUBMISSIONS_MAX,
    BODY_LOOKS_BYTES_MAX = STORE_GROUP_SUBMISSIONS_MAX * 1024,
    BODY_KEYS_MAX = 1024 /* data keys asked for at once */
};

/* One asker's share of the records. */
struct body_look {
    struct look look;
    const struct hash *device;
    size_t call; /* that notes it */
    struct buf subjects;
};

struct body_job {
    const struct ingest_sql *sql;
    struct store *store;
    const struct store_record_key *records;
    const struct hash *devices; /* one per record, those of a device together */
    size_t record_count;
    struct body_look looks[STORE_GROUP_SUBMISSIONS_MAX];
    size_t look_count;
    struct arena *arena;
    struct bytes *bodies; /* in the arena, one per record */
    void **messages;      /* in the arena, one per record; NULL: no current row */
    void (*on_bodies)(void *context, enum err err, const struct bytes *bodies);
    void *context;
    int read_calls[KIND_MAX + 1]; /* index of the unit's call; -1: none. The calls of its lists follow */
    enum err err;                 /* found before sending */
    size_t result_count;          /* reading statements, whose results are kept while MISSING */
    PGresult *results[BODY_READS_MAX];
    uint32_t missing[BODY_KEYS_MAX];
    size_t missing_count;
};

static enum err compose(struct body_job *job, struct unit *unit, struct buf *arrays);
static enum err compose_looks(struct body_job *job, struct unit *unit, struct arena *arena);
static enum err compose_look(struct body_job *job, struct unit *unit, struct arena *arena, size_t first,
                             size_t end);
static void on_read(void *context, const struct unit_result *result);
static void ask_missing(struct body_job *job);
static void on_missing(void *context, const struct unit_result *result);
static enum err read_all(struct body_job *job);
static void tell(struct body_job *job, enum err err);
static enum err read_kind(struct body_job *job, const struct ingest_kind_sql *kind);
static enum err open_value(struct body_job *job, const struct kind_schema *schema, size_t index,
                           const char *list, const struct field_schema *field, struct value *value);
static enum err read_row(struct body_job *job, const struct kind_schema *schema, const PGresult *rows,
                         int row, size_t index);
static enum err read_list(struct body_job *job, const struct kind_schema *schema, size_t list_index,
                          const PGresult *records, const PGresult *elements);
static enum err append_element(struct body_job *job, const struct kind_schema *schema, size_t list_index,
                               size_t index, const PGresult *rows, int row, int column);
static int edge_column(const struct kind_schema *schema, size_t list_index);
static bool has_edge(const struct list_schema *list, const PGresult *rows, int row, int column);
static struct value read_value(enum field_type type, const PGresult *rows, int row, int column);
static enum err pack(struct body_job *job, size_t index);
static bool nth_record_of(const struct body_job *job, enum record_kind kind, int64_t nth, size_t *ret_index);

void store_find_bodies(struct store *store, const struct store_record_key *records,
                       const struct hash *devices, size_t record_count, struct arena *arena,
                       void (*on_bodies)(void *context, enum err err, const struct bytes *bodies),
                       void *context)
{
    struct body_job *job = calloc(1, sizeof *job);
    REQUIRE(job != NULL); /* without it the callback's promise cannot be kept */
    struct unit_call calls[BODY_STATEMENTS_MAX];
    struct unit unit;
    struct buf arrays;
    struct arena looks;
    *job = (struct body_job){.sql = store->sql,
                             .store = store,
                             .records = records,
                             .devices = devices,
                             .record_count = record_count,
                             .arena = arena,
                             .on_bodies = on_bodies,
                             .context = context};
    unit_init(&unit, calls, BODY_STATEMENTS_MAX);
    buf_init(&arrays, BODY_ARRAY_BYTES_MAX);
    arena_init(&looks, BODY_LOOKS_BYTES_MAX);
    job->err = compose(job, &unit, &arrays);
    job->result_count = unit.call_count;
    if (job->err == ERR_OK && unit.call_count > 0) {
        job->err = compose_looks(job, &unit, &looks);
    }
    if (job->err != ERR_OK || unit.call_count == 0) {
        unit_init(&unit, calls, BODY_STATEMENTS_MAX);
        (void)unit_call(&unit, statement_of(STATEMENT_ROW_TYPES)); /* the callback comes with its answer */
    }
    connection_send(store->lookup_connection, &unit, 0, on_read, job);
    for (size_t i = 0; i < job->look_count; i++) {
        buf_release(&job->looks[i].subjects);
    }
    arena_release(&looks);
    buf_release(&arrays);
}

static enum err compose(struct body_job *job, struct unit *unit, struct buf *arrays)
{
    struct wire_range ranges[KIND_MAX + 1] = {0};
    job->bodies = arena_zalloc(job->arena, job->record_count + 1, sizeof *job->bodies);
    job->messages = arena_zalloc(job->arena, job->record_count + 1, sizeof *job->messages);
    if (job->bodies == NULL || job->messages == NULL) {
        return ERR_TOO_BIG;
    }
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        struct wire_array array;
        wire_array_begin(&array, arrays, WIRE_UUID);
        for (size_t i = 0; i < job->record_count; i++) {
            if (job->records[i].kind == (enum record_kind)kind) {
                wire_array_put_id(&array, &job->records[i].record);
            }
        }
        enum err err = wire_array_end(&array, &ranges[kind]);
        if (err != ERR_OK) {
            return err;
        }
        ranges[kind].len = array.count == 0 ? 0 : ranges[kind].len;
    }
    for (int kind = 1; kind <= KIND_MAX; kind++) {
        const struct ingest_kind_sql *sql = &job->sql->kinds[kind];
        job->read_calls[kind] = -1;
        if (ranges[kind].len == 0) {
            continue;
        }
        job->read_calls[kind] = (int)unit->call_count;
        unit_put_bytes(unit_call(unit, &sql->read), wire_range_bytes(arrays, ranges[kind]));
        for (size_t i = 0; i < sql->schema->list_count; i++) {
            unit_put_bytes(unit_call(unit, &sql->lists[i].read), wire_range_bytes(arrays, ranges[kind]));
        }
    }
    return ERR_OK;
}

/* A line of the log of reads per device, in the transaction of the reading. */
static enum err compose_looks(struct body_job *job, struct unit *unit, struct arena *arena)
{
    enum err err = ERR_OK;
    for (size_t first = 0, end; first < job->record_count && err == ERR_OK; first = end) {
        for (end = first + 1; end < job->record_count && hash_equal(&job->devices[first], &job->devices[end]);
             end++) {
        }
        err = job->look_count < STORE_GROUP_SUBMISSIONS_MAX ? compose_look(job, unit, arena, first, end)
                                                            : ERR_TOO_BIG;
    }
    return err;
}

static enum err compose_look(struct body_job *job, struct unit *unit, struct arena *arena, size_t first,
                             size_t end)
{
    struct body_look *noted = &job->looks[job->look_count++];
    struct look_subjects subjects;
    enum err err = ERR_OK;
    char *device = arena_alloc(arena, HASH_HEX_BYTES);
    *noted = (struct body_look){.look = {.what = "conflict", .definition = "", .row_count = end - first},
                                .device = &job->devices[first]};
    buf_init(&noted->subjects, LOOK_SUBJECT_BYTES_MAX);
    if (device == NULL) {
        return ERR_TOO_BIG;
    }
    hex_encode(bytes_of(job->devices[first].at, HASH_BYTES), device);
    look_subjects_init(&subjects);
    for (size_t i = first; i < end && err == ERR_OK; i++) {
        err =
            look_subjects_add(&subjects, schema_of((uint32_t)job->records[i].kind), &job->records[i].record);
    }
    if (err == ERR_OK) {
        err = look_subjects_put(&subjects, job->store, &noted->subjects, &noted->look);
    }
    look_subjects_release(&subjects);
    if (err == ERR_OK) {
        unit_put_text(unit_call(unit, statement_of(STATEMENT_SET_DEVICE)), device);
        noted->call = unit->call_count;
        err = look_put(job->store, unit, arena, &noted->look);
    }
    return err;
}

static void on_read(void *context, const struct unit_result *result)
{
    struct body_job *job = context;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    err = err == ERR_OK ? job->err : err;
    if (err != ERR_OK) {
        tell(job, err);
        return;
    }
    for (size_t i = 0; i < job->look_count; i++) {
        look_tell(job->store, job->looks[i].device, &job->looks[i].look, result->results[job->looks[i].call]);
    }
    for (size_t i = 0; i < job->result_count; i++) {
        job->results[i] = result->results[i];
        result->results[i] = NULL;
    }
    err = read_all(job);
    if (job->missing_count > 0 && (err == ERR_OK || err == ERR_NOT_FOUND)) {
        ask_missing(job);
    } else {
        tell(job, err);
    }
}

static void ask_missing(struct body_job *job)
{
    struct unit_call calls[1];
    struct unit unit;
    struct buf arrays;
    struct wire_array array;
    struct wire_range range = {0};
    uint8_t number[4];
    buf_init(&arrays, BODY_ARRAY_BYTES_MAX);
    wire_array_begin(&array, &arrays, WIRE_INT32);
    for (size_t i = 0; i < job->missing_count; i++) {
        u32_write(number, job->missing[i]);
        wire_array_put(&array, bytes_of(number, sizeof number));
    }
    job->err = wire_array_end(&array, &range);
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_DATA_KEY_FIND));
    unit_put_bytes(call, wire_range_bytes(&arrays, range)); /* null after an error: finds nothing */
    connection_send(job->store->lookup_connection, &unit, 0, on_missing, job);
    buf_release(&arrays);
}

static void on_missing(void *context, const struct unit_result *result)
{
    struct body_job *job = context;
    struct vault *vault = job->store->vault;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    err = err == ERR_OK ? job->err : err;
    vault_trim(vault);
    for (int row = 0; err == ERR_OK && row < PQntuples(result->results[0]); row++) {
        const PGresult *rows = result->results[0];
        struct id sender = result_id(rows, row, 1);
        err = vault_follow_master(vault, result_bytes(rows, row, 3));
        if (err == ERR_OK) {
            err = vault_add_key(vault, (uint32_t)result_int64(rows, row, 0), &sender,
                                result_bytes(rows, row, 2));
        }
    }
    if (err == ERR_OK) {
        err = read_all(job);
    }
    tell(job, err);
}

/* ERR_NOT_FOUND: keys are missing, which were noted. */
static enum err read_all(struct body_job *job)
{
    enum err err = ERR_OK;
    job->missing_count = 0;
    for (int kind = 1; kind <= KIND_MAX && err == ERR_OK; kind++) {
        if (job->read_calls[kind] >= 0) {
            err = read_kind(job, &job->sql->kinds[kind]);
        }
    }
    if (err == ERR_OK && job->missing_count > 0) {
        err = ERR_NOT_FOUND;
    }
    for (size_t i = 0; i < job->record_count && err == ERR_OK; i++) {
        if (job->messages[i] != NULL) {
            err = pack(job, i);
        }
    }
    return err;
}

static void tell(struct body_job *job, enum err err)
{
    for (size_t i = 0; i < job->result_count; i++) {
        PQclear(job->results[i]);
    }
    /* What does not open, or has no key, was put there by another hand. */
    err = err == ERR_NOT_FOUND || err == ERR_SEALED ? ERR_DATABASE : err;
    job->on_bodies(job->context, err, err == ERR_OK ? job->bodies : NULL);
    free(job);
}

static enum err read_kind(struct body_job *job, const struct ingest_kind_sql *kind)
{
    const struct kind_schema *schema = kind->schema;
    size_t call = (size_t)job->read_calls[schema->kind];
    const PGresult *rows = job->results[call];
    enum err err = ERR_OK;
    for (int row = 0; row < PQntuples(rows) && err == ERR_OK; row++) {
        size_t index;
        if (!nth_record_of(job, schema->kind, result_int64(rows, row, 0), &index)) {
            return ERR_DATABASE;
        }
        err = read_row(job, schema, rows, row, index);
    }
    for (size_t i = 0; i < schema->list_count && err == ERR_OK; i++) {
        err = read_list(job, schema, i, rows, job->results[call + 1 + i]);
    }
    return err;
}

static enum err read_row(struct body_job *job, const struct kind_schema *schema, const PGresult *rows,
                         int row, size_t index)
{
    void *message;
    enum err err = record_new(schema, job->arena, &message);
    for (size_t i = 0; i < schema->field_count && err == ERR_OK; i++) {
        struct value value = read_value(schema->fields[i].type, rows, row, 1 + (int)i);
        err = open_value(job, schema, index, "", &schema->fields[i], &value);
        if (value.is_stated && err == ERR_OK) {
            err = record_set_field(schema, job->arena, message, i, value);
        }
    }
    if (err == ERR_OK) {
        job->messages[index] = message;
    }
    return err;
}

/* Elements in the order of the message: child rows by their element number, and a dated edge's last element,
 * which lies in the record's own row, at the first number the child rows leave free. */
static enum err read_list(struct body_job *job, const struct kind_schema *schema, size_t list_index,
                          const PGresult *records, const PGresult *elements)
{
    const struct list_schema *list = &schema->lists[list_index];
    int column = edge_column(schema, list_index);
    for (int row = 0; row < PQntuples(records); row++) {
        int64_t nth = result_int64(records, row, 0);
        size_t index;
        if (!nth_record_of(job, schema->kind, nth, &index)) {
            return ERR_DATABASE;
        }
        bool is_edge_due = list->shape == LIST_EDGE && has_edge(list, records, row, column);
        int64_t place = 0;
        enum err err = ERR_OK;
        for (int next = 0; next < PQntuples(elements) && err == ERR_OK; next++) {
            if (result_int64(elements, next, 0) != nth) {
                continue;
            }
            if (is_edge_due && result_int64(elements, next, 1) != place) {
                err = append_element(job, schema, list_index, index, records, row, column);
                is_edge_due = false;
                place++;
            }
            if (err == ERR_OK) {
                err = append_element(job, schema, list_index, index, elements, next, 2);
            }
            place++;
        }
        if (is_edge_due && err == ERR_OK) {
            err = append_element(job, schema, list_index, index, records, row, column);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static enum err append_element(struct body_job *job, const struct kind_schema *schema, size_t list_index,
                               size_t index, const PGresult *rows, int row, int column)
{
    const struct list_schema *list = &schema->lists[list_index];
    struct value *items = arena_zalloc(job->arena, list->item_count, sizeof *items);
    if (items == NULL) {
        return ERR_TOO_BIG;
    }
    enum err err = ERR_OK;
    for (size_t i = 0; i < list->item_count && err == ERR_OK; i++) {
        items[i] = read_value(list->items[i].type, rows, row, column + (int)i);
        err = open_value(job, schema, index, list->name, &list->items[i], &items[i]);
    }
    return err == ERR_OK ? record_append(schema, job->arena, job->messages[index], list_index, items) : err;
}

/* A sealed value becomes the plain one; without its key (which is noted) it is not stated for now. */
static enum err open_value(struct body_job *job, const struct kind_schema *schema, size_t index,
                           const char *list, const struct field_schema *field, struct value *value)
{
    if (!field_is_sealed(field) || !value->is_stated) {
        return ERR_OK;
    }
    struct vault_place place =
        vault_place_of_field(schema->kind, &job->records[index].record, list, field->name);
    struct bytes sealed = value->text;
    enum err err = vault_open_copy(job->store->vault, &place, sealed, job->arena, &value->text);
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    *value = (struct value){0};
    for (size_t i = 0; i < job->missing_count; i++) {
        if (job->missing[i] == vault_key_of(sealed)) {
            return ERR_OK;
        }
    }
    if (job->missing_count == BODY_KEYS_MAX) {
        return ERR_TOO_BIG;
    }
    job->missing[job->missing_count++] = vault_key_of(sealed);
    return ERR_OK;
}

/* Where the list's last edge begins in the columns of <kind>_read: index, fields, last edges. */
static int edge_column(const struct kind_schema *schema, size_t list_index)
{
    size_t column = 1 + schema->field_count;
    for (size_t i = 0; i < list_index; i++) {
        column += schema->lists[i].shape == LIST_EDGE ? schema->lists[i].item_count : 0;
    }
    return (int)column;
}

static bool has_edge(const struct list_schema *list, const PGresult *rows, int row, int column)
{
    for (size_t i = 0; i < list->item_count; i++) {
        if (result_bytes(rows, row, column + (int)i).at != NULL) {
            return true;
        }
    }
    return false;
}

static struct value read_value(enum field_type type, const PGresult *rows, int row, int column)
{
    struct value value = {0};
    struct bytes in = result_bytes(rows, row, column);
    value.is_stated = in.at != NULL;
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CODE:
    case FIELD_REFERENCE:
        value.text = in;
        break;
    case FIELD_DATE:
        value.number = result_date(rows, row, column);
        break;
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
        value.number = result_int64(rows, row, column);
        break;
    case FIELD_BOOLEAN:
        value.number = result_boolean(rows, row, column) ? 1 : 0;
        break;
    }
    return value;
}

static enum err pack(struct body_job *job, size_t index)
{
    struct buf out;
    buf_init(&out, SCHEMA_RECORD_BYTES_MAX);
    enum err err = message_pack(job->messages[index], &out);
    if (err == ERR_OK) {
        job->bodies[index] = arena_copy(job->arena, buf_content(&out));
        err = job->bodies[index].at == NULL ? ERR_TOO_BIG : ERR_OK;
    }
    buf_release(&out);
    return err;
}

/* The array asked for a kind holds the kind's records in the order of the request. */
static bool nth_record_of(const struct body_job *job, enum record_kind kind, int64_t nth, size_t *ret_index)
{
    for (size_t i = 0; i < job->record_count; i++) {
        if (job->records[i].kind == kind && nth-- == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}
