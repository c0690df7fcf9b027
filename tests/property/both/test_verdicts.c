/* One rule, both sides: whatever the record, the client takes it exactly where the server applies it, and refuses it by the same
 * rule. The client's side is the import's own last step (import_job_put), the server's the bytes of a change as ingest reads them. */
#include "tests/lib/test.h"

#include "client/lib/import_job.h"
#include "common/base/random.h"
#include "common/record/codes.h"
#include "common/rules/derive.h"
#include "common/rules/rules.h"
#include "tests/lib/client_world.h"
#include "tests/lib/seed.h"
#include "tests/lib/server_verdict.h"
#include "tests/lib/sound_record.h"

enum {
    RECORDS_PER_KIND = 400,
    CHANGES_MAX = 5,
    ARENA_BYTES_MAX = 4 << 20,
    ITEMS_MAX = 16,
    FAULT_ROOM_BYTES = 600, /* a fault is told while so much is left of IMPORT_FAULT_BYTES_MAX */
    MODES = 3               /* no reason, a reason, a first load */
};

static struct fixture {
    struct client_world world;
    struct prng prng;
    struct arena arena;
    size_t taken, refused, unexplained;
} fixture;

static uint64_t below(uint64_t limit)
{
    return prng_below(&fixture.prng, limit);
}

static const char *draw_code(const char *list)
{
    const char *drawn = "castle"; /* of no list */
    size_t seen = below(10) == 0 ? 1000000 : 0;
    for (size_t i = 0; codes_at(i) != NULL; i++) {
        if (strcmp(codes_at(i)->list, list) == 0 && below(++seen) == 0) {
            drawn = codes_at(i)->code;
        }
    }
    return drawn;
}

static struct value draw_value(const struct field_schema *field, uint8_t id[ID_BYTES])
{
    static const char *const texts[] = {"x", "01234567", "30", "40", "0", "", "Nguye\xCC\x82\xCC\x83n"};
    static const int32_t days[] = {SOUND_TODAY, SOUND_TODAY + 1, -30000, 15000, 18838, 20330};
    struct value value = {.is_stated = below(5) > 0};
    switch (field->type) {
    case FIELD_TEXT:
        value.text = bytes_of_text(texts[below(7)]);
        break;
    case FIELD_CODE:
        value.text = bytes_of_text(draw_code(field->list));
        break;
    case FIELD_DATE:
        value.number = below(3) == 0 ? days[below(6)] : SOUND_TODAY - (int32_t)below(2000);
        break;
    case FIELD_INTEGER:
        value.number = below(8) == 0 ? 2000 + (int64_t)below(30) : (int64_t)below(12);
        break;
    case FIELD_DECIMAL:
        value.number = (int64_t)below(20100) - 50;
        break;
    case FIELD_BOOLEAN:
        value.number = (int64_t)below(2);
        break;
    case FIELD_REFERENCE:
        memset(id, (int)('a' + below(3)), ID_BYTES);
        value.text = bytes_of(id, ID_BYTES);
        break;
    }
    return value;
}

static void change_list(const struct kind_schema *schema, void *message, size_t list)
{
    const struct list_schema *of = &schema->lists[list];
    size_t count = record_list_count(schema, message, list);
    uint8_t ids[ITEMS_MAX][ID_BYTES];
    if (count > 0 && below(2) == 0) {
        size_t item = below(of->item_count);
        struct value value = draw_value(&of->items[item], ids[0]);
        assert_int_equal(record_set_item(schema, &fixture.arena, message, list, below(count), item, value),
                         ERR_OK);
        return;
    }
    struct value values[ITEMS_MAX] = {0};
    assert_true(of->item_count <= ITEMS_MAX);
    for (size_t i = 0; i < of->item_count; i++) {
        values[i] = draw_value(&of->items[i], ids[i]);
    }
    assert_int_equal(record_append(schema, &fixture.arena, message, list, values), ERR_OK);
}

/* Mostly sound, with some values changed; now and then from nothing. */
static void *draw_record(const struct kind_schema *schema)
{
    void *message = NULL;
    if (below(8) == 0) {
        assert_int_equal(record_new(schema, &fixture.arena, &message), ERR_OK);
    } else {
        message = sound_record(schema->kind, &fixture.arena);
    }
    for (uint64_t i = below(CHANGES_MAX + 1); i > 0; i--) {
        uint8_t id[ID_BYTES];
        size_t field = below(schema->field_count);
        if (schema->list_count > 0 && below(3) == 0) {
            change_list(schema, message, below(schema->list_count));
            continue;
        }
        struct value value = draw_value(&schema->fields[field], id);
        assert_int_equal(record_set_field(schema, &fixture.arena, message, field, value), ERR_OK);
    }
    assert_int_equal(record_derive(schema, message, &fixture.arena), ERR_OK);
    return message;
}

