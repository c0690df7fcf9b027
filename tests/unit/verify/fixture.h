/* A whole journal with every kind of entry, right as it stands, for tests that spoil it. Each program has its own copy. Tests
 * only. */
#ifndef TESTS_UNIT_VERIFY_FIXTURE_H
#define TESTS_UNIT_VERIFY_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/attr.h"
#include "tests/lib/folder.h"
#include "tests/lib/journal_builder.h"
#include "tests/lib/test.h"
#include "verify/walk.h"

enum { PATH_BYTES = FOLDER_PATH_BYTES + 64, FILLING = 300, WORLD_DEVICES = 6 };

/* Where things stand in the journal of `world_write`. */
enum {
    AT_ENROL_A,
    AT_ENROL_B,
    AT_ENROL_C,
    AT_ENROL_APPROVER,
    AT_ENROL_PROVINCE,
    AT_SENDERS,
    AT_NEW_RECORD,
    AT_CHANGED_RECORD,
    AT_REFUSED,
    AT_WAITING,
    AT_APPROVAL,
    AT_KEY,
    AT_UNDER_NEW_KEY,
    AT_REVOKE_C,
    AT_FILLING
};

struct world {
    char folder[FOLDER_PATH_BYTES];
    struct journal_builder journal;
    struct builder_device a;        /* clerk of the first sender */
    struct builder_device b;        /* of the second */
    struct builder_device b_new;    /* b's second key */
    struct builder_device c;        /* of the third, revoked later */
    struct builder_device approver; /* of the first sender */
    struct builder_device province;
    struct id senders[3];
};

UNUSED static struct bytes pack_change(struct world *world, enum record_kind kind, uint64_t number,
                                       const struct id *base, const void *message)
{
    struct builder_change change = {.kind = kind, .record = builder_id(number), .message = message};
    if (base != NULL) {
        change.base = *base;
    }
    return builder_pack_change(&world->journal.arena, &change);
}

/* A branch below the first sender. */
UNUSED static struct bytes change_of(struct world *world, uint64_t number, const struct id *base)
{
    return pack_change(world, KIND_BRANCH, number, base,
                       builder_branch(&world->journal.arena, "Chi bộ", &world->senders[0], false));
}

/* Where what a step tells of stands is checked as it is written, so that the table above is the journal. */
UNUSED static void at(uint64_t position, uint64_t expected)
{
    assert_int_equal(position, expected);
}

UNUSED static void write_waiting_and_approval(struct world *world)
{
    static const enum verdict_code waiting[] = {VERDICT_WAITING};
    struct journal_builder *journal = &world->journal;
    struct bytes item = change_of(world, 30, NULL);
    struct builder_submission same;
    at(journal_builder_items(journal, &world->a, ENVELOPE_CONTENT_CHANGES, &item, waiting, 1), AT_WAITING);
    same.payload_zstd = buf_content(&journal->entries[AT_WAITING].payload);
    struct hash hash = builder_change_hash(&journal->arena, &same, 0);
    struct id version = journal_builder_version(journal, AT_WAITING, 0);
    struct bytes approval = builder_pack_approval(&journal->arena, &version, &hash, NULL);
    at(journal_builder_items(journal, &world->approver, ENVELOPE_CONTENT_APPROVALS, &approval, NULL, 1),
       AT_APPROVAL);
    journal_builder_state(journal, item, &version);
}

