/* schedule_on_model SEED SUBMISSIONS: judge a random schedule one at a time on the model store and print what
 * it came to: a line per answer, then the rows of every table, sorted. tests/integration/test_ingest.c
 * compares PostgreSQL with it (a process holds one kind of store). Lines of rows:
 * tests/integration/data/ingest_rows.sql. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "tests/lib/model_internal.h"
#include "tests/lib/model_world.h"
#include "tests/lib/outcome.h"
#include "tests/lib/schedule.h"

enum { OUTCOME_BYTES_MAX = 64 << 20 };

static void put(struct buf *out, const char *format, ...) PRINTF_LIKE(2, 3);

static void put(struct buf *out, const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    REQUIRE(len >= 0 && (size_t)len < sizeof line);
    REQUIRE(buf_append_text(out, line) == ERR_OK);
}

static void put_hex(struct buf *out, struct bytes in)
{
    char hex[HASH_HEX_BYTES] = "";
    REQUIRE(in.len <= HASH_BYTES);
    hex_encode(in, hex);
    put(out, "%s", hex);
}

static void put_value(struct buf *out, struct value value, enum field_type type)
{
    if (!value.is_stated) {
        return;
    }
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CODE:
        REQUIRE(buf_append(out, value.text) == ERR_OK);
        break;
    case FIELD_REFERENCE:
        put_hex(out, value.text);
        break;
    case FIELD_BOOLEAN:
        put(out, "%s", value.number != 0 ? "true" : "false");
        break;
    case FIELD_DATE:
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
        put(out, "%" PRId64, value.number);
        break;
    }
}

static void put_field(struct buf *out, const struct store_version *version, const char *name)
{
    int field = schema_field_index(version->schema, name);
    REQUIRE(field >= 0);
    put(out, "|");
    put_value(out, record_field(version->schema, version->message, (size_t)field),
              version->schema->fields[field].type);
}

static void put_edge(struct buf *out, const struct store_version *version, size_t list, size_t element)
{
    for (size_t item = 0; item < version->schema->lists[list].item_count; item++) {
        put(out, "|");
        put_value(out, record_item(version->schema, version->message, list, element, item),
                  version->schema->lists[list].items[item].type);
    }
}

static size_t edge_list(const struct store_version *version)
{
    int list = schema_list_index(version->schema, version->schema->kind == KIND_MEMBER ? "branch" : "parent");
    REQUIRE(list >= 0);
    return (size_t)list;
}

static void put_content(struct buf *out, const struct store_version *version)
{
    static const char *const fields[KIND_MAX + 1][5] = {
        [KIND_LOCALITY] = {"name", "code"},
        [KIND_BRANCH] = {"name", "kind", "is_sender"},
        [KIND_MEMBER] = {"name", "card_number", "birth_date"},
        [KIND_TASK] = {"content", "branch", "member", "assigned_date"},
        [KIND_CONGRESS_BALLOT] = {"branch", "minutes_number"},
    };
    if (version->is_removal) {
        return;
    }
    for (size_t i = 0; fields[version->schema->kind][i] != NULL; i++) {
        put_field(out, version, fields[version->schema->kind][i]);
    }
    if (version->schema->kind == KIND_TASK || version->schema->kind == KIND_CONGRESS_BALLOT) {
        return;
    }
    int last = record_last_edge(version->schema, version->message, edge_list(version));
    if (last >= 0) {
        put_edge(out, version, edge_list(version), (size_t)last);
    } else {
        put(out, "|||");
    }
}

static void put_version(struct buf *out, const struct model_version *of)
{
    const struct store_version *version = &of->version;
    bool is_current = of->until == UINT64_MAX;
    put(out, "version %s ", version->schema->name);
    put_hex(out, bytes_of(version->record.at, ID_BYTES));
    put(out, " ");
    put_hex(out, bytes_of(version->version.at, ID_BYTES));
    put(out, " %" PRIu64 " ", version->position);
    if (!is_current) {
        put(out, "%" PRIu64, of->until);
    }
    put(out, " %s ", version->is_removal ? "true" : "false");
    put_content(out, version);
    put(out, "\n");
    if (!is_current || version->is_removal) {
        return;
    }
    put(out, "current %s ", version->schema->name);
    put_hex(out, bytes_of(version->record.at, ID_BYTES));
    put(out, " ");
    put_hex(out, bytes_of(version->version.at, ID_BYTES));
    put(out, " %" PRIu64 " ", version->position);
    put_content(out, version);
    put(out, "\n");
    if (version->schema->kind != KIND_BRANCH) {
        return;
    }
    size_t list = edge_list(version);
    int last = record_last_edge(version->schema, version->message, list);
    for (size_t i = 0; i < record_list_count(version->schema, version->message, list); i++) {
        if ((int)i != last) {
            put(out, "edge ");
            put_hex(out, bytes_of(version->record.at, ID_BYTES));
            put_edge(out, version, list, i);
            put(out, "\n");
        }
    }
}

static void put_entry(struct buf *out, const struct store_entry *entry)
{
    put(out, "entry %" PRIu64 " ", entry->position);
    put_hex(out, bytes_of(entry->device.at, HASH_BYTES));
    put(out, " %" PRIu64 " %u %u %s\n", entry->sequence, entry->content, entry->change_count,
        entry->is_unreadable ? "true" : "false");
    for (size_t i = 0; entry->content == ENVELOPE_CONTENT_CHANGES && i < entry->verdict_count; i++) {
        if (entry->verdicts[i].code == VERDICT_CONFLICT || entry->verdicts[i].code == VERDICT_REFUSED) {
            put(out, "refusal ");
            put_hex(out, bytes_of(entry->verdict_versions[i].at, ID_BYTES));
            put(out, " %" PRIu64 " %u %d %s\n", entry->position, entry->verdict_indexes[i],
                (int)entry->verdicts[i].code, entry->verdicts[i].rule);
        }
    }
}

static void put_waiting(struct buf *out, const struct model_waiting *of)
{
    put(out, "waiting ");
    put_hex(out, bytes_of(of->waiting.version.at, ID_BYTES));
    put(out, " %" PRIu64 " %u %u ", of->waiting.position, of->waiting.index, (unsigned)of->waiting.key.kind);
    put_hex(out, bytes_of(of->waiting.key.record.at, ID_BYTES));
    put(out, " ");
    put_hex(out, bytes_of(of->waiting.change_hash.at, HASH_BYTES));
    if (of->waiting.is_decided) {
        put(out, " %" PRIu64 " %u %d %s", of->outcome.position, of->outcome.index,
            (int)of->outcome.verdict.code, of->outcome.verdict.rule);
    }
    put(out, "\n");
    if (of->waiting.is_decided && of->outcome.verdict.code != VERDICT_APPLIED) {
        put(out, "refusal ");
        put_hex(out, bytes_of(of->waiting.version.at, ID_BYTES));
        put(out, " %" PRIu64 " %u %d %s\n", of->outcome.position, of->outcome.index,
            (int)of->outcome.verdict.code, of->outcome.verdict.rule);
    }
}

static void put_rows(struct buf *out, const struct store *store)
{
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        put_waiting(out, &store->waiting_changes[i]);
    }
    for (size_t i = 0; i < store->entry_count; i++) {
        put_entry(out, &store->entries[i].entry);
    }
    for (size_t i = 0; i < store->version_count; i++) {
        put_version(out, &store->versions[i]);
    }
    for (size_t i = 0; i < store->device_count; i++) {
        const struct store_device *device = &store->devices[i].device;
        put(out, "device ");
        put_hex(out, bytes_of(device->device.at, HASH_BYTES));
        put(out, " %" PRIu64 " %s\n", device->last_sequence, device->is_quarantined ? "true" : "false");
    }
}

static void drop_log(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 3);
    static struct model_world world;
    struct schedule schedule;
    struct buf answers;
    struct buf rows;
    log_set_sink(drop_log);
    schedule_init(&schedule, strtoull(argv[1], NULL, 10), (size_t)strtoull(argv[2], NULL, 10));
    buf_init(&answers, OUTCOME_BYTES_MAX);
    buf_init(&rows, OUTCOME_BYTES_MAX);
    model_world_open_empty(&world);
    for (size_t i = 3; i < SCHEDULE_DEVICES; i++) { /* the world has the first three */
        const struct schedule_device *device = &schedule.devices[i];
        struct store_device row = builder_store_device(&device->device, &device->sender, device->is_province);
        row.role = device->role;
        model_store_add_device(world.store, &device->device.device, &row);
    }
    for (size_t i = 0; i < SCHEDULE_POISONS; i++) {
        model_store_refuse_record(world.store, &schedule.poisons[i]);
    }
    for (size_t i = 0; i < schedule.item_count; i++) {
        const struct schedule_item *item = &schedule.items[i];
        struct model_answer *answer =
            model_world_offer(&world, &schedule.devices[item->device_index].device, &item->submission);
        model_world_settle(&world);
        REQUIRE(answer->answer_count == 1);
        outcome_write(&answers, &answer->answer);
    }
    put_rows(&rows, world.store);
    struct bytes sorted = buf_content(&rows);
    outcome_sort_lines((char *)sorted.at, sorted.len);
    struct bytes content = buf_content(&answers);
    REQUIRE(fwrite(content.at, 1, content.len, stdout) == content.len);
    REQUIRE(fwrite(sorted.at, 1, sorted.len, stdout) == sorted.len);
    REQUIRE(fflush(stdout) == 0);
    model_world_close(&world);
    buf_release(&answers);
    buf_release(&rows);
    schedule_release(&schedule);
    return 0;
}
