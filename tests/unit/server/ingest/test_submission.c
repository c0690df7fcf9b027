/* Preparing: what is an error for the sender, and what becomes a verdict. */
#include "tests/lib/test.h"

#include "common/crypto/hash.h"
#include "common/wire/payload.h"
#include "proto/records.pb-c.h"
#include "server/ingest/submission.h"
#include "tests/lib/builder.h"
#include "tests/lib/fault_memory.h"

struct fixture {
    struct arena arena;
    struct builder_device device;
    struct builder_device other;
    struct id cell;
    struct bytes changes[2];
};

static int fixture_open(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    arena_init(&f->arena, 64 << 20);
    builder_device_init(&f->device, 1);
    builder_device_init(&f->other, 2);
    f->cell = builder_id(1);
    for (uint64_t i = 0; i < 2; i++) {
        struct builder_change change = {.kind = KIND_MEMBER,
                                        .record = builder_id(10 + i),
                                        .message =
                                            builder_member(&f->arena, "Nguyễn Văn An", &f->cell, "12345678")};
        f->changes[i] = builder_pack_change(&f->arena, &change);
    }
    *state = f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    builder_device_release(&f->device);
    builder_device_release(&f->other);
    arena_release(&f->arena);
    test_free(f);
    return 0;
}

static enum err prepare(const struct fixture *f, const struct builder_submission *sealed,
                        struct submission **ret)
{
    return submission_prepare(sealed->envelope, sealed->signature, sealed->payload_zstd, &f->device.device,
                              f->device.verify, builder_date("2024-01-01"), ret);
}

static struct submission *prepare_sealed(struct fixture *f, const struct bytes *changes, size_t count,
                                         enum builder_fault fault)
{
    struct builder_submission sealed = builder_seal_bytes(&f->arena, &f->device, changes, count, fault);
    struct submission *submission = NULL;
    assert_int_equal(prepare(f, &sealed, &submission), ERR_OK);
    return submission;
}

/* Everything the judge asks for is there after preparing. */
static void submission_prepare__sound__what_the_judge_needs(void **state)
{
    struct fixture *f = *state;

    struct submission *submission = prepare_sealed(f, f->changes, 2, BUILDER_SOUND);

    assert_false(submission->is_unreadable);
    assert_int_equal(submission->change_count, 2);
    const struct submission_change *change = &submission->changes[1];
    struct id record = builder_id(11);
    assert_int_equal(change->key.kind, KIND_MEMBER);
    assert_true(id_equal(&change->key.record, &record));
    assert_true(id_equal(&change->edges[0].to_branch, &f->cell));
    assert_int_equal(change->reference_count, 1);
    assert_int_equal(change->references[0].kind, KIND_BRANCH);
    assert_int_equal(change->number_count, 1);
    assert_string_equal(change->refused_by, "");
    submission_free(submission);
}

/* Nobody submits for another device, and nothing unsigned gets further. */
static void submission_prepare__not_authentic__error(void **state)
{
    struct fixture *f = *state;
    struct builder_submission sealed = builder_seal_bytes(&f->arena, &f->other, f->changes, 2, BUILDER_SOUND);
    struct submission *submission = NULL;

    assert_int_equal(prepare(f, &sealed, &submission), ERR_UNAUTHORISED);
    sealed = builder_seal_bytes(&f->arena, &f->device, f->changes, 2, BUILDER_SOUND);
    ((uint8_t *)sealed.signature.at)[5] ^= 1;
    assert_int_equal(prepare(f, &sealed, &submission), ERR_BAD_SIGNATURE);
    sealed.envelope.len--;
    assert_int_equal(prepare(f, &sealed, &submission), ERR_MALFORMED);
    assert_null(submission);
}

/* The two cases where trying again may help are errors, not verdicts. */
static void submission_prepare__newer_or_other_bytes__retryable(void **state)
{
    struct fixture *f = *state;
    struct submission *submission = NULL;
    struct builder_submission newer =
        builder_seal_bytes(&f->arena, &f->device, f->changes, 2, BUILDER_SCHEMA_NEWER);
    struct builder_submission other =
        builder_seal_bytes(&f->arena, &f->device, f->changes, 2, BUILDER_PAYLOAD_OTHER);

    assert_int_equal(prepare(f, &newer, &submission), ERR_NEWER_SCHEMA);
    assert_int_equal(prepare(f, &other, &submission), ERR_BAD_HASH);
    assert_true(err_may_retry(ERR_NEWER_SCHEMA) && err_may_retry(ERR_BAD_HASH));
}

/* An authentic envelope with a payload that cannot be read is kept: it must be journalled, or the device is
 * stuck. */
static void submission_prepare__payload_broken__unreadable(void **state)
{
    struct fixture *f = *state;
    struct submission *garbage = prepare_sealed(f, f->changes, 2, BUILDER_PAYLOAD_GARBAGE);
    struct submission *length = prepare_sealed(f, f->changes, 2, BUILDER_LENGTH_FALSE);
    struct submission *content = prepare_sealed(f, f->changes, 2, BUILDER_CONTENT_UNKNOWN);

    assert_true(garbage->is_unreadable && length->is_unreadable && content->is_unreadable);
    assert_int_equal(garbage->change_count, 0);
    assert_int_equal(length->change_count, 2); /* readable enough to count */
    assert_null(length->changes);
    submission_free(garbage);
    submission_free(length);
    submission_free(content);
}

