/* Composing the SQL of ingest. Identifiers come from common/record/kinds only, never from data.
 *
 * Arrays drive, tables are probed: each probe is a lateral sub-select with OFFSET 0, which the planner can
 * neither flatten nor turn round. Without statistics (a table that fills for the first time) it would read
 * the whole table per group. */
#include "server/store/ingest_sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/wire/receipt.h"

/* One composition: the text being built, and the first error met. */
struct composer {
    struct ingest_sql *sql;
    struct buf text;
    enum err err;
};

static void compose_kind(struct composer *composer, struct ingest_kind_sql *kind,
                         const struct kind_schema *schema);
static void compose_facts(struct composer *composer, struct ingest_kind_sql *kind);
static void compose_edges(struct composer *composer, struct ingest_kind_sql *kind);
static void compose_writes(struct composer *composer, struct ingest_kind_sql *kind);
static void compose_change(struct composer *composer, struct ingest_kind_sql *kind);
static void compose_reads(struct composer *composer, struct ingest_kind_sql *kind);
static void compose_list(struct composer *composer, struct ingest_kind_sql *kind, size_t list_index);
static void compose_referrers(struct composer *composer, struct ingest_kind_sql *kind);
static void put_referrers(struct composer *composer, const struct kind_schema *from,
                          const struct kind_schema *to, size_t *count);
static void put_arm(struct composer *composer, enum record_kind from, const char *table, const char *column,
                    size_t *count);
static void put_owner(struct composer *composer, const struct ingest_kind_sql *kind, const char *alias);
static void put_left(struct composer *composer, const struct kind_schema *schema, const char *alias);
static void put_owner_kept(struct composer *composer, const struct ingest_kind_sql *kind);
static void put_has_official_code(struct composer *composer, const struct kind_schema *schema);
static void put_columns(struct composer *composer, const struct kind_schema *schema);
static void put_values(struct composer *composer, const struct kind_schema *schema);
static void put_edges(struct composer *composer, const struct kind_schema *schema);
static void put_assignments(struct composer *composer, const struct kind_schema *schema);
static void put_items(struct composer *composer, const struct list_schema *list, const char *alias);
static void put(struct composer *composer, const char *format, ...) PRINTF_LIKE(2, 3);
static void finish(struct composer *composer, struct statement *statement, const char *format, ...)
    PRINTF_LIKE(3, 4);
static const char *keep_format(struct composer *composer, const char *format, ...) PRINTF_LIKE(2, 3);
static const char *keep(struct composer *composer, const char *text);

enum err ingest_sql_init(struct ingest_sql *sql)
{
    memset(sql, 0, sizeof *sql);
    arena_init(&sql->arena, INGEST_SQL_BYTES_MAX);
    struct composer composer = {.sql = sql, .err = ERR_OK};
    buf_init(&composer.text, INGEST_SQL_BYTES_MAX);
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        REQUIRE(schema != NULL);
        compose_kind(&composer, &sql->kinds[kind], schema);
    }
    buf_release(&composer.text);
    if (composer.err != ERR_OK) {
        ingest_sql_release(sql);
    }
    return composer.err;
}

void ingest_sql_release(struct ingest_sql *sql)
{
    if (sql != NULL) {
        arena_release(&sql->arena);
        memset(sql, 0, sizeof *sql);
    }
}

static void compose_kind(struct composer *composer, struct ingest_kind_sql *kind,
                         const struct kind_schema *schema)
{
    REQUIRE(schema->list_count <= INGEST_SQL_LISTS_MAX);
    REQUIRE(schema->field_count <= INGEST_SQL_FIELDS_MAX);
    kind->schema = schema;
    kind->row_type = keep_format(composer, "%s_row", schema->name);
    compose_facts(composer, kind);
    compose_edges(composer, kind);
    compose_writes(composer, kind);
    compose_change(composer, kind);
    compose_reads(composer, kind);
    compose_referrers(composer, kind);
    for (size_t i = 0; i < schema->list_count; i++) {
        compose_list(composer, kind, i);
    }
}

