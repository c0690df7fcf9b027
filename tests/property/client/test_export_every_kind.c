/* What export writes is read back byte for byte, whatever the record: random records of every kind, in both languages, put
 * into the store below the rules and read from the file below them (csv_reader, csv_columns, import_row). */
#include "tests/lib/test.h"

#include <stdio.h>

#include "client/lib/csv_references.h"
#include "client/lib/export.h"
#include "client/lib/import.h"
#include "client/lib/import_row.h"
#include "common/record/record_id.h"
#include "common/wire/message.h"
#include "tests/lib/client_world.h"
#include "tests/lib/random_record.h"
#include "tests/lib/seed.h"

enum {
    ROUNDS = 3,
    RECORDS_PER_KIND = 20,
    ARENA_BYTES_MAX = 16 << 20,
    FILE_BYTES_MAX = 4 << 20,
    BOM_BYTES = 3,
};

/* The file of one kind as it is read. */
struct reading {
    const struct kind_schema *schema; /* that the headers must be recognised as */
    enum language language;
    struct csv_columns columns;
    bool has_header;
    struct csv_references *references;
    struct arena arena; /* of the row */
    struct import_faults faults;
    size_t rows;
};

static struct fixture {
    struct client_world world;
    struct random_source source;
    struct reading reading;
} fixture;

static int fixture_open(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    client_world_open(&fixture.world);
    arena_init(&fixture.source.arena, ARENA_BYTES_MAX);
    return 0;
}

static int fixture_close(void **state)
{
    (void)state;
    arena_release(&fixture.source.arena);
    client_world_close(&fixture.world);
    return 0;
}

/* Ids first, so that references go forwards, backwards and round. An official code gives the id. */
static void fill_store(void)
{
    struct random_source *source = &fixture.source;
    static void *messages[KIND_MAX + 1][RECORDS_PER_KIND];

    assert_int_equal(store_begin(fixture.world.store), ERR_OK);
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        source->id_count[kind] = 0;
        for (size_t i = 0; schema_of(kind) != NULL && i < RECORDS_PER_KIND; i++) {
            void *alone = random_record(source, schema_of(kind)); /* what is derived has no references */

            if (record_id_derived(schema_of(kind), alone, &source->ids[kind][i])) {
                messages[kind][i] = alone;
            } else {
                messages[kind][i] = NULL;
                assert_int_equal(store_draw_id(fixture.world.store, &source->ids[kind][i]), ERR_OK);
            }
        }
    }
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        source->id_count[kind] = schema_of(kind) != NULL ? RECORDS_PER_KIND : 0;
    }
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        for (size_t i = 0; i < source->id_count[kind]; i++) {
            void *message = messages[kind][i];
            struct id derived;

            while (message == NULL) {
                message = random_record(source, schema_of(kind));
                if (record_id_derived(schema_of(kind), message, &derived)) {
                    message = NULL;
                }
            }
            struct store_put put = {.kind = (enum record_kind)kind,
                                    .record = source->ids[kind][i],
                                    .message = message,
                                    .origin = RECORD_OWN};

            assert_int_equal(store_record_put(fixture.world.store, &put), ERR_OK);
        }
    }
    assert_int_equal(store_commit(fixture.world.store), ERR_OK);
    arena_clear(&source->arena);
}

static enum err find_reference(void *context, enum record_kind kind, struct bytes typed,
                               struct id *ret_record)
{
    return csv_references_find(context, kind, typed, ret_record);
}

static void tell_difference(const struct kind_schema *schema, const void *read, struct bytes stored)
{
    void *put = NULL;

    assert_int_equal(message_unpack(schema->descriptor, stored, true, &fixture.world.arena, &put), ERR_OK);
    for (size_t i = 0; i < schema->field_count; i++) {
        struct value a = record_field(schema, put, i);
        struct value b = record_field(schema, read, i);

        if (!value_equal(a, b)) {
            print_message("%s: %lld '%.*s', read %lld '%.*s'\n", schema->fields[i].name, (long long)a.number,
                          (int)a.text.len, (const char *)a.text.at, (long long)b.number, (int)b.text.len,
                          (const char *)b.text.at);
        }
    }
    for (size_t list = 0; list < schema->list_count; list++) {
        size_t count = record_list_count(schema, put, list);

        if (record_list_count(schema, read, list) != count) {
            print_message("%s: %zu elements, read %zu\n", schema->lists[list].name, count,
                          record_list_count(schema, read, list));
            continue;
        }
        for (size_t i = 0; i < count * schema->lists[list].item_count; i++) {
            size_t element = i / schema->lists[list].item_count;
            size_t item = i % schema->lists[list].item_count;

            if (!value_equal(record_item(schema, put, list, element, item),
                             record_item(schema, read, list, element, item))) {
                print_message("%s %zu: %s\n", schema->lists[list].name, element + 1,
                              schema->lists[list].items[item].name);
            }
        }
    }
}