static bool is_readable(struct fixture *f, struct bytes change)
{
    struct bytes both[2] = {change, f->changes[1]};
    struct submission *submission = prepare_sealed(f, both, 2, BUILDER_SOUND);
    bool is_first_readable = submission->changes[0].schema != NULL;
    assert_false(submission->is_unreadable);
    assert_non_null(submission->changes[1].schema); /* the neighbour never suffers */
    submission_free(submission);
    return is_first_readable;
}

/* A change that breaks the contract is refused alone, whatever is wrong with it. */
static void submission_prepare__change_broken__that_one_unreadable(void **state)
{
    struct fixture *f = *state;
    static const uint8_t unknown_field[] = {0x78, 0x01};
    static const uint8_t unknown_kind[] = {0x08, 0x63};
    uint8_t short_id[64] = {0x08, 0x04, 0x12, 0x03, 1, 2, 3};
    struct builder_change removal_of_nothing = {.kind = KIND_MEMBER, .record = builder_id(5)};
    uint8_t appended[512];
    struct bytes sound = f->changes[0];
    memcpy(appended, sound.at, sound.len);
    memcpy(appended + sound.len, unknown_field, sizeof unknown_field);

    assert_true(is_readable(f, sound));
    assert_false(is_readable(f, bytes_of(appended, sound.len + sizeof unknown_field)));
    assert_false(is_readable(f, bytes_of(unknown_kind, sizeof unknown_kind)));
    assert_false(is_readable(f, bytes_of(short_id, 7)));
    assert_false(is_readable(f, bytes_of_text("no protobuf at all")));
    assert_false(is_readable(f, builder_pack_change(&f->arena, &removal_of_nothing)));
}

/* A record past its limits is refused before it costs anybody memory. */
static void submission_prepare__record_too_big__unreadable(void **state)
{
    struct fixture *f = *state;
    Dantin__Branch *branch = builder_branch(&f->arena, "Đảng bộ xã", &f->cell, false);
    for (int i = 0; i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        builder_branch_add_parent(&f->arena, branch, &f->cell, "2001-01-01", NULL);
    }
    struct builder_change change = {.kind = KIND_BRANCH, .record = builder_id(7), .message = branch};
    char *long_name = test_malloc(SCHEMA_RECORD_BYTES_MAX + 1);
    memset(long_name, 'a', SCHEMA_RECORD_BYTES_MAX);
    long_name[SCHEMA_RECORD_BYTES_MAX] = '\0';
    struct builder_change named = {.kind = KIND_BRANCH,
                                   .record = builder_id(8),
                                   .message = builder_branch(&f->arena, long_name, &f->cell, false)};

    assert_false(is_readable(f, builder_pack_change(&f->arena, &change)));
    assert_false(is_readable(f, builder_pack_change(&f->arena, &named)));
    test_free(long_name);
}

/* Changes of a branch with so many empty parents; their bytes compress to a few hundred. */
static struct bytes empty_parents(struct fixture *f, uint64_t record, size_t count)
{
    Dantin__Branch branch = DANTIN__BRANCH__INIT;
    Dantin__BranchParent parent = DANTIN__BRANCH_PARENT__INIT;
    Dantin__BranchParent **parents = test_malloc(count * sizeof *parents);
    for (size_t i = 0; i < count; i++) {
        parents[i] = &parent;
    }
    branch.n_parent = count;
    branch.parent = parents;
    struct builder_change change = {.kind = KIND_BRANCH, .record = builder_id(record), .message = &branch};
    struct bytes packed = builder_pack_change(&f->arena, &change);
    test_free(parents);
    return packed;
}

/* A few hundred bytes must not cost the server what hundreds of full submissions do: elements are counted before any is
 * unpacked. At the limit all is judged, one more and all is refused. */
static void submission_prepare__elements__limited_in_all(void **state)
{
    struct fixture *f = *state;
    enum { CHANGES = 32, CHANGE_ELEMENTS = 3 };
    struct bytes changes[CHANGES];
    for (uint64_t i = 0; i < CHANGES; i++) {
        changes[i] = empty_parents(f, 100 + i, PAYLOAD_ELEMENTS_MAX / CHANGES - CHANGE_ELEMENTS);
    }

    struct submission *at_limit = prepare_sealed(f, changes, CHANGES, BUILDER_SOUND);
    changes[CHANGES - 1] = empty_parents(f, 99, PAYLOAD_ELEMENTS_MAX / CHANGES - CHANGE_ELEMENTS + 1);
    struct submission *past_it = prepare_sealed(f, changes, CHANGES, BUILDER_SOUND);

    assert_true(at_limit->payload_zstd.len < 1024);
    assert_false(at_limit->is_unreadable);
    assert_true(past_it->is_unreadable);
    assert_int_equal(past_it->change_count, CHANGES);
    assert_null(past_it->changes);
    assert_true(submission_memory_bytes(past_it) < 4096);
    submission_free(at_limit);
    submission_free(past_it);
}

