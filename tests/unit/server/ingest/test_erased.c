/* A submission that comes again after its person was erased: with the person in it or with the hash alone, it is taken as the act says. */
#include "server/ingest/erased.h"

#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "proto/records.pb-c.h"
#include "tests/unit/server/ingest/fixture.h"

enum { VERSIONS_MAX = 4, PACKED_BYTES_MAX = 65536 };

/* An act under the test's hands. */
struct act {
    Dantin__ActErasure message;
    Dantin__ErasedVersion versions[VERSIONS_MAX];
    Dantin__ErasedVersion *list[VERSIONS_MAX];
    struct id names[VERSIONS_MAX];
    struct id record;
};

static int open_erased(void **state)
{
    int result = fixture_open(state);
    assert_int_equal(erased_new(&w.erased), ERR_OK);
    return result;
}

static int close_erased(void **state)
{
    erased_free(w.erased);
    w.erased = NULL;
    return fixture_close(state);
}

static void act_open(struct act *act, enum record_kind kind, const struct id *record)
{
    *act = (struct act){.record = *record};
    dantin__act_erasure__init(&act->message);
    act->message.kind = (uint32_t)kind;
    act->message.record = (ProtobufCBinaryData){ID_BYTES, act->record.at};
    act->message.version = act->list;
}

/* left NULL: a removal, or one that was never applied. */
static void act_add(struct act *act, const struct id *version, const void *left, bool is_removal)
{
    size_t i = act->message.n_version++;
    struct buf packed;
    buf_init(&packed, PACKED_BYTES_MAX);
    act->names[i] = *version;
    act->list[i] = &act->versions[i];
    dantin__erased_version__init(act->list[i]);
    act->versions[i].version = (ProtobufCBinaryData){ID_BYTES, act->names[i].at};
    act->versions[i].has_removal = act->versions[i].removal = is_removal;
    act->versions[i].has_body = left != NULL;
    if (left != NULL) {
        assert_int_equal(message_pack(left, &packed), ERR_OK);
        struct bytes body = arena_copy(&w.arena, buf_content(&packed));
        act->versions[i].body = (ProtobufCBinaryData){body.len, (uint8_t *)(uintptr_t)body.at};
    }
    buf_release(&packed);
}

/* The member as an act keeps it. */
static void *left_of_member(void)
{
    Dantin__Member *left = builder_member(&w.arena, "", &w.cell_a, NULL);
    left->name = NULL;
    return left;
}

/* The same submission with this item as its hash alone, as a client that was told offers it. */
static struct builder_submission told(const struct builder_submission *submission, size_t index, size_t count)
{
    struct builder_submission blank = *submission;
    bool is_erased[VERSIONS_MAX] = {false};
    struct buf out;
    buf_init(&out, PACKED_BYTES_MAX);
    is_erased[index] = true;
    assert_int_equal(payload_erase(submission->payload_zstd, is_erased, count, &out), ERR_OK);
    blank.payload_zstd = arena_copy(&w.arena, buf_content(&out));
    buf_release(&out);
    return blank;
}

static struct model_answer *offer(const struct builder_submission *submission)
{
    struct model_answer *answer = model_world_offer(&w, &w.a, submission);
    model_world_settle(&w);
    return answer;
}

/* What is journalled last holds this change as its hash alone, under the hash that was signed. */
static void assert_taken_away(const struct builder_submission *submission, size_t index)
{
    const struct store_entry *entry = model_store_entry(w.store, model_store_entry_count(w.store) - 1);
    struct envelope envelope = {0};
    struct payload payload = {0};
    assert_true(bytes_equal(entry->envelope, submission->envelope));
    assert_int_equal(payload_decode(entry->payload_zstd, &w.arena, &payload), ERR_OK);
    assert_int_equal(envelope_decode(entry->envelope, &envelope), ERR_OK);
    assert_true(hash_equal(&payload.hash, &envelope.payload_hash));
    assert_null(payload.changes[index].at);
}

