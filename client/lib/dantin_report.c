/* The public interface: asking the province for a consolidated table. */
#include "client/lib/handle.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/dantin_session.h"
#include "client/lib/filter.h"
#include "common/record/date.h"
#include "common/record/name.h"
#include "common/wire/message.h"
#include "proto/query.pb-c.h"

enum {
    QUERY_BYTES_MAX = 4096,
    REPORT_ARENA_BYTES_MAX = 1 << 20,
    REPORT_BY_MAX = 16,
    POSITION_DIGITS_MAX = 18, /* fits 64 bits */
};

#define POSITION_HEAD "head"

struct report {
    bool (*on_head)(void *context, const struct dantin_report_head *head);
    bool (*on_row)(void *context, const char *const *cells, size_t cell_count);
    void *context;
    struct dantin *dantin;
    bool has_head;
    enum err err;
};

static enum err pack_query(struct dantin *dantin, const struct dantin_report_request *request,
                           struct buf *packed);
static enum err find_unit(struct dantin *dantin, const char *unit, struct id *ret_unit);
static enum err find_unit_in(struct store *store, enum record_kind kind, struct bytes tidy,
                             struct id *ret_unit, size_t *ret_count);
static enum err read_date(struct dantin *dantin, const char *text, int32_t *ret_days);
static enum err read_position(struct dantin *dantin, const char *text, Dantin__Query *query);
static bool on_rows(void *context, const Dantin__Rows *rows);
static bool give_head(struct report *report, const Dantin__Rows *rows);
static bool give_row(struct report *report, const Dantin__Row *row);
static bool on_report_progress(void *context, uint64_t done, uint64_t total);
static void copy_text(const char *text, char *out, size_t out_bytes);

int dantin_report(struct dantin *dantin, const struct dantin_report_request *request,
                  bool (*on_head)(void *context, const struct dantin_report_head *head),
                  bool (*on_row)(void *context, const char *const *cells, size_t cell_count), void *context)
{
    struct report report = {.on_head = on_head, .on_row = on_row, .context = context, .dantin = dantin};
    struct buf packed;
    buf_init(&packed, QUERY_BYTES_MAX);
    enum err err = pack_query(dantin, request, &packed);
    if (err == ERR_OK) {
        struct syncer_job job = {
            .purpose = SYNCER_QUERY,
            .query = buf_content(&packed),
            .on_rows = on_rows,
            .on_progress = on_report_progress,
            .context = &report,
        };
        err = dantin_session_run(dantin, &job, false, 0);
    }
    if (err == ERR_OK && report.err != ERR_OK) {
        err = (enum err)handle_fail(dantin, report.err, NULL);
    }
    buf_release(&packed);
    return (int)err;
}

bool dantin_is_date(const char *date)
{
    int32_t days = 0;
    return date_parse(bytes_of_text(date), &days) == ERR_OK;
}

bool dantin_is_position(const char *position)
{
    size_t len = strlen(position);
    return strcmp(position, POSITION_HEAD) == 0 ||
           (len > 0 && len <= POSITION_DIGITS_MAX && strspn(position, "0123456789") == len);
}

/* ---- the question ---- */

