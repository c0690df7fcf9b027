/* What people kept shows a journal that was rewritten by whoever has the log key, and one that was cut. */
#include "verify/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/lib/folder.h"
#include "tests/lib/journal_builder.h"
#include "tests/lib/test.h"

enum { PATH_BYTES = FOLDER_PATH_BYTES + 64, ENTRIES = 40, KEPT_AT = 21 };

struct world {
    char folder[FOLDER_PATH_BYTES];
    char receipt[PATH_BYTES];    /* of entry 20, in the tree of KEPT_AT entries */
    char checkpoint[PATH_BYTES]; /* of that tree */
    struct journal_builder journal;
    struct builder_device device;
};

static void write_file(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(content.at, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
}

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    folder_new(world->folder);
    (void)snprintf(world->receipt, PATH_BYTES, "%s/kept.tlog-proof", world->folder);
    (void)snprintf(world->checkpoint, PATH_BYTES, "%s/kept.checkpoint", world->folder);
    journal_builder_init(&world->journal);
    builder_device_init(&world->device, 5);
    (void)journal_builder_enrol_province(&world->journal, &world->device, "clerk");
    while (world->journal.count < KEPT_AT) {
        (void)journal_builder_change(&world->journal, &world->device, 100 + world->journal.count, NULL);
    }
    struct journal_note *note = journal_builder_checkpoint(&world->journal);
    journal_builder_receipt(&world->journal, KEPT_AT - 1, world->receipt);
    write_file(world->checkpoint, buf_content(&note->note));
    while (world->journal.count < ENTRIES) {
        (void)journal_builder_change(&world->journal, &world->device, 100 + world->journal.count, NULL);
    }
    (void)journal_builder_checkpoint(&world->journal);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    builder_device_release(&world->device);
    journal_builder_release(&world->journal);
    folder_remove(world->folder);
    free(world);
    return 0;
}

static bool verify(struct world *world, bool with_receipt, bool with_checkpoint, struct walk_report *report,
                   struct fault *fault)
{
    char folder[PATH_BYTES];
    const char *receipts[] = {world->receipt};
    const char *checkpoints[] = {world->checkpoint};
    (void)snprintf(folder, sizeof folder, "%s/export%d%d", world->folder, with_receipt, with_checkpoint);
    assert_int_equal(mkdir(folder, 0700), 0);
    journal_builder_export(&world->journal, folder);
    struct walk_options options = {.folder = folder,
                                   .receipts = receipts,
                                   .receipt_count = with_receipt,
                                   .checkpoints = checkpoints,
                                   .checkpoint_count = with_checkpoint};
    return walk_run(&options, report, fault);
}

/* Kept before the journal grew: still the same journal. */
static void kept__journal_grew__right(void **state)
{
    struct walk_report report;
    struct fault fault;
    assert_true(verify(*state, true, true, &report, &fault));
    assert_int_equal(report.receipts, 1);
    assert_int_equal(report.receipts_void, 0);
}

/* One entry's moment changed and everything signed anew: the journal alone looks right, what was kept does not agree. */
static void kept__journal_signed_anew__named(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    world->journal.entries[KEPT_AT - 1].leaf[ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES + 7] ^= 1;
    journal_builder_sign_anew(&world->journal);

    assert_true(verify(world, false, false, &report, &fault));
    assert_false(verify(world, true, false, &report, &fault));
    assert_int_equal(fault.id, FAULT_RECEIPT_ENTRY);
    assert_int_equal(fault.position, KEPT_AT - 1);
    assert_false(verify(world, false, true, &report, &fault));
    assert_int_equal(fault.id, FAULT_KEPT_ROOT);
}

