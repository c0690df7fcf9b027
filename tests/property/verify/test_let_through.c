/* Whatever a server lets through that it had no right to, in a journal of devices that try all they may not: the verifier names
 * that entry, and finds nothing wrong with one in which each got the verdict it should. */
#include "verify/walk.h"

#include <stdio.h>

#include "common/base/random.h"
#include "proto/records.pb-c.h"
#include "tests/lib/folder.h"
#include "tests/lib/journal_builder.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

enum {
    SENDERS = 3,
    SPEAKERS = 2 * SENDERS + 1,
    PROVINCE = 2 * SENDERS,
    TRIES = 120,
    FORGERIES = 40,
    GROUP = 7
};

/* A record that stands: whose it is, and its newest version. */
struct standing {
    uint64_t number;
    size_t sender;
    struct id version;
};

/* A journal being written: clerks of each sender, a viewer of each, one administrator of the province. */
struct tries {
    struct journal_builder journal;
    struct builder_device devices[SPEAKERS];
    struct id senders[SENDERS];
    struct standing cells[TRIES];
    size_t cell_count;
    struct prng prng;
    size_t forged;         /* which of those that are not applied is let through; SIZE_MAX: none */
    size_t withheld_count; /* not applied, as it should be */
    uint64_t forged_position;
};

static void open_tries(struct tries *tries, uint64_t seed, size_t forged)
{
    *tries = (struct tries){.forged = forged};
    prng_init(&tries->prng, seed);
    journal_builder_init(&tries->journal);
    for (size_t i = 0; i < SENDERS; i++) {
        tries->senders[i] = builder_id(1 + i);
    }
    for (size_t i = 0; i < SPEAKERS; i++) {
        builder_device_init(&tries->devices[i], 10 + i);
        if (i == PROVINCE) {
            (void)journal_builder_enrol_province(&tries->journal, &tries->devices[i], "administrator");
        } else {
            (void)journal_builder_enrol(&tries->journal, &tries->devices[i], &tries->senders[i % SENDERS],
                                        i < SENDERS ? "clerk" : "viewer");
        }
    }
    (void)journal_builder_senders(&tries->journal, &tries->devices[PROVINCE], tries->senders, SENDERS);
}

static void close_tries(struct tries *tries)
{
    for (size_t i = 0; i < SPEAKERS; i++) {
        builder_device_release(&tries->devices[i]);
    }
    journal_builder_release(&tries->journal);
}

static struct bytes pack(struct tries *tries, enum record_kind kind, uint64_t number, const struct id *base,
                         const void *message)
{
    struct builder_change change = {.kind = kind, .record = builder_id(number), .message = message};
    if (base != NULL) {
        change.base = *base;
    }
    return builder_pack_change(&tries->journal.arena, &change);
}

/* The verdict as it should be, or "applied" when it is this one's turn. */
static uint64_t submit(struct tries *tries, size_t speaker, struct bytes item, enum verdict_code right)
{
    enum verdict_code code = right;
    bool is_forged = right != VERDICT_APPLIED && tries->withheld_count++ == tries->forged;
    code = is_forged ? VERDICT_APPLIED : code;
    uint64_t position = journal_builder_items(&tries->journal, &tries->devices[speaker],
                                              ENVELOPE_CONTENT_CHANGES, &item, &code, 1);
    tries->forged_position = is_forged ? position : tries->forged_position;
    return position;
}

static bool may_write(size_t speaker, size_t sender)
{
    return speaker == PROVINCE || (speaker < SENDERS && speaker == sender);
}

/* A tally sheet: never at once, and only of one's own. */
static void try_tally(struct tries *tries, size_t speaker, size_t sender, uint64_t number)
{
    Dantin__Tally tally = DANTIN__TALLY__INIT;
    tally.has_branch = 1;
    tally.branch = (ProtobufCBinaryData){ID_BYTES, tries->senders[sender].at};
    (void)submit(tries, speaker, pack(tries, KIND_TALLY, number, NULL, &tally),
                 may_write(speaker, sender) ? VERDICT_WAITING : VERDICT_REFUSED);
}