static enum err pack_query(struct dantin *dantin, const struct dantin_report_request *request,
                           struct buf *packed)
{
    Dantin__Query query = DANTIN__QUERY__INIT;
    struct id unit = {0};
    struct id record = {0};
    char *by[REPORT_BY_MAX];
    enum err err = ERR_OK;
    struct arena arena;
    arena_init(&arena, REPORT_ARENA_BYTES_MAX);
    query.indicator = (char *)(uintptr_t)request->indicator; /* only read by packing */
    query.kind = (char *)(uintptr_t)request->kind;
    query.sum = (char *)(uintptr_t)request->sum;
    query.purpose = (char *)(uintptr_t)request->purpose;
    query.has_is_trace = query.is_trace = request->is_trace;
    if (request->unit != NULL) {
        err = find_unit(dantin, request->unit, &unit);
        query.has_unit = true;
        query.unit = (ProtobufCBinaryData){.len = ID_BYTES, .data = unit.at};
    }
    if (err == ERR_OK && request->record != NULL) {
        err = hex_decode(request->record, record.at, ID_BYTES) == ERR_OK
                  ? ERR_OK
                  : (enum err)handle_fail(dantin, ERR_USAGE, NULL);
        query.has_record = true;
        query.record = (ProtobufCBinaryData){.len = ID_BYTES, .data = record.at};
    }
    if (err == ERR_OK && request->date != NULL) {
        err = read_date(dantin, request->date, &query.date);
        query.has_date = true;
    }
    if (err == ERR_OK && request->from != NULL) {
        err = read_date(dantin, request->from, &query.from);
        query.has_from = true;
    }
    if (err == ERR_OK && request->where != NULL) {
        err = filter_parse(request->where, &arena, &query);
        err = err == ERR_OK ? ERR_OK
                            : (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_REPORT_WHERE),
                                                    request->where);
    }
    if (err == ERR_OK && request->position != NULL) {
        err = read_position(dantin, request->position, &query);
    }
    query.by = by;
    for (size_t i = 0; err == ERR_OK && request->by != NULL && request->by[i] != NULL; i++) {
        if (i == REPORT_BY_MAX) {
            err = (enum err)handle_fail(dantin, ERR_TOO_BIG, NULL);
            break;
        }
        by[i] = (char *)(uintptr_t)request->by[i]; /* only read by packing */
        query.n_by = i + 1;
    }
    if (err == ERR_OK) {
        err = message_pack(&query, packed);
        err = err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
    }
    arena_release(&arena);
    return err;
}

/* A branch by its code, else by its full name; else a locality by them. */
static enum err find_unit(struct dantin *dantin, const char *unit, struct id *ret_unit)
{
    struct store *store = NULL;
    struct arena arena;
    struct bytes tidy = {0};
    size_t count = 0;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    arena_init(&arena, REPORT_ARENA_BYTES_MAX);
    err = name_normalise(bytes_of_text(unit), &arena, &tidy);
    if (err == ERR_OK) {
        err = find_unit_in(store, KIND_BRANCH, tidy, ret_unit, &count);
    }
    if (err == ERR_OK && count == 0) {
        err = find_unit_in(store, KIND_LOCALITY, tidy, ret_unit, &count);
    }
    arena_release(&arena);
    store_close(store);
    if (err != ERR_OK) {
        return (enum err)handle_fail(dantin, err, NULL);
    }
    if (count == 0) {
        return (enum err)handle_fail(dantin, ERR_NOT_FOUND, handle_text(dantin, TEXT_REPORT_UNIT_UNKNOWN),
                                     unit);
    }
    if (count > 1) {
        return (enum err)handle_fail(dantin, ERR_AMBIGUOUS, handle_text(dantin, TEXT_REPORT_UNIT_AMBIGUOUS),
                                     count, unit);
    }
    return ERR_OK;
}

static enum err find_unit_in(struct store *store, enum record_kind kind, struct bytes tidy,
                             struct id *ret_unit, size_t *ret_count)
{
    struct arena arena;
    struct bytes folded = {0};
    size_t count = 0;
    arena_init(&arena, REPORT_ARENA_BYTES_MAX);
    enum err err = store_record_by_code(store, kind, tidy, ret_unit, 1, &count);
    if (err == ERR_OK && count == 0) {
        err = name_fold(tidy, &arena, &folded);
    }
    if (err == ERR_OK && count == 0) {
        err = store_record_by_name(store, kind, folded, ret_unit, 1, &count);
    }
    arena_release(&arena);
    if (err == ERR_OK) {
        *ret_count = count;
    }
    return err;
}

static enum err read_date(struct dantin *dantin, const char *text, int32_t *ret_days)
{
    if (date_parse(bytes_of_text(text), ret_days) != ERR_OK) {
        return (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_REPORT_DATE), text);
    }
    return ERR_OK;
}