/* The newest entries and their checkpoints taken away: again only what was kept tells. */
static void kept__journal_cut__named(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    /* The state of a shorter journal is counted by writing it again. */
    struct journal_builder shorter;
    struct builder_device device;
    journal_builder_init(&shorter);
    builder_device_init(&device, 5);
    (void)journal_builder_enrol_province(&shorter, &device, "clerk");
    while (shorter.count < 10) {
        (void)journal_builder_change(&shorter, &device, 100 + shorter.count, NULL);
    }
    (void)journal_builder_checkpoint(&shorter);
    struct journal_builder whole = world->journal;
    world->journal = shorter;

    assert_true(verify(world, false, false, &report, &fault));
    assert_false(verify(world, true, false, &report, &fault));
    assert_int_equal(fault.id, FAULT_KEPT_BEYOND);
    assert_int_equal(fault.position, KEPT_AT - 1);
    assert_false(verify(world, false, true, &report, &fault));
    assert_int_equal(fault.id, FAULT_KEPT_BEYOND);
    world->journal = whole;
    builder_device_release(&device);
    journal_builder_release(&shorter);
}

/* A receipt whose proof was touched is none, whatever the journal holds. */
static void kept__receipt_touched__named(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct bytes nonsense = bytes_of_text("c2sp.org/tlog-proof@v1\nindex 0\n\n");
    write_file(world->receipt, nonsense);
    assert_false(verify(world, true, false, &report, &fault));
    assert_int_equal(fault.id, FAULT_RECEIPT);
    write_file(world->checkpoint, nonsense);
    assert_false(verify(world, false, true, &report, &fault));
    assert_int_equal(fault.id, FAULT_CHECKPOINT);
}

/* A receipt signed by another log. */
static void kept__receipt_of_another_log__named(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct builder_device log = world->journal.log;
    world->journal.log = world->device;
    (void)journal_builder_checkpoint(&world->journal);
    journal_builder_receipt(&world->journal, 3, world->receipt);
    buf_release(&world->journal.notes[--world->journal.note_count].note);
    world->journal.log = log;
    assert_false(verify(world, true, false, &report, &fault));
    assert_int_equal(fault.id, FAULT_RECEIPT_SIGNATURE);
    assert_int_equal(fault.position, 3);
}

/* Of an epoch that was left behind: void beyond the branch, still binding before it. */
static void kept__epoch_left_behind__void(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct journal_builder *journal = &world->journal;
    /* The backup had the entries up to the kept receipt's, but not that one. */
    struct journal_builder restored;
    struct builder_device device;
    struct id epoch = {{0xE2}};
    journal_builder_init(&restored);
    builder_device_init(&device, 5);
    (void)journal_builder_enrol_province(&restored, &device, "clerk");
    while (restored.count < KEPT_AT - 1) {
        (void)journal_builder_change(&restored, &device, 100 + restored.count, NULL);
    }
    struct hash root = merkle_frontier_root(&restored.frontier);
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActEpoch opened = DANTIN__ACT_EPOCH__INIT;
    act.epoch = &opened;
    opened.has_previous = opened.has_epoch = opened.has_branch_root = opened.has_branch_size = 1;
    opened.previous = (ProtobufCBinaryData){ID_BYTES, restored.epoch.at};
    opened.branch_size = restored.count;
    opened.branch_root = (ProtobufCBinaryData){HASH_BYTES, root.at};
    opened.epoch = (ProtobufCBinaryData){ID_BYTES, epoch.at};
    (void)journal_builder_act(&restored, &act);
    restored.epoch = epoch;
    (void)journal_builder_checkpoint(&restored);
    struct journal_builder whole = *journal;
    *journal = restored;

    bool is_right = verify(world, true, true, &report, &fault);
    *journal = whole;
    builder_device_release(&device);
    journal_builder_release(&restored);
    assert_true(is_right);
    assert_int_equal(report.receipts, 1);
    assert_int_equal(report.receipts_void, 1);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        EACH(kept__journal_grew__right),
        EACH(kept__journal_signed_anew__named),
        EACH(kept__journal_cut__named),
        EACH(kept__receipt_touched__named),
        EACH(kept__receipt_of_another_log__named),
        EACH(kept__epoch_left_behind__void),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