/* A new member with a task that refers to it. */
static struct builder_submission seal_member(const struct id *member, const char *name)
{
    const struct builder_change changes[] = {
        {.kind = KIND_MEMBER,
         .is_first_load = true,
         .record = *member,
         .message = builder_member(&w.arena, name, &w.cell_a, "123456")},
        {.kind = KIND_TASK, .record = new_id(), .message = builder_task(&w.arena, "Việc", &w.cell_a, member)},
    };
    return builder_seal(&w.arena, &w.a, changes, 2);
}

/* From a client that was not told, and from one that was: the same entry, with what the act keeps; what refers to the person stands. */
static void erased__either_form__taken_as_the_act_says(void **state)
{
    (void)state;
    struct hash leaves[2];
    for (int is_told = 0; is_told < 2; is_told++) {
        (void)close_erased(state);
        (void)open_erased(state);
        struct id member = new_id();
        struct act act;
        struct builder_submission sealed = seal_member(&member, "Cao Thị Sơn Ca");
        struct id version = builder_version(&sealed, 0);
        act_open(&act, KIND_MEMBER, &member);
        act_add(&act, &version, left_of_member(), false);
        assert_int_equal(erased_add(w.erased, &act.message), ERR_OK);
        struct builder_submission offered = is_told != 0 ? told(&sealed, 0, 2) : sealed;
        model_store_head(w.store)->is_refilling = true;

        struct model_answer *answer = offer(&offered);

        assert_verdict(answer, 0, VERDICT_APPLIED, "");
        assert_verdict(answer, 1, VERDICT_APPLIED, "");
        assert_taken_away(&sealed, 0);
        const struct store_version *current = model_store_current(w.store, KIND_MEMBER, &member);
        assert_non_null(current);
        assert_null(((const Dantin__Member *)current->message)->name);
        assert_null(((const Dantin__Member *)current->message)->card_number);
        assert_true(id_equal(&current->version, &version));
        leaves[is_told] = answer->answer.receipt.leaf;
        struct model_answer *again = offer(&sealed); /* offered once more: the same receipt */
        assert_true(hash_equal(&again->answer.receipt.leaf, &leaves[is_told]));
    }
    assert_true(hash_equal(&leaves[0], &leaves[1]));
}

/* A chain of versions comes back link by link, its end a removal; a newer act of the same record counts. */
static void erased__chain_of_versions__each_on_the_one_before(void **state)
{
    (void)state;
    struct id member = new_id();
    struct builder_change change = {
        .kind = KIND_MEMBER, .record = member, .message = builder_member(&w.arena, "Một", &w.cell_a, NULL)};
    struct builder_submission first = builder_seal(&w.arena, &w.a, &change, 1);
    change.base = builder_version(&first, 0);
    struct builder_submission second = builder_seal(&w.arena, &w.a, &change, 1);
    change.base = builder_version(&second, 0);
    change.message = NULL;
    struct builder_submission third = builder_seal(&w.arena, &w.a, &change, 1);
    struct id versions[] = {builder_version(&first, 0), builder_version(&second, 0),
                            builder_version(&third, 0)};
    struct act older;
    struct act newer;
    act_open(&older, KIND_MEMBER, &member);
    act_add(&older, &versions[0], left_of_member(), false);
    act_open(&newer, KIND_MEMBER, &member);
    act_add(&newer, &versions[0], left_of_member(), false);
    act_add(&newer, &versions[1], left_of_member(), false);
    act_add(&newer, &versions[2], NULL, true);
    assert_int_equal(erased_add(w.erased, &older.message), ERR_OK);
    assert_int_equal(erased_add(w.erased, &newer.message), ERR_OK);
    const struct builder_submission blank[] = {told(&first, 0, 1), told(&second, 0, 1), told(&third, 0, 1)};

    for (size_t i = 0; i < 3; i++) {
        assert_verdict(offer(&blank[i]), 0, VERDICT_APPLIED, "");
        assert_true(id_equal(&model_store_current(w.store, KIND_MEMBER, &member)->version, &versions[i]));
    }

    assert_true(model_store_current(w.store, KIND_MEMBER, &member)->is_removal);
}