/* "head" asks for no position of its own. */
static enum err read_position(struct dantin *dantin, const char *text, Dantin__Query *query)
{
    if (!dantin_is_position(text)) {
        return (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_REPORT_POSITION), text);
    }
    query->has_position = strcmp(text, POSITION_HEAD) != 0;
    query->position = query->has_position ? strtoull(text, NULL, 10) : 0;
    return ERR_OK;
}

/* ---- the answer ---- */

static bool on_rows(void *context, const Dantin__Rows *rows)
{
    struct report *report = context;
    if (!report->has_head && !give_head(report, rows)) {
        return false;
    }
    for (size_t i = 0; i < rows->n_row; i++) {
        if (!give_row(report, rows->row[i])) {
            return false;
        }
    }
    return true;
}

static bool give_head(struct report *report, const Dantin__Rows *rows)
{
    struct arena arena;
    struct dantin_report_head head = {.position = rows->position, .column_count = rows->n_column};
    arena_init(&arena, REPORT_ARENA_BYTES_MAX);
    const char **names = arena_zalloc(&arena, rows->n_column + 1, sizeof *names);
    const char **labels = arena_zalloc(&arena, rows->n_column + 1, sizeof *labels);
    const char **types = arena_zalloc(&arena, rows->n_column + 1, sizeof *types);
    bool goes_on = false;
    if (names == NULL || labels == NULL || types == NULL) {
        report->err = ERR_TOO_BIG;
        goto done;
    }
    if (rows->epoch.len == ID_BYTES) {
        hex_encode(bytes_of(rows->epoch.data, ID_BYTES), head.epoch);
    }
    if (rows->definition_hash.len == HASH_BYTES) {
        hex_encode(bytes_of(rows->definition_hash.data, HASH_BYTES), head.definition_hash);
    }
    copy_text(rows->definition, head.definition, sizeof head.definition);
    if (rows->has_date && rows->date >= DATE_MIN && rows->date <= DATE_MAX) {
        date_format_iso(rows->date, head.date);
    }
    if (rows->has_from && rows->from >= DATE_MIN && rows->from <= DATE_MAX) {
        date_format_iso(rows->from, head.from);
    }
    for (size_t i = 0; i < rows->n_column; i++) {
        names[i] = rows->column[i]->name != NULL ? rows->column[i]->name : "";
        labels[i] = rows->column[i]->label != NULL ? rows->column[i]->label : names[i];
        types[i] = rows->column[i]->type != NULL ? rows->column[i]->type : "text";
    }
    head.names = names;
    head.labels = labels;
    head.types = types;
    report->has_head = true;
    goes_on = report->on_head(report->context, &head);
done:
    arena_release(&arena);
    return goes_on;
}

static bool give_row(struct report *report, const Dantin__Row *row)
{
    struct arena arena;
    arena_init(&arena, REPORT_ARENA_BYTES_MAX);
    const char **cells = arena_zalloc(&arena, row->n_cell + 1, sizeof *cells);
    bool goes_on = false;
    if (cells == NULL) {
        report->err = ERR_TOO_BIG;
    } else {
        for (size_t i = 0; i < row->n_cell; i++) {
            cells[i] = row->cell[i]->text;
        }
        goes_on = report->on_row(report->context, cells, row->n_cell);
    }
    arena_release(&arena);
    return goes_on;
}

static bool on_report_progress(void *context, uint64_t done, uint64_t total)
{
    const struct report *report = context;
    return handle_progress(report->dantin, handle_text(report->dantin, TEXT_PROGRESS_WAITING), done, total);
}

static void copy_text(const char *text, char *out, size_t out_bytes)
{
    size_t len = text != NULL ? strlen(text) : 0;
    if (len >= out_bytes) {
        len = out_bytes - 1;
    }
    if (len > 0) {
        memcpy(out, text, len);
    }
    out[len] = '\0';
}
