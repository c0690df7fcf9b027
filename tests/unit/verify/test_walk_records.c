/* What became of the records, as the verifier replays it: bases, approvals, erasures. */
#include "common/wire/compress.h"
#include "tests/unit/verify/fixture.h"

static void walk__applied_on_an_old_version__base(void **state)
{
    struct world *world = *state;
    struct id old = journal_builder_version(&world->journal, AT_NEW_RECORD, 0);
    uint64_t position = journal_builder_change(&world->journal, &world->a, 10, &old);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_BASE, position);
}

static void walk__new_record_that_exists__base(void **state)
{
    struct world *world = *state;
    uint64_t position = journal_builder_change(&world->journal, &world->a, 10, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_BASE, position);
}

static void walk__approval_of_nothing_that_waits__approval(void **state)
{
    struct world *world = *state;
    struct id version = journal_builder_version(&world->journal, AT_NEW_RECORD, 0);
    struct hash hash = {{1}};
    struct bytes approval = builder_pack_approval(&world->journal.arena, &version, &hash, NULL);
    uint64_t position = journal_builder_items(&world->journal, &world->approver, ENVELOPE_CONTENT_APPROVALS,
                                              &approval, NULL, 1);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_APPROVAL, position);
}

/* The approver's own change. */
static void walk__approval_of_ones_own__self(void **state)
{
    static const enum verdict_code waiting[] = {VERDICT_WAITING};
    struct world *world = *state;
    struct journal_builder *journal = &world->journal;
    struct bytes item = change_of(world, 9000, NULL);
    uint64_t submitted =
        journal_builder_items(journal, &world->approver, ENVELOPE_CONTENT_CHANGES, &item, waiting, 1);
    struct builder_submission same = {.payload_zstd = buf_content(&journal->entries[submitted].payload)};
    struct hash hash = builder_change_hash(&journal->arena, &same, 0);
    struct id version = journal_builder_version(journal, submitted, 0);
    struct bytes approval = builder_pack_approval(&journal->arena, &version, &hash, NULL);
    uint64_t position =
        journal_builder_items(journal, &world->approver, ENVELOPE_CONTENT_APPROVALS, &approval, NULL, 1);
    (void)journal_builder_checkpoint(journal);
    assert_fault(world, FAULT_APPROVAL_SELF, position);
}

/* What an approval found overtaken waits no more: nobody can let it through later. */
static void walk__approval_after_a_lost_one__approval(void **state)
{
    static const enum verdict_code waiting[] = {VERDICT_WAITING};
    static const enum verdict_code lost[] = {VERDICT_CONFLICT};
    struct world *world = *state;
    struct journal_builder *journal = &world->journal;
    struct bytes item = change_of(world, 9000, NULL);
    uint64_t submitted =
        journal_builder_items(journal, &world->a, ENVELOPE_CONTENT_CHANGES, &item, waiting, 1);
    struct builder_submission same = {.payload_zstd = buf_content(&journal->entries[submitted].payload)};
    struct hash hash = builder_change_hash(&journal->arena, &same, 0);
    struct id version = journal_builder_version(journal, submitted, 0);
    struct bytes approval = builder_pack_approval(&journal->arena, &version, &hash, NULL);
    (void)journal_builder_items(journal, &world->approver, ENVELOPE_CONTENT_APPROVALS, &approval, lost, 1);
    uint64_t position =
        journal_builder_items(journal, &world->approver, ENVELOPE_CONTENT_APPROVALS, &approval, NULL, 1);
    (void)journal_builder_checkpoint(journal);
    assert_fault(world, FAULT_APPROVAL, position);
}

/* ---- erasures ---- */

/* Of an entry's only item h_i alone is left. */
static void erase_item(struct world *world, uint64_t position)
{
    struct journal_builder *journal = &world->journal;
    struct builder_submission same = {.payload_zstd = buf_content(&journal->entries[position].payload)};
    struct hash hash = builder_change_hash(&journal->arena, &same, 0);
    uint8_t plain[] = {0x1A, 2 + HASH_BYTES, 0x1A, HASH_BYTES, [4 + HASH_BYTES - 1] = 0};
    memcpy(plain + 4, hash.at, HASH_BYTES);
    buf_clear(&journal->entries[position].payload);
    assert_int_equal(compress_append(&journal->entries[position].payload, bytes_of(plain, sizeof plain), 1),
                     ERR_OK);
}

/* By the log; or offered by a device of people, and refused. */
static uint64_t act_erasure(struct world *world, struct builder_device *device, uint64_t number,
                            const struct id *version)
{
    static const enum verdict_code refused[] = {VERDICT_REFUSED};
    uint8_t packed[512];
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActErasure erasure = DANTIN__ACT_ERASURE__INIT;
    Dantin__ErasedVersion erased = DANTIN__ERASED_VERSION__INIT;
    Dantin__ErasedVersion *versions[] = {&erased};
    struct id record = builder_id(number);
    struct id name = *version;
    act.erasure = &erasure;
    erasure.has_kind = erasure.has_record = erased.has_version = 1;
    erasure.kind = KIND_BRANCH;
    erasure.record = (ProtobufCBinaryData){ID_BYTES, record.at};
    erased.version = (ProtobufCBinaryData){ID_BYTES, name.at};
    erasure.n_version = 1;
    erasure.version = versions;
    if (device == NULL) {
        return journal_builder_act(&world->journal, &act);
    }
    assert_in_range(dantin__act__get_packed_size(&act), 1, sizeof packed);
    struct bytes item = bytes_of(packed, dantin__act__pack(&act, packed));
    return journal_builder_items(&world->journal, device, ENVELOPE_CONTENT_ACTS, &item, refused, 1);
}

/* What was erased is gone from the payload; all proofs and the state hold, by what the act keeps. */
static void walk__item_erased__right_by_its_act(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct id version = journal_builder_version(&world->journal, AT_UNDER_NEW_KEY, 0);
    erase_item(world, AT_UNDER_NEW_KEY);
    assert_fault(world, FAULT_ITEM, AT_UNDER_NEW_KEY);
    folder_clear(world);
    (void)act_erasure(world, NULL, 11, &version);
    (void)journal_builder_change(&world->journal, &world->b_new, 11, &version); /* still a base */
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
}

/* The act names another record: the state is not the one that was signed. */
static void walk__erasure_of_another_record__state(void **state)
{
    struct world *world = *state;
    struct id version = journal_builder_version(&world->journal, AT_UNDER_NEW_KEY, 0);
    erase_item(world, AT_UNDER_NEW_KEY);
    (void)act_erasure(world, NULL, 12, &version);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_STATE, AT_UNDER_NEW_KEY);
}

/* A clerk who submits an act of erasure, which is refused, cannot make an honest journal look wrong. */
static void walk__erasure_offered_by_a_clerk__means_nothing(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct id version = journal_builder_version(&world->journal, AT_UNDER_NEW_KEY, 0);
    (void)act_erasure(world, &world->a, 12, &version);
    erase_item(world, AT_UNDER_NEW_KEY);
    (void)act_erasure(world, NULL, 11, &version);
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(walk__applied_on_an_old_version__base),
        EACH(walk__new_record_that_exists__base),
        EACH(walk__approval_of_nothing_that_waits__approval),
        EACH(walk__approval_of_ones_own__self),
        EACH(walk__approval_after_a_lost_one__approval),
        EACH(walk__item_erased__right_by_its_act),
        EACH(walk__erasure_of_another_record__state),
        EACH(walk__erasure_offered_by_a_clerk__means_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