/* A new cell below a sender or one of its cells. */
static void try_cell(struct tries *tries, size_t speaker, size_t sender, uint64_t number)
{
    struct id parent = tries->senders[sender];
    if (tries->cell_count > 0 && prng_below(&tries->prng, 2) == 0) {
        const struct standing *above = &tries->cells[prng_below(&tries->prng, tries->cell_count)];
        parent = builder_id(above->number);
        sender = above->sender;
    }
    bool is_right = may_write(speaker, sender);
    const void *branch = builder_branch(&tries->journal.arena, "Chi bộ", &parent, false);
    uint64_t position = submit(tries, speaker, pack(tries, KIND_BRANCH, number, NULL, branch),
                               is_right ? VERDICT_APPLIED : VERDICT_REFUSED);
    if (is_right) {
        tries->cells[tries->cell_count++] =
            (struct standing){number, sender, journal_builder_version(&tries->journal, position, 0)};
    }
}

/* A cell that stands goes below a sender, its own or another; only who may write both may do so. */
static void try_move(struct tries *tries, size_t speaker, size_t sender)
{
    struct standing *cell = &tries->cells[prng_below(&tries->prng, tries->cell_count)];
    bool is_right = may_write(speaker, cell->sender) && may_write(speaker, sender) && sender == cell->sender;
    if (speaker == PROVINCE && sender != cell->sender) {
        return; /* what lies below it would go with it: more than this test counts */
    }
    const void *branch = builder_branch(&tries->journal.arena, "Chi bộ", &tries->senders[sender], false);
    uint64_t position = submit(tries, speaker, pack(tries, KIND_BRANCH, cell->number, &cell->version, branch),
                               is_right ? VERDICT_APPLIED : VERDICT_REFUSED);
    if (is_right) {
        cell->version = journal_builder_version(&tries->journal, position, 0);
    }
}

static void write_tries(struct tries *tries)
{
    for (uint64_t i = 0; i < TRIES; i++) {
        size_t speaker = prng_below(&tries->prng, SPEAKERS);
        size_t sender = prng_below(&tries->prng, SENDERS);
        switch (prng_below(&tries->prng, 3)) {
        case 0:
            try_tally(tries, speaker, sender, 1000 + i);
            break;
        case 1:
            try_cell(tries, speaker, sender, 1000 + i);
            break;
        default:
            if (tries->cell_count > 0) {
                try_move(tries, speaker, sender);
            }
        }
        if (i % GROUP == GROUP - 1) {
            (void)journal_builder_checkpoint(&tries->journal);
        }
    }
    (void)journal_builder_checkpoint(&tries->journal);
}

/* True: right. */
static bool verify(const struct tries *tries, struct fault *fault)
{
    char folder[FOLDER_PATH_BYTES];
    struct walk_report report;
    folder_new(folder);
    journal_builder_export(&tries->journal, folder);
    struct walk_options options = {.folder = folder, .log_key = tries->journal.first_log_key};
    bool is_right = walk_run(&options, &report, fault);
    folder_remove(folder);
    return is_right;
}

static void walk__anything_let_through__its_entry_named(void **state)
{
    static struct tries tries;
    struct fault fault;
    struct prng prng;
    uint64_t seed = seed_of_test();
    (void)state;
    open_tries(&tries, seed, SIZE_MAX);
    write_tries(&tries);
    assert_true(verify(&tries, &fault));
    size_t count = tries.withheld_count;
    close_tries(&tries);
    assert_true(count > 10);
    prng_init(&prng, seed);

    for (size_t i = 0; i < FORGERIES; i++) {
        open_tries(&tries, seed, prng_below(&prng, count));
        write_tries(&tries);
        bool is_right = verify(&tries, &fault);
        if (is_right || !fault.has_position || fault.position != tries.forged_position ||
            (fault.id != FAULT_SCOPE && fault.id != FAULT_SECOND_PERSON && fault.id != FAULT_ROLE)) {
            fail_msg("number %zu at %zu: %s at %zu", tries.forged, (size_t)tries.forged_position,
                     is_right ? "right" : fault_name(fault.id), (size_t)fault.position);
        }
        close_tries(&tries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(walk__anything_let_through__its_entry_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