static void compose_facts(struct composer *composer, struct ingest_kind_sql *kind)
{
    const char *name = kind->schema->name;
    put(composer, "select (r.n - 1)::integer, v.id is not null, v.removed, v.version, v.since, ");
    put_owner_kept(composer, kind);
    put(composer,
        ", case when r.base is null then 0 when v.version = r.base then 1"
        " when exists (select from dantin.%s_version o where o.id = r.id and o.version = r.base offset 0) "
        "then 2"
        " when f.version is not null or q.version is not null then 3 else 4 end,"
        /* What waits is a base for an edit of its own record only: for others it is in conflict. */
        " coalesce(f.code, case when q.kind = %d and q.record = r.id then %d when q.version is not null then "
        "%d "
        "end), coalesce(f.rule, ''), ",
        name, (int)kind->schema->kind, (int)VERDICT_WAITING, (int)VERDICT_CONFLICT);
    put_has_official_code(composer, kind->schema);
    put(composer,
        " from unnest($1::uuid[], $2::uuid[]) with ordinality r (id, base, n)"
        " left join lateral (select * from dantin.%s_version w where w.id = r.id and w.until is null offset "
        "0) v"
        " on true left join lateral (select * from dantin.refusal g where g.version = r.base offset 0) f on "
        "true left join lateral (select * from dantin.waiting p where p.version = r.base"
        " and p.decided_position is null offset 0) q on true"
        " where v.id is not null or r.base is not null",
        name);
    finish(composer, &kind->facts, "%s_facts", name);
}

static void compose_edges(struct composer *composer, struct ingest_kind_sql *kind)
{
    if (kind->schema->owner.list < 0) {
        return;
    }
    const char *name = kind->schema->name;
    const struct list_schema *list = &kind->schema->lists[kind->schema->owner.list];
    put(composer,
        "select (r.n - 1)::integer, e.* from unnest($1::uuid[]) with ordinality r (id, n)"
        " cross join lateral (select w.since, w.removed from dantin.%s_version w where w.id = r.id and "
        "w.until is null"
        " offset 0) v"
        " cross join lateral (select * from dantin.%s_version p where p.id = r.id and not p.removed"
        " and (p.since = v.since or (v.removed and p.until = v.since)) offset 0) k"
        " cross join lateral (select k.id",
        name, name);
    put_items(composer, list, "k.");
    put(composer, " union all select l.id");
    put_items(composer, list, "l.");
    put(composer,
        " from dantin.%s_%s_version l where l.id = k.id and l.since = k.since) e where e.%s_%s is not null"
        " order by r.n",
        name, list->name, list->name, list->items[EDGE_REFERENCE].name);
    finish(composer, &kind->edges, "%s_edges", name);
}

static void compose_writes(struct composer *composer, struct ingest_kind_sql *kind)
{
    const struct kind_schema *schema = kind->schema;
    const char *name = schema->name;
    put(composer,
        "update dantin.%s_version v set until = i.since from unnest($1::uuid[], $2::bigint[]) i (id, since)"
        " cross join lateral (select o.ctid as place from dantin.%s_version o where o.id = i.id and o.until "
        "is null"
        " offset 0) o where v.ctid = o.place",
        name, name);
    finish(composer, &kind->close, "%s_close", name);

    put(composer, "with input as materialized (select * from unnest($1::dantin.%s_row[])), ", name);
    put(composer, "versions as (insert into dantin.%s_version (id, version, since, until, removed", name);
    put_columns(composer, schema);
    put(composer, ") select id, version, since, null, false");
    put_columns(composer, schema);
    put(composer, " from input) insert into dantin.%s (id, version, since", name);
    put_columns(composer, schema);
    put(composer, ") select id, version, since");
    put_columns(composer, schema);
    put(composer, " from input");
    finish(composer, &kind->add, "%s_add", name);

    put(composer, "delete from dantin.%s where id = any($1::uuid[])", name);
    finish(composer, &kind->forget, "%s_forget", name);
}

static void compose_change(struct composer *composer, struct ingest_kind_sql *kind)
{
    const struct kind_schema *schema = kind->schema;
    const char *name = schema->name;
    put(composer, "with input as materialized (select * from unnest($1::dantin.%s_row[])), ", name);
    put(composer, "versions as (insert into dantin.%s_version (id, version, since, until, removed", name);
    put_columns(composer, schema);
    put(composer, ") select id, version, since, until, removed");
    put_columns(composer, schema);
    put(composer, " from input) insert into dantin.%s (id, version, since", name);
    put_columns(composer, schema);
    put(composer, ") select id, version, since");
    put_columns(composer, schema);
    put(composer, " from input where until is null and not removed on conflict (id) do update set"
                  " version = excluded.version, since = excluded.since");
    put_assignments(composer, schema);
    finish(composer, &kind->change, "%s_change", name);
}

