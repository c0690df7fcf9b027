/* Import and export are inverse: random branches and members that the rules accept, in both languages, through a file and back
 * into a store. What the file says of records of every kind: test_export_every_kind.c. */
#include "tests/lib/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/lib/export.h"
#include "client/lib/import.h"
#include "common/wire/message.h"
#include "tests/lib/client_world.h"
#include "tests/lib/random_record.h"
#include "tests/lib/seed.h"

enum { PATH_BYTES = 256, ROUNDS = 3, BRANCHES = 12, MEMBERS = 60, TODAY = 19875 /* 2024-06-01 */ };

struct fixture {
    char folder[PATH_BYTES];
    struct store *store;
    struct random_source source; /* of its branches the first one ships with the program */
};

/* What a store holds of one kind: id and body, one after the other. */
struct content {
    struct buf bytes;
    size_t count;
};

static void open_store(struct fixture *fixture, enum record_origin origin)
{
    struct import_options options = {.language = LANGUAGE_EN, .today = TODAY};
    struct import_result result;
    struct error error = {0};

    (void)snprintf(fixture->folder, sizeof fixture->folder, "/tmp/dantin-round-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(store_open(fixture->folder, &client_owner, true, &fixture->store, &error), ERR_OK);
    assert_int_equal(import_reference(fixture->store, origin, &options, &result, &error), ERR_OK);
    arena_init(&fixture->source.arena, 16 << 20);
}

static void close_store(struct fixture *fixture)
{
    DIR *folder = opendir(fixture->folder);
    char path[2 * PATH_BYTES + 256];

    store_close(fixture->store);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)snprintf(path, sizeof path, "%s/%s", fixture->folder, entry->d_name);
        (void)unlink(path); /* . and .. stay */
    }
    (void)closedir(folder);
    (void)rmdir(fixture->folder); /* a left folder harms nobody */
    arena_release(&fixture->source.arena);
}

/* Dates that the rules accept, for they are not what is tested here. */
static struct value date_of(struct fixture *fixture, const char *name)
{
    static const struct {
        const char *name;
        int64_t days;
    } dates[] = {{"birth_date", 3652 /* 1980-01-01 */},     {"admission_date", 12785 /* 2005-01-02 */},
                 {"official_date", 13150 /* 2006-01-02 */}, {"admission_decision_date", 12775},
                 {"official_decision_date", 13160},         {"established_date", 10957}};

    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (strcmp(dates[i].name, name) == 0) {
            int64_t earlier =
                strcmp(name, "birth_date") == 0 ? (int64_t)prng_below(&fixture->source.prng, 5000) : 0;

            return (struct value){.is_stated = true, .number = dates[i].days - earlier};
        }
    }
    return (struct value){0};
}

static struct value field_value(struct fixture *fixture, const struct field_schema *field, size_t number)
{
    const char *name = field->name;
    struct value value = {0};
    char text[64];

    if (strcmp(name, "code_list") == 0 || strcmp(name, "ended_reason") == 0) {
        return (struct value){0};
    }
    if (strcmp(name, "code") == 0 || strcmp(name, "file_number") == 0 || strcmp(name, "card_number") == 0) {
        (void)snprintf(text, sizeof text, "%08zu", number);
        value.is_stated = true;
        value.text = arena_copy(&fixture->source.arena, bytes_of_text(text));
        return value;
    }
    if (strcmp(name, "committee_seats") == 0) {
        value.is_stated = prng_below(&fixture->source.prng, 2) == 0;
        value.number = (int64_t)prng_below(&fixture->source.prng, 8); /* more would be refused in a cell */
        return value;
    }
    return field->type == FIELD_DATE ? date_of(fixture, name) : random_value(&fixture->source, field);
}

/* Fields at random; one to three edges that follow one another. */
static void put_random(struct fixture *fixture, const struct kind_schema *schema, size_t number,
                       const struct id *record)
{
    void *message = NULL;

    assert_int_equal(record_new(schema, &fixture->source.arena, &message), ERR_OK);
    for (size_t i = 0; i < schema->field_count; i++) {
        assert_int_equal(record_set_field(schema, &fixture->source.arena, message, i,
                                          field_value(fixture, &schema->fields[i], number)),
                         ERR_OK);
    }
    for (size_t list = 0; list < schema->list_count; list++) {
        const struct list_schema *shape = &schema->lists[list];
        size_t count = 1 + (size_t)prng_below(&fixture->source.prng, 3);

        if (shape->shape != LIST_EDGE || strcmp(shape->items[EDGE_REFERENCE].list, "branch") != 0) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            struct value items[EDGE_ITEMS] = {random_value(&fixture->source, &shape->items[EDGE_REFERENCE])};

            items[EDGE_FROM] = (struct value){.is_stated = true, .number = (int64_t)(16000 + 100 * i)};
            items[EDGE_TO] = (struct value){.is_stated = i + 1 < count, .number = (int64_t)(16100 + 100 * i)};
            assert_int_equal(record_append(schema, &fixture->source.arena, message, list, items), ERR_OK);
        }
    }
    struct store_put put = {
        .kind = schema->kind, .record = *record, .message = message, .origin = RECORD_OWN};

    assert_int_equal(store_record_put(fixture->store, &put), ERR_OK);
    arena_clear(&fixture->source.arena);
}