/* What approves is read as such: version, hash and whether it says no. */
static void submission_prepare__approvals__read(void **state)
{
    struct fixture *f = *state;
    struct id version = builder_id(70);
    struct hash hash = hash_of_one(bytes_of_text("change"));
    struct bytes items[] = {
        builder_pack_approval(&f->arena, &version, &hash, NULL),
        builder_pack_approval(&f->arena, &version, &hash, "sai tổng số phiếu"),
        bytes_of("\x0a\x01\x01", 3), /* a version of one byte */
    };
    struct builder_submission sealed =
        builder_seal_content(&f->arena, &f->device, ENVELOPE_CONTENT_APPROVALS, items,
                             sizeof items / sizeof items[0], BUILDER_SOUND);
    struct submission *submission = NULL;

    assert_int_equal(prepare(f, &sealed, &submission), ERR_OK);

    assert_false(submission->is_unreadable);
    assert_null(submission->changes);
    assert_int_equal(submission->change_count, 3);
    assert_true(submission->approvals[0].is_readable && !submission->approvals[0].is_rejection);
    assert_true(id_equal(&submission->approvals[0].version, &version));
    assert_true(hash_equal(&submission->approvals[0].change_hash, &hash));
    assert_true(submission->approvals[1].is_readable && submission->approvals[1].is_rejection);
    assert_false(submission->approvals[2].is_readable);
    submission_free(submission);
}

/* A reason has its limit, and a field nobody knows is not passed over. */
static void submission_prepare__approval_wrong__that_one_unreadable(void **state)
{
    struct fixture *f = *state;
    char reason[600] = "";
    struct id version = builder_id(70);
    struct hash hash = hash_of_one(bytes_of_text("change"));
    memset(reason, 'a', sizeof reason - 1);
    struct bytes sound = builder_pack_approval(&f->arena, &version, &hash, NULL);
    uint8_t *longer = arena_alloc(&f->arena, sound.len + 2);
    assert_non_null(longer);
    memcpy(longer, sound.at, sound.len);
    memcpy(longer + sound.len, "\x28\x01", 2); /* field 5 */
    struct bytes items[] = {builder_pack_approval(&f->arena, &version, &hash, reason),
                            bytes_of(longer, sound.len + 2), sound};
    struct builder_submission sealed =
        builder_seal_content(&f->arena, &f->device, ENVELOPE_CONTENT_APPROVALS, items, 3, BUILDER_SOUND);
    struct submission *submission = NULL;

    assert_int_equal(prepare(f, &sealed, &submission), ERR_OK);

    assert_false(submission->approvals[0].is_readable);
    assert_false(submission->approvals[1].is_readable);
    assert_true(submission->approvals[2].is_readable);
    submission_free(submission);
}

/* The day is part of the verdict: rules are judged again when it changes. */
static void submission_set_today__later_day__rule_satisfied(void **state)
{
    struct fixture *f = *state;
    Dantin__Member *member = builder_member(&f->arena, "Người Mới", &f->cell, NULL);
    member->has_official_date = 0;
    member->admission_date = builder_date("2024-01-02");
    member->branch[0]->from = member->admission_date;
    struct builder_change change = {.kind = KIND_MEMBER, .record = builder_id(5), .message = member};
    struct bytes packed = builder_pack_change(&f->arena, &change);
    struct submission *submission = prepare_sealed(f, &packed, 1, BUILDER_SOUND);

    assert_string_equal(submission->changes[0].refused_by, "member.future_date");
    submission_set_today(submission, builder_date("2024-01-02"));
    assert_string_equal(submission->changes[0].refused_by, "");
    submission_free(submission);
}

/* Without memory there is no verdict, only "try again". */
static void submission_prepare__allocation_fails__no_memory(void **state)
{
    struct fixture *f = *state;
    struct builder_submission sealed =
        builder_seal_bytes(&f->arena, &f->device, f->changes, 2, BUILDER_SOUND);
    bool was_reached = true;

    for (size_t n = 0; was_reached; n++) {
        struct submission *submission = NULL;
        fault_memory_fail_at(n);
        enum err err = prepare(f, &sealed, &submission);
        was_reached = fault_memory_stop();
        assert_true(err == ERR_OK || err == ERR_NO_MEMORY);
        assert_int_equal(err == ERR_OK, submission != NULL);
        if (err == ERR_OK) {
            assert_false(submission->is_unreadable);
            assert_non_null(submission->changes[0].schema);
            assert_non_null(submission->changes[1].schema);
        }
        submission_free(submission);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(submission_prepare__sound__what_the_judge_needs, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__not_authentic__error, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__newer_or_other_bytes__retryable, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__payload_broken__unreadable, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__change_broken__that_one_unreadable, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__record_too_big__unreadable, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__elements__limited_in_all, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__approvals__read, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__approval_wrong__that_one_unreadable, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_set_today__later_day__rule_satisfied, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(submission_prepare__allocation_fails__no_memory, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