/* Does the client name the rule? (A fault past IMPORT_FAULT_BYTES_MAX is not told.) */
static bool names_rule(const struct import_faults *faults, const char *rule)
{
    struct bytes text = buf_content(&faults->text);
    size_t len = strlen(rule);
    for (size_t i = 0; i + len + 2 <= text.len; i++) {
        if (text.at[i] == '[' && memcmp(text.at + i + 1, rule, len) == 0 && text.at[i + 1 + len] == ']') {
            return true;
        }
    }
    return text.len + FAULT_ROOM_BYTES > IMPORT_FAULT_BYTES_MAX;
}

static void assert_same_verdict(struct import_job *job, const void *message, bool is_first_load,
                                bool has_reason)
{
    struct rule_context context = {job->columns.schema, message, SOUND_TODAY};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    const char *reasons[RULE_FINDINGS_MAX];
    size_t reason_count = 0;
    size_t count = rules_check(&context, findings);
    const char *error = "";
    struct id record;
    for (size_t i = 0; i < count; i++) {
        if (findings[i].severity == RULE_WARNING && has_reason) {
            reasons[reason_count++] = findings[i].rule->id;
        } else if (findings[i].severity == RULE_ERROR && error[0] == '\0') {
            error = findings[i].rule->id;
        }
    }
    import_faults_clear(&job->faults);
    assert_int_equal(store_draw_id(fixture.world.store, &record), ERR_OK);

    enum err err = import_job_put(job, &record, message, true,
                                  has_reason ? bytes_of_text("Đã đối chiếu") : bytes_of(NULL, 0));
    const char *verdict = server_verdict(&fixture.arena, job->columns.schema->kind, message, is_first_load,
                                         reasons, reason_count, SOUND_TODAY);

    assert_int_equal(err, ERR_OK);
    bool is_refused = job->faults.count > 0;
    if (is_refused != (verdict[0] != '\0')) {
        fail_msg("%s: the client %s, the server says \"%s\"", job->columns.schema->name,
                 is_refused ? "refuses" : "takes", verdict);
    }
    bool lacks_reason = strcmp(verdict, "ingest.reason_missing") == 0;
    if (is_refused && !lacks_reason && !(strcmp(verdict, error) == 0 && names_rule(&job->faults, verdict))) {
        fail_msg("%s: %s at the server, at the client %s", job->columns.schema->name, verdict, error);
    }
    assert_true(!lacks_reason || error[0] == '\0');
    fixture.taken += !is_refused;
    fixture.refused += is_refused && !lacks_reason;
    fixture.unexplained += lacks_reason;
}

static void verdicts__any_record_of_any_kind__the_same_on_both_sides(void **state)
{
    (void)state;
    for (int mode = 0; mode < MODES; mode++) {
        struct import_options options = {
            .language = LANGUAGE_VI, .today = SOUND_TODAY, .is_first_load = mode == 2};
        struct error error;
        struct import_job job;
        assert_int_equal(store_begin(fixture.world.store), ERR_OK);
        assert_int_equal(
            import_job_init(&job, fixture.world.store, &options, IMPORT_BY_HAND, RECORD_OWN, "", &error),
            ERR_OK);
        for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
            job.columns.schema = schema_of(kind);
            for (int i = 0; i < RECORDS_PER_KIND; i++) {
                arena_clear(&fixture.arena);
                arena_clear(&job.arena);
                assert_same_verdict(&job, draw_record(job.columns.schema), mode == 2, mode == 1);
            }
        }
        import_job_release(&job);
        store_rollback(fixture.world.store);
    }
    print_message("%zu taken, %zu refused, %zu without a reason\n", fixture.taken, fixture.refused,
                  fixture.unexplained);
    assert_true(fixture.taken > 1000 && fixture.refused > 1000 && fixture.unexplained > 10);
}

static int open_world(void **state)
{
    (void)state;
    prng_init(&fixture.prng, seed_of_test());
    arena_init(&fixture.arena, ARENA_BYTES_MAX);
    client_world_open(&fixture.world);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    client_world_close(&fixture.world);
    arena_release(&fixture.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verdicts__any_record_of_any_kind__the_same_on_both_sides, open_world,
                                        close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