static enum err on_row(void *context, const struct csv_row *row)
{
    struct reading *reading = context;
    char unknown[IMPORT_COLUMN_LIST_BYTES_MAX];
    struct error error = {0};

    if (!reading->has_header) {
        assert_int_equal(csv_columns_read(row, NULL, false, reading->language, &reading->columns, unknown,
                                          sizeof unknown, &error),
                         ERR_OK);
        assert_string_equal(reading->columns.schema->name, reading->schema->name);
        assert_string_equal(unknown, "");
        reading->has_header = true;
        return ERR_OK;
    }
    struct import_row_reader reader = {&reading->columns, reading->language, find_reference,
                                       reading->references};
    struct import_row read = {0};
    void *message = NULL;
    struct store_record stored;

    arena_clear(&reading->arena);
    assert_int_equal(import_row_read(&reader, row, &reading->arena, &reading->faults, &read), ERR_OK);
    if (reading->faults.count > 0) {
        struct bytes text = buf_content(&reading->faults.text);

        fail_msg("%s: %.*s", reading->schema->name, (int)text.len, (const char *)text.at);
    }
    assert_true(read.has_id);
    assert_int_equal(import_row_merge(&reading->columns, NULL, read.message, &reading->arena, &message),
                     ERR_OK);
    stored = client_get(&fixture.world, reading->schema->kind, &read.id);
    if (!bytes_equal(client_packed(&fixture.world, message), stored.body)) {
        tell_difference(reading->schema, message, stored.body);
        fail_msg("row %zu of %s is not what was exported", reading->rows + 1, reading->schema->name);
    }
    arena_clear(&fixture.world.arena);
    reading->rows++;
    return ERR_OK;
}

static void read_back(const char *path, const struct kind_schema *schema, enum language language)
{
    static uint8_t content[FILE_BYTES_MAX];
    struct reading *reading = &fixture.reading;
    struct csv_reader *reader = NULL;
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content, file);

    assert_true(len > BOM_BYTES && len < sizeof content);
    assert_int_equal(fclose(file), 0);
    *reading = (struct reading){.schema = schema, .language = language};
    arena_init(&reading->arena, ARENA_BYTES_MAX);
    import_faults_init(&reading->faults, language);
    assert_int_equal(csv_references_new(fixture.world.store, &reading->references), ERR_OK);
    assert_int_equal(csv_reader_new(',', on_row, reading, &reader), ERR_OK);
    for (size_t at = BOM_BYTES; at < len; at += CSV_PART_BYTES_MAX) {
        size_t left = len - at;

        assert_int_equal(
            csv_reader_feed(reader,
                            bytes_of(content + at, left < CSV_PART_BYTES_MAX ? left : CSV_PART_BYTES_MAX)),
            ERR_OK);
    }
    assert_int_equal(csv_reader_finish(reader), ERR_OK);
    csv_reader_free(reader);
    csv_references_free(reading->references);
    import_faults_release(&reading->faults);
    arena_release(&reading->arena);
}

static void round_trip(uint64_t seed, enum language language)
{
    prng_init(&fixture.source.prng, seed);
    fill_store();
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        char wanted[2 * FOLDER_PATH_BYTES];
        char path[IMPORT_PATH_BYTES_MAX];
        struct error error = {0};
        uint64_t rows = 0;

        if (schema == NULL) {
            continue;
        }
        (void)snprintf(wanted, sizeof wanted, "%s/%s.csv", fixture.world.folder, schema->name); /* fits */
        assert_int_equal(export_kind(fixture.world.store, schema->name, wanted, language, path, sizeof path,
                                     &rows, &error),
                         ERR_OK);
        read_back(path, schema, language);
        assert_int_equal(fixture.reading.rows, rows);
        assert_true(rows > 0);
    }
}

/* A field that export forgets, or writes in a form that import reads otherwise, loses what people entered. */
static void export__random_records_of_every_kind__read_back_byte_for_byte(void **state)
{
    uint64_t seed = seed_of_test();

    (void)state;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        round_trip(seed + 2 * i, LANGUAGE_VI);
        round_trip(seed + 2 * i + 1, LANGUAGE_EN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        export__random_records_of_every_kind__read_back_byte_for_byte, fixture_open, fixture_close)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
