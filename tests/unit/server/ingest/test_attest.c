/* What the province signs about a group: checkpoints whose trees hold the receipts' entries. */
#include "server/ingest/attest.h"

#include "common/crypto/checkpoint.h"
#include "tests/unit/server/ingest/fixture.h"

static struct model_answer *submit_member(struct builder_device *device, const struct id *cell)
{
    struct id id = builder_id(w.next_id++);
    return model_world_put(&w, device, KIND_MEMBER, &id, NULL,
                           builder_member(&w.arena, "Nguyễn Văn An", cell, NULL));
}

/* The receipt's checkpoint is the log's, of its epoch, and holds its leaf at its position. */
static struct checkpoint assert_proven(const struct ingest_receipt *receipt)
{
    struct checkpoint checkpoint;
    assert_int_equal(checkpoint_open(receipt->checkpoint, w.receipt_verify, &checkpoint), ERR_OK);
    assert_true(id_equal(&checkpoint.epoch, &receipt->epoch));
    assert_true(merkle_check_inclusion(&receipt->leaf, receipt->position, checkpoint.size,
                                       merkle_path_encode(&receipt->path), &checkpoint.root));
    return checkpoint;
}

/* A receipt is a proof: whoever has it needs nothing else of the province. */
static void ingest__journalled__receipt_proven_by_its_checkpoint(void **state)
{
    (void)state;
    struct model_answer *first = submit_member(&w.a, &w.cell_a);
    struct model_answer *second = submit_member(&w.b, &w.cell_b);

    struct checkpoint before = assert_proven(&first->answer.receipt);
    struct checkpoint after = assert_proven(&second->answer.receipt);

    assert_int_equal(before.size, 6);
    assert_int_equal(after.size, 7);
    assert_false(hash_equal(&before.state, &after.state));
}

/* Asked for again after the journal grew: the very same proof, not a newer one. */
static void ingest__offered_again__same_checkpoint_and_path(void **state)
{
    (void)state;
    struct id id = builder_id(w.next_id++);
    struct builder_change change = {.kind = KIND_MEMBER,
                                    .record = id,
                                    .message = builder_member(&w.arena, "Lê Thị Bình", &w.cell_a, NULL)};
    struct builder_submission sealed = builder_seal(&w.arena, &w.a, &change, 1);
    struct model_answer *first = model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);
    (void)submit_member(&w.b, &w.cell_b);

    struct model_answer *again = model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);

    assert_int_equal(again->answer.err, ERR_OK);
    (void)assert_proven(&again->answer.receipt);
    assert_true(bytes_equal(first->answer.receipt.checkpoint, again->answer.receipt.checkpoint));
    assert_true(bytes_equal(merkle_path_encode(&first->answer.receipt.path),
                            merkle_path_encode(&again->answer.receipt.path)));
}

/* Without its proof a receipt is none: the group is tried again, and then it comes. */
static void ingest__proof_cannot_be_read__tried_again(void **state)
{
    (void)state;
    struct id id = builder_id(w.next_id++);
    struct builder_change change = {.kind = KIND_MEMBER,
                                    .record = id,
                                    .message = builder_member(&w.arena, "Lê Thị Bình", &w.cell_a, NULL)};
    struct builder_submission sealed = builder_seal(&w.arena, &w.a, &change, 1);
    (void)model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);
    size_t entries = model_store_entry_count(w.store);
    model_store_fail(w.store, MODEL_FIND_PROOFS, 1, ERR_DATABASE);

    struct model_answer *again = model_world_offer(&w, &w.a, &sealed);
    model_world_settle(&w);

    assert_int_equal(again->answer_count, 1);
    assert_int_equal(again->answer.err, ERR_OK);
    (void)assert_proven(&again->answer.receipt);
    assert_int_equal(model_store_entry_count(w.store), entries);
}

/* What the database gives back is not what was judged: the province signs nothing. */
static void attest_checkpoint__other_leaf_read_back__nothing_signed(void **state)
{
    (void)state;
    struct merkle_frontier frontier = {.size = 1, .count = 1};
    struct store_entry entry = {.position = 0, .leaf = {{1}}};
    struct store_group group = {
        .head_after = {.position = 1}, .entries = &entry, .entry_count = 1, .frontier_after = &frontier};
    struct store_written written = {.position = 0, .leaf = {{1}}};
    struct buf note;
    buf_init(&note, CHECKPOINT_NOTE_BYTES_MAX);

    assert_int_equal(attest_checkpoint(w.receipt_key, &group, &written, 1, &note), ERR_OK);
    written.leaf.at[31] ^= 1;
    assert_int_equal(attest_checkpoint(w.receipt_key, &group, &written, 1, &note), ERR_INTERNAL);
    written.leaf.at[31] ^= 1;
    written.position = 1;
    assert_int_equal(attest_checkpoint(w.receipt_key, &group, &written, 1, &note), ERR_INTERNAL);
    assert_int_equal(attest_checkpoint(w.receipt_key, &group, &written, 0, &note), ERR_INTERNAL);
    buf_release(&note);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ingest__journalled__receipt_proven_by_its_checkpoint, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(ingest__offered_again__same_checkpoint_and_path, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(ingest__proof_cannot_be_read__tried_again, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(attest_checkpoint__other_leaf_read_back__nothing_signed, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