UNUSED static void world_write(struct world *world)
{
    static const enum verdict_code refused[] = {VERDICT_REFUSED, VERDICT_CONFLICT};
    struct journal_builder *journal = &world->journal;
    at(journal_builder_enrol(journal, &world->a, &world->senders[0], "clerk"), AT_ENROL_A);
    at(journal_builder_enrol(journal, &world->b, &world->senders[1], "clerk"), AT_ENROL_B);
    at(journal_builder_enrol(journal, &world->c, &world->senders[2], "clerk"), AT_ENROL_C);
    at(journal_builder_enrol(journal, &world->approver, &world->senders[0], "approver"), AT_ENROL_APPROVER);
    at(journal_builder_enrol_province(journal, &world->province, "administrator"), AT_ENROL_PROVINCE);
    at(journal_builder_senders(journal, &world->province, world->senders, 3), AT_SENDERS);
    (void)journal_builder_checkpoint(journal);
    at(journal_builder_change(journal, &world->a, 10, NULL), AT_NEW_RECORD);
    struct id base = journal_builder_version(journal, AT_NEW_RECORD, 0);
    at(journal_builder_change(journal, &world->approver, 10, &base), AT_CHANGED_RECORD);
    struct bytes items[] = {change_of(world, 20, NULL), change_of(world, 10, &base)};
    at(journal_builder_items(journal, &world->c, ENVELOPE_CONTENT_CHANGES, items, refused, 2), AT_REFUSED);
    (void)journal_builder_checkpoint(journal);
    write_waiting_and_approval(world);
    at(journal_builder_change_key(journal, &world->b, &world->b_new), AT_KEY);
    (void)journal_builder_checkpoint(journal);
    at(journal_builder_change(journal, &world->b_new, 11, NULL), AT_UNDER_NEW_KEY);
    at(journal_builder_revoke(journal, &world->c), AT_REVOKE_C);
    struct journal_note *note = journal_builder_checkpoint(journal);
    journal_builder_cosign(note, &world->a);
    journal_builder_cosign(note, &world->b_new);
    for (unsigned i = 0; i < FILLING; i++) {
        at(journal_builder_change(journal, &world->a, 100 + i, NULL), AT_FILLING + i);
        if (i % 3 == 2) {
            (void)journal_builder_checkpoint(journal);
        }
    }
}

UNUSED static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    folder_new(world->folder);
    journal_builder_init(&world->journal);
    struct builder_device *devices[] = {&world->a, &world->b,        &world->b_new,
                                        &world->c, &world->approver, &world->province};
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        builder_device_init(devices[i], 100 + i);
    }
    for (size_t i = 0; i < 3; i++) {
        world->senders[i] = builder_id(1 + i);
    }
    world_write(world);
    *state = world;
    return 0;
}

UNUSED static int close_world(void **state)
{
    struct world *world = *state;
    struct builder_device *devices[] = {&world->a, &world->b,        &world->b_new,
                                        &world->c, &world->approver, &world->province};
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        builder_device_release(devices[i]);
    }
    journal_builder_release(&world->journal);
    folder_remove(world->folder);
    free(world);
    return 0;
}

static const char *export_of(struct world *world, char ret_path[PATH_BYTES])
{
    (void)snprintf(ret_path, PATH_BYTES, "%s/export", world->folder);
    assert_int_equal(mkdir(ret_path, 0700), 0);
    journal_builder_export(&world->journal, ret_path);
    return ret_path;
}

UNUSED static bool verify(struct world *world, struct walk_report *report, struct fault *fault)
{
    char path[PATH_BYTES];
    struct walk_options options = {.folder = export_of(world, path), .log_key = world->journal.first_log_key};
    return walk_run(&options, report, fault);
}

/* So that the journal can be exported again. */
UNUSED static void folder_clear(struct world *world)
{
    folder_remove(world->folder);
    assert_int_equal(mkdir(world->folder, 0700), 0);
}

UNUSED static void assert_fault(struct world *world, enum fault_id id, uint64_t position)
{
    struct walk_report report;
    struct fault fault;
    char text[FAULT_TEXT_BYTES_MAX];
    bool is_right = verify(world, &report, &fault);
    fault_text(&fault, LANGUAGE_EN, text);
    if (is_right || fault.id != id || !fault.has_position || fault.position != position) {
        fail_msg("%s instead of %s at %zu: %s", is_right ? "right" : fault_name(fault.id), fault_name(id),
                 (size_t)position, text);
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

#endif