static void fill_store(struct fixture *fixture)
{
    struct id *branches = fixture->source.ids[KIND_BRANCH];
    size_t *branch_count = &fixture->source.id_count[KIND_BRANCH];

    assert_int_equal(
        store_record_by_code(fixture->store, KIND_BRANCH, bytes_of_text("522"), branches, 1, branch_count),
        ERR_OK);
    assert_int_equal(*branch_count, 1);
    assert_int_equal(store_begin(fixture->store), ERR_OK);
    while (*branch_count < BRANCHES) { /* parents among the earlier ones: no cycle */
        struct id record;

        assert_int_equal(store_draw_id(fixture->store, &record), ERR_OK);
        put_random(fixture, schema_of(KIND_BRANCH), *branch_count, &record);
        branches[(*branch_count)++] = record;
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        struct id record;

        assert_int_equal(store_draw_id(fixture->store, &record), ERR_OK);
        put_random(fixture, schema_of(KIND_MEMBER), 1000 + i, &record);
    }
    assert_int_equal(store_commit(fixture->store), ERR_OK);
}

static bool collect(void *context, const struct store_record *record)
{
    struct content *content = context;

    assert_int_equal(buf_append(&content->bytes, bytes_of(record->record.at, ID_BYTES)), ERR_OK);
    assert_int_equal(buf_append(&content->bytes, record->body), ERR_OK);
    content->count++;
    return true;
}

static void read_content(struct fixture *fixture, enum record_kind kind, struct content *content)
{
    buf_init(&content->bytes, 64 << 20);
    content->count = 0;
    assert_int_equal(store_record_each(fixture->store, kind, collect, content), ERR_OK);
}

static void assert_same(struct fixture *a, struct fixture *b, enum record_kind kind)
{
    struct content of_a;
    struct content of_b;

    read_content(a, kind, &of_a);
    read_content(b, kind, &of_b);
    assert_int_equal(of_a.count, of_b.count);
    assert_true(bytes_equal(buf_content(&of_a.bytes), buf_content(&of_b.bytes)));
    buf_release(&of_a.bytes);
    buf_release(&of_b.bytes);
}

static void print_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char line[4096];

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        print_message("%s", line);
    }
    if (file != NULL) {
        (void)fclose(file); /* only read */
    }
}

static void import_ok(struct fixture *fixture, const char *path, struct import_result *result)
{
    struct import_options options = {.language = LANGUAGE_EN, .today = TODAY, .is_first_load = true};
    struct error error = {0};

    if (import_file(fixture->store, path, &options, result, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    if (result->failed > 0) {
        print_file(result->error_file);
    }
    assert_int_equal(result->failed, 0);
}

/* Same ids and content in another store; nothing at all in the same store. */
static void round_trip(uint64_t seed, enum language language)
{
    static const enum record_kind kinds[] = {KIND_CODE, KIND_LOCALITY, KIND_BRANCH, KIND_MEMBER};
    struct fixture from = {0};
    struct fixture into = {0};

    prng_init(&from.source.prng, seed);
    open_store(&from, RECORD_REFERENCE);
    open_store(&into, RECORD_REFERENCE);
    fill_store(&from);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind_schema *schema = schema_of(kinds[i]);
        char wanted[2 * PATH_BYTES];
        char path[IMPORT_PATH_BYTES_MAX];
        struct import_result result;
        struct error error = {0};
        uint64_t rows = 0;

        (void)snprintf(wanted, sizeof wanted, "%s/%s.csv", from.folder, schema->name);
        assert_int_equal(
            export_kind(from.store, schema->name, wanted, language, path, sizeof path, &rows, &error),
            ERR_OK);
        import_ok(&from, path, &result);
        assert_int_equal(result.unchanged, rows);
        assert_string_equal(result.kind, schema->name);
        assert_string_equal(result.unknown_columns, "");
        import_ok(&into, path, &result);
        assert_same(&from, &into, kinds[i]);
    }
    close_store(&from);
    close_store(&into);
}

static void export__imported_again__same_records(void **state)
{
    uint64_t seed = seed_of_test();

    (void)state;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        round_trip(seed + i, LANGUAGE_VI);
        round_trip(seed + i, LANGUAGE_EN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(export__imported_again__same_records)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