static void compose_reads(struct composer *composer, struct ingest_kind_sql *kind)
{
    const struct kind_schema *schema = kind->schema;
    const char *name = schema->name;
    put(composer, "select (i.n - 1)::integer");
    put_values(composer, schema);
    put(composer,
        " from unnest($1::uuid[]) with ordinality i (record, n)"
        " cross join lateral (select * from dantin.%s c where c.id = i.record offset 0) k",
        name);
    finish(composer, &kind->read, "%s_read", name);

    put(composer,
        "select (i.n - 1)::integer from unnest($1::uuid[]) with ordinality i (record, n)"
        " cross join lateral (select from dantin.%s c where c.id = i.record offset 0) k",
        name);
    finish(composer, &kind->exists, "%s_exists", name);

    for (size_t i = 0; i < schema->field_count; i++) {
        if ((schema->fields[i].flags & FIELD_UNIQUE) == 0) {
            continue;
        }
        put(composer, "select (i.n - 1)::integer, k.id, ");
        put_owner(composer, kind, "k");
        put_left(composer, schema, "k");
        bool is_blind = field_is_blind(&schema->fields[i]);
        put(composer,
            " from unnest($1::%s[]) with ordinality i (number, n)"
            " cross join lateral (select * from dantin.%s c where c.%s%s = i.number offset 0) k",
            is_blind ? "bytea" : "text", name, schema->fields[i].name, is_blind ? "_blind" : "");
        finish(composer, &kind->numbers[i], "%s_number_%s", name, schema->fields[i].name);
    }
}

static void compose_list(struct composer *composer, struct ingest_kind_sql *kind, size_t list_index)
{
    const char *name = kind->schema->name;
    const struct list_schema *list = &kind->schema->lists[list_index];
    struct ingest_list_sql *sql = &kind->lists[list_index];
    sql->row_type = keep_format(composer, "%s_%s_row", name, list->name);

    put(composer, "delete from dantin.%s_%s where id = any($1::uuid[])", name, list->name);
    finish(composer, &sql->clear, "%s_%s_clear", name, list->name);

    put(composer, "with input as materialized (select * from unnest($1::dantin.%s)), ",
        keep_format(composer, "%s[]", sql->row_type));
    put(composer, "versions as (insert into dantin.%s_%s_version (id, since, element", name, list->name);
    put_items(composer, list, "");
    put(composer, ") select id, since, element");
    put_items(composer, list, "");
    put(composer, " from input) insert into dantin.%s_%s (id, element", name, list->name);
    put_items(composer, list, "");
    put(composer, ") select id, element");
    put_items(composer, list, "");
    put(composer, " from input where until is null");
    finish(composer, &sql->append, "%s_%s_append", name, list->name);

    put(composer, "select (i.n - 1)::integer, l.element");
    put_items(composer, list, "l.");
    put(composer,
        " from unnest($1::uuid[]) with ordinality i (record, n)"
        " cross join lateral (select * from dantin.%s_%s c where c.id = i.record offset 0) l"
        " order by i.n, l.element",
        name, list->name);
    finish(composer, &sql->read, "%s_%s_read", name, list->name);
}

static void compose_referrers(struct composer *composer, struct ingest_kind_sql *kind)
{
    size_t count = 0;
    put(composer,
        "select (i.n - 1)::integer, u.kind, u.id from unnest($2::uuid[]) with ordinality i (record, n)"
        " cross join lateral (");
    for (uint32_t from = 1; from <= KIND_MAX; from++) {
        put_referrers(composer, schema_of(from), kind->schema, &count);
    }
    put(composer, " limit $1) u");
    if (count == 0) {
        buf_clear(&composer->text);
        return;
    }
    finish(composer, &kind->referrers, "%s_referrers", kind->schema->name);
}

/* Every place of one kind that may name a record of another: a field; a last edge; an element of a list. */
static void put_referrers(struct composer *composer, const struct kind_schema *from,
                          const struct kind_schema *to, size_t *count)
{
    for (size_t i = 0; i < from->field_count; i++) {
        if (field_refers_to(&from->fields[i], to)) {
            put_arm(composer, from->kind, from->name, from->fields[i].name, count);
        }
    }
    for (size_t i = 0; i < from->list_count; i++) {
        const struct list_schema *list = &from->lists[i];
        for (size_t j = 0; j < list->item_count; j++) {
            if (!field_refers_to(&list->items[j], to)) {
                continue;
            }
            const char *column = keep_format(composer, "%s_%s", list->name, list->items[j].name);
            if (list->shape == LIST_EDGE) {
                put_arm(composer, from->kind, from->name, column, count);
            }
            put_arm(composer, from->kind, keep_format(composer, "%s_%s", from->name, list->name), column,
                    count);
        }
    }
}

/* UNION makes a record one that names the other more than once. */
static void put_arm(struct composer *composer, enum record_kind from, const char *table, const char *column,
                    size_t *count)
{
    put(composer, "%sselect %d as kind, c.id from dantin.%s c where c.%s = i.record",
        *count > 0 ? " union " : "", (int)from, table, column);
    (*count)++;
}

