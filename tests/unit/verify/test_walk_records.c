/* What became of the records, as the verifier replays it: bases, approvals, erasures. */
#include "common/wire/compress.h"
#include "common/wire/message.h"
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

enum { MEMBER = 9100 };

/* A record about a person, of the second sender; its version. */
static struct id write_member(struct world *world, uint64_t *ret_position)
{
    struct bytes item =
        pack_change(world, KIND_MEMBER, MEMBER, NULL,
                    builder_member(&world->journal.arena, "Nguyễn Văn An", &world->senders[1], NULL));
    *ret_position =
        journal_builder_items(&world->journal, &world->b_new, ENVELOPE_CONTENT_CHANGES, &item, NULL, 1);
    (void)journal_builder_checkpoint(&world->journal);
    return journal_builder_version(&world->journal, *ret_position, 0);
}

struct erasing {
    enum record_kind kind;
    uint64_t record;
    const char *decision;
    const void *body;              /* what is said to stay; NULL: nothing */
    struct builder_device *device; /* who offers it, and is refused; NULL: the log */
};

static uint64_t act_erasure(struct world *world, const struct id *version, const struct erasing *erasing)
{
    static const enum verdict_code refused[] = {VERDICT_REFUSED};
    uint8_t packed[2048];
    struct buf body;
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActErasure erasure = DANTIN__ACT_ERASURE__INIT;
    Dantin__ErasedVersion erased = DANTIN__ERASED_VERSION__INIT;
    Dantin__ErasedVersion *versions[] = {&erased};
    struct id record = builder_id(erasing->record);
    struct id name = *version;
    buf_init(&body, sizeof packed);
    act.erasure = &erasure;
    erasure.has_kind = erasure.has_record = erased.has_version = 1;
    erasure.kind = erasing->kind;
    erasure.record = (ProtobufCBinaryData){ID_BYTES, record.at};
    erasure.decision = (char *)(uintptr_t)erasing->decision;
    erased.version = (ProtobufCBinaryData){ID_BYTES, name.at};
    erasure.n_version = 1;
    erasure.version = versions;
    if (erasing->body != NULL) {
        assert_int_equal(message_pack(erasing->body, &body), ERR_OK);
        struct bytes content = buf_content(&body);
        erased.has_body = 1;
        erased.body = (ProtobufCBinaryData){content.len, (uint8_t *)(uintptr_t)content.at};
    }
    assert_in_range(dantin__act__get_packed_size(&act), 1, sizeof packed);
    struct bytes item = bytes_of(packed, dantin__act__pack(&act, packed));
    buf_release(&body);
    struct builder_device *device = erasing->device == NULL ? &world->journal.log : erasing->device;
    return journal_builder_items(&world->journal, device, ENVELOPE_CONTENT_ACTS, &item,
                                 erasing->device == NULL ? NULL : refused, 1);
}

static const struct erasing sound = {KIND_MEMBER, MEMBER, "12-QĐ/TU", NULL, NULL};

/* What was erased is gone from the payload; all proofs and the state hold, by what the act keeps; and it is counted. */
static void walk__item_erased__right_by_its_act(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    uint64_t position = 0;
    struct id version = write_member(world, &position);
    erase_item(world, position);
    assert_fault(world, FAULT_ITEM, position);
    folder_clear(world);
    (void)act_erasure(world, &version, &sound);
    struct bytes item =
        pack_change(world, KIND_MEMBER, MEMBER, &version,
                    builder_member(&world->journal.arena, "Nguyễn Văn An", &world->senders[1], NULL));
    (void)journal_builder_items(&world->journal, &world->b_new, ENVELOPE_CONTENT_CHANGES, &item, NULL,
                                1); /* still a base */
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
    assert_int_equal(report.erasures, 1);
    assert_int_equal(report.items_erased, 1);
}

/* The act names another record: the state is not the one that was signed. */
static void walk__erasure_of_another_record__state(void **state)
{
    struct world *world = *state;
    struct erasing other = sound;
    uint64_t position = 0;
    struct id version = write_member(world, &position);
    other.record = MEMBER + 1;
    erase_item(world, position);
    (void)act_erasure(world, &version, &other);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_STATE, position);
}

/* A clerk who submits an act of erasure, which is refused, cannot make an honest journal look wrong. */
static void walk__erasure_offered_by_a_clerk__means_nothing(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct erasing offered = sound;
    uint64_t position = 0;
    struct id version = write_member(world, &position);
    offered.record = MEMBER + 1;
    offered.device = &world->a;
    (void)act_erasure(world, &version, &offered);
    erase_item(world, position);
    (void)act_erasure(world, &version, &sound);
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
}

/* One that the log itself had refused takes nothing away either. */
static void walk__erasure_refused__item_is_missing(void **state)
{
    struct world *world = *state;
    struct erasing refused = sound;
    uint64_t position = 0;
    struct id version = write_member(world, &position);
    refused.device = &world->journal.log;
    (void)act_erasure(world, &version, &refused);
    erase_item(world, position);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ITEM, position);
}

/* Erasing is for people: nobody takes a branch out of the journal by it, nor puts words into it that an erasure would have taken away. */
static void walk__erasure_beyond_what_erasing_is__act(void **state)
{
    static const struct {
        enum record_kind kind;
        const char *decision;
        bool keeps_name;
    } wrong[] = {
        {KIND_BRANCH, "12-QĐ/TU", false}, {KIND_MEMBER, NULL, false}, {KIND_MEMBER, "12-QĐ/TU", true}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint64_t position = 0;
        (void)close_world(state);
        (void)open_world(state);
        struct world *world = *state;
        struct id version = write_member(world, &position);
        struct erasing erasing = {wrong[i].kind, MEMBER, wrong[i].decision, NULL, NULL};
        if (wrong[i].keeps_name) {
            erasing.body = builder_member(&world->journal.arena, "Nguyễn Văn An", &world->senders[1], NULL);
        }
        uint64_t act = act_erasure(world, &version, &erasing);
        (void)journal_builder_checkpoint(&world->journal);
        assert_fault(world, FAULT_ACT, act);
    }
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
        EACH(walk__erasure_refused__item_is_missing),
        EACH(walk__erasure_beyond_what_erasing_is__act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