/* A change that was never applied, and one of a kind that somebody else would have to agree with: refused, the rest stands. */
static void erased__never_applied_or_of_two_persons__refused(void **state)
{
    (void)state;
    struct id member = new_id();
    struct id ballot = new_id();
    struct act acts[2];
    const struct builder_change changes[] = {
        {.kind = KIND_MEMBER, .record = member, .message = builder_member(&w.arena, "Một", &w.cell_a, NULL)},
        {.kind = KIND_CONGRESS_BALLOT,
         .record = ballot,
         .message = builder_ballot(&w.arena, &w.cell_a, "01/BB")},
        {.kind = KIND_MEMBER, .record = new_id(), .message = builder_member(&w.arena, "Ba", &w.cell_a, NULL)},
    };
    struct builder_submission sealed = builder_seal(&w.arena, &w.a, changes, 3);
    struct id versions[] = {builder_version(&sealed, 0), builder_version(&sealed, 1)};
    act_open(&acts[0], KIND_MEMBER, &member);
    act_add(&acts[0], &versions[0], NULL, false);
    act_open(&acts[1], KIND_CONGRESS_BALLOT, &ballot);
    act_add(&acts[1], &versions[1], changes[1].message, false);
    assert_int_equal(erased_add(w.erased, &acts[0].message), ERR_OK);
    assert_int_equal(erased_add(w.erased, &acts[1].message), ERR_OK);
    model_store_head(w.store)->is_refilling = true;

    struct model_answer *answer = offer(&sealed);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.erased");
    assert_verdict(answer, 1, VERDICT_REFUSED, "ingest.erased");
    assert_verdict(answer, 2, VERDICT_APPLIED, "");
    assert_taken_away(&sealed, 0);
    assert_taken_away(&sealed, 1);
    assert_null(model_store_current(w.store, KIND_MEMBER, &member));
}

/* A hash that no act names: waited for while a refill is open, since the act may still be issued again; refused once it is closed,
 * and the others of the submission with it are not lost. */
static void erased__hash_nobody_names__waits_then_refused(void **state)
{
    (void)state;
    struct id member = new_id();
    struct builder_submission sealed = seal_member(&member, "Cao Thị Sơn Ca");
    struct builder_submission blank = told(&sealed, 1, 2);
    size_t entries = model_store_entry_count(w.store);
    model_store_head(w.store)->is_refilling = true;

    struct model_answer *waits = offer(&blank);
    size_t entries_then = model_store_entry_count(w.store);
    model_store_head(w.store)->is_refilling = false;
    struct model_answer *refused = offer(&blank);

    assert_int_equal(waits->answer.err, ERR_BASE_MISSING);
    assert_int_equal(entries_then, entries);
    assert_verdict(refused, 0, VERDICT_APPLIED, "");
    assert_verdict(refused, 1, VERDICT_REFUSED, "ingest.erased");
}

/* What an act keeps that cannot be read keeps nothing: refused, never the change itself. */
static void erased__act_keeps_nonsense__refused(void **state)
{
    (void)state;
    struct id member = new_id();
    struct act act;
    uint8_t nonsense[] = {0xff, 0xff, 0xff};
    struct builder_submission sealed = seal_member(&member, "Cao Thị Sơn Ca");
    struct id version = builder_version(&sealed, 0);
    act_open(&act, KIND_MEMBER, &member);
    act_add(&act, &version, NULL, false);
    act.versions[0].has_body = true;
    act.versions[0].body = (ProtobufCBinaryData){sizeof nonsense, nonsense};
    assert_int_equal(erased_add(w.erased, &act.message), ERR_OK);

    struct model_answer *answer = offer(&sealed);

    assert_verdict(answer, 0, VERDICT_REFUSED, "ingest.erased");
    assert_taken_away(&sealed, 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, open_erased, close_erased)
    const struct CMUnitTest tests[] = {
        TEST(erased__either_form__taken_as_the_act_says),
        TEST(erased__chain_of_versions__each_on_the_one_before),
        TEST(erased__never_applied_or_of_two_persons__refused),
        TEST(erased__hash_nobody_names__waits_then_refused),
        TEST(erased__act_keeps_nonsense__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