static void put_owner(struct composer *composer, const struct ingest_kind_sql *kind, const char *alias)
{
    const struct kind_schema *schema = kind->schema;
    if (schema->owner.list >= 0) {
        const struct list_schema *list = &schema->lists[schema->owner.list];
        put(composer, "%s.%s_%s", alias, list->name, list->items[EDGE_REFERENCE].name);
    } else if (schema->owner.field >= 0) {
        put(composer, "%s.%s", alias, schema->fields[schema->owner.field].name);
    } else {
        put(composer, "null::uuid");
    }
}

static void put_left(struct composer *composer, const struct kind_schema *schema, const char *alias)
{
    if (schema->owner.list < 0) {
        put(composer, ", null::date");
        return;
    }
    const struct list_schema *list = &schema->lists[schema->owner.list];
    const char *to = keep_format(composer, "%s.%s_%s", alias, list->name, list->items[EDGE_TO].name);
    if (schema->ended_field < 0) {
        put(composer, ", %s", to);
    } else {
        put(composer, ", case when %s.%s is null then %s end", alias,
            schema->fields[schema->ended_field].name, to);
    }
}

/* Of version v, or of the version it removed. */
static void put_owner_kept(struct composer *composer, const struct ingest_kind_sql *kind)
{
    put(composer, "case when v.removed then (select ");
    put_owner(composer, kind, "p");
    put(composer,
        " from dantin.%s_version p where p.id = v.id and p.until = v.since and not p.removed offset 0) else ",
        kind->schema->name);
    put_owner(composer, kind, "v");
    put(composer, " end");
}

static void put_has_official_code(struct composer *composer, const struct kind_schema *schema)
{
    if (schema->derive_list == NULL) {
        put(composer, "false");
    } else {
        put(composer, "coalesce(v.%s, '') <> ''", schema->derive_list);
    }
}

/* ", field, …, edge_reference, edge_from, edge_to, …" in the order of the row type. */
static void put_columns(struct composer *composer, const struct kind_schema *schema)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        put(composer, ", %s", schema->fields[i].name);
        if (field_is_blind(&schema->fields[i])) {
            put(composer, ", %s_blind", schema->fields[i].name);
        }
    }
    put_edges(composer, schema);
}

/* The same without blind indexes: what a record is made of again. */
static void put_values(struct composer *composer, const struct kind_schema *schema)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        put(composer, ", %s", schema->fields[i].name);
    }
    put_edges(composer, schema);
}

static void put_edges(struct composer *composer, const struct kind_schema *schema)
{
    for (size_t i = 0; i < schema->list_count; i++) {
        if (schema->lists[i].shape == LIST_EDGE) {
            put_items(composer, &schema->lists[i], "");
        }
    }
}

static void put_assignments(struct composer *composer, const struct kind_schema *schema)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        put(composer, ", %s = excluded.%s", schema->fields[i].name, schema->fields[i].name);
        if (field_is_blind(&schema->fields[i])) {
            put(composer, ", %s_blind = excluded.%s_blind", schema->fields[i].name, schema->fields[i].name);
        }
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        const struct list_schema *list = &schema->lists[i];
        for (size_t j = 0; list->shape == LIST_EDGE && j < list->item_count; j++) {
            put(composer, ", %s_%s = excluded.%s_%s", list->name, list->items[j].name, list->name,
                list->items[j].name);
        }
    }
}

static void put_items(struct composer *composer, const struct list_schema *list, const char *alias)
{
    for (size_t i = 0; i < list->item_count; i++) {
        put(composer, ", %s%s_%s", alias, list->name, list->items[i].name);
    }
}

static void put(struct composer *composer, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    REQUIRE(len >= 0 && (size_t)len < sizeof text);
    if (composer->err == ERR_OK) {
        composer->err = buf_append_text(&composer->text, text);
    }
}

/* The text so far becomes the statement's, under a name made from the format. */
static void finish(struct composer *composer, struct statement *statement, const char *format, ...)
{
    char name[64];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    REQUIRE(len >= 0 && (size_t)len < sizeof name);
    struct bytes text = buf_content(&composer->text);
    char *copy = arena_text(&composer->sql->arena, text);
    statement->name = keep(composer, name);
    statement->sql = copy;
    if (copy == NULL) {
        composer->err = ERR_NO_MEMORY;
    }
    buf_clear(&composer->text);
}

static const char *keep_format(struct composer *composer, const char *format, ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    REQUIRE(len >= 0 && (size_t)len < sizeof text);
    return keep(composer, text);
}

/* Never NULL, so that formats may use it; the error is remembered. */
static const char *keep(struct composer *composer, const char *text)
{
    char *copy = arena_text(&composer->sql->arena, bytes_of_text(text));
    if (copy == NULL) {
        composer->err = ERR_NO_MEMORY;
        return "";
    }
    return copy;
}
