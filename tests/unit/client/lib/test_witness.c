/* A witness believes what continues what it holds, and nothing else: forks, shrinking, forgeries, false epochs and keys. */
#include "tests/lib/test.h"

#include "client/lib/witness.h"
#include "common/wire/message.h"
#include "tests/lib/log_world.h"

enum { ARENA_BYTES_MAX = 64 << 20, ENTRIES = 20, BRANCH = 12, HELD = 9 };

static struct arena arena;
static struct log_world
    logs[2]; /* the one we know; and another that goes on otherwise after BRANCH entries */
static struct log_world *const journal = &logs[0];
static struct log_world *const fork = &logs[1];

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    log_open(journal, &arena, 0x41);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        (void)log_append(journal, i);
    }
    log_fork(fork, journal, BRANCH);
    while (fork->size < ENTRIES) {
        (void)log_append(fork, 1000 + fork->size);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_close(journal);
    log_close(fork);
    arena_release(&arena);
    return 0;
}

static struct bytes key_of(const struct log_world *log)
{
    return bytes_of(log->public_key, SIGN_PUBLIC_KEY_BYTES);
}

/* What the log shows to somebody who holds `held` entries of it. */
static struct witness_welcome welcome_of(const struct log_world *log, uint64_t held, uint64_t size)
{
    struct witness_welcome welcome = {
        .epoch = log->epoch, .log_key = key_of(log), .note = log_note(log, size)};
    if (held <= size) {
        welcome.consistency = log_consistency(log, held, size);
    }
    return welcome;
}

static struct witness_judgement judge(struct bytes held_note, const struct witness_welcome *welcome)
{
    const struct witness_known known = {.log_key = key_of(journal), .note = held_note};
    struct witness_judgement judgement = {0};
    assert_int_equal(witness_judge(&known, welcome, &judgement), ERR_OK);
    return judgement;
}

static void expect(struct bytes held_note, const struct witness_welcome *welcome, enum witness_answer answer,
                   enum witness_fault fault)
{
    struct witness_judgement judgement = judge(held_note, welcome);
    assert_int_equal(judgement.answer, answer);
    assert_int_equal(judgement.fault, fault);
}

/* ---- one epoch ---- */

/* What continues ours is taken, whatever the two sizes are. */
static void judge__every_pair_of_sizes__grew_or_same(void **state)
{
    (void)state;
    for (uint64_t held = 1; held <= ENTRIES; held++) {
        for (uint64_t size = held; size <= ENTRIES; size++) {
            struct witness_welcome welcome = welcome_of(journal, held, size);
            expect(log_note(journal, held), &welcome, size == held ? WITNESS_SAME : WITNESS_GREW,
                   WITNESS_FINE);
        }
    }
}

/* The first time there is nothing to compare with; an empty journal has no checkpoint. */
static void judge__nothing_held__first(void **state)
{
    (void)state;
    struct witness_welcome welcome = welcome_of(journal, 0, 7);
    expect((struct bytes){0}, &welcome, WITNESS_FIRST, WITNESS_FINE);
    assert_int_equal(judge((struct bytes){0}, &welcome).tree.checkpoint.size, 7);
    welcome.note = (struct bytes){0};
    expect((struct bytes){0}, &welcome, WITNESS_NOTHING, WITNESS_FINE);
}

/* Whoever shows no journal at all cannot thereby put another key into the place of the one we know: an empty journal has no act that
 * changes it. (We hold nothing when we met it empty, and after alarms were acknowledged.) */
static void judge__nothing_held_nothing_shown_other_key__refused(void **state)
{
    (void)state;
    struct log_world other;
    log_open(&other, &arena, 0x42);
    struct witness_welcome welcome = {.epoch = journal->epoch, .log_key = key_of(&other)};
    expect((struct bytes){0}, &welcome, WITNESS_REFUSES, WITNESS_OTHER_KEY);
    log_close(&other);
}

/* Fewer entries than ours, or none: something was taken back. */
static void judge__fewer_entries__shrunk(void **state)
{
    (void)state;
    struct witness_welcome welcome = welcome_of(journal, HELD, HELD - 1);
    expect(log_note(journal, HELD), &welcome, WITNESS_REFUSES, WITNESS_SHRUNK);
    welcome.note = (struct bytes){0};
    expect(log_note(journal, HELD), &welcome, WITNESS_REFUSES, WITNESS_SHRUNK);
}

/* As many entries, others: two notes that contradict each other. The state digest counts too. */
static void judge__same_size_other_text__forked(void **state)
{
    (void)state;
    struct witness_welcome welcome = welcome_of(fork, ENTRIES, ENTRIES);
    expect(log_note(journal, ENTRIES), &welcome, WITNESS_REFUSES, WITNESS_FORKED);

    const struct checkpoint other_state = {
        .epoch = journal->epoch, .size = HELD, .root = log_root(journal, HELD), .state = {{0xff}}};
    struct buf note;
    buf_init(&note, NOTE_BYTES_MAX);
    assert_int_equal(checkpoint_sign(&other_state, journal->key, &note), ERR_OK);
    welcome = welcome_of(journal, HELD, HELD);
    welcome.note = buf_content(&note);
    expect(log_note(journal, HELD), &welcome, WITNESS_REFUSES, WITNESS_FORKED);
    buf_release(&note);
}

/* More entries but others: no path can prove that ours are among them, neither the fork's nor our own journal's. */
static void judge__fork_grew__unproved(void **state)
{
    (void)state;
    struct bytes held = log_note(journal, BRANCH + 2);
    struct witness_welcome welcome = welcome_of(fork, BRANCH + 2, ENTRIES);
    expect(held, &welcome, WITNESS_REFUSES, WITNESS_UNPROVED);
    welcome.consistency = log_consistency(journal, BRANCH + 2, ENTRIES);
    expect(held, &welcome, WITNESS_REFUSES, WITNESS_UNPROVED);
    welcome = welcome_of(journal, BRANCH + 2, ENTRIES);
    welcome.consistency = (struct bytes){0};
    expect(held, &welcome, WITNESS_REFUSES, WITNESS_UNPROVED);
    /* Up to where they part, the fork is as good as the journal. */
    welcome = welcome_of(fork, BRANCH, ENTRIES);
    expect(log_note(journal, BRANCH), &welcome, WITNESS_GREW, WITNESS_FINE);
}

/* A note that the log key did not sign is none, whatever it says; nor is one cut or mended anywhere. */
static void judge__forged_note__unsigned(void **state)
{
    (void)state;
    struct witness_welcome welcome = welcome_of(journal, HELD, ENTRIES);
    struct bytes sound = welcome.note;
    for (size_t i = 0; i < sound.len; i++) {
        uint8_t *copy = arena_alloc(&arena, sound.len);
        memcpy(copy, sound.at, sound.len);
        copy[i] ^= 1;
        welcome.note = bytes_of(copy, sound.len);
        struct witness_judgement judgement = judge(log_note(journal, HELD), &welcome);
        assert_int_equal(judgement.answer, WITNESS_REFUSES);
        assert_int_equal(judgement.fault, WITNESS_UNSIGNED);
        welcome.note = bytes_of(sound.at, i);
        if (i > 0) {
            expect(log_note(journal, HELD), &welcome, WITNESS_REFUSES, WITNESS_UNSIGNED);
        }
    }
    uint8_t small_order[SIGN_PUBLIC_KEY_BYTES] = {1};
    welcome = welcome_of(journal, HELD, ENTRIES);
    welcome.log_key = bytes_of(small_order, sizeof small_order);
    expect(log_note(journal, HELD), &welcome, WITNESS_REFUSES, WITNESS_UNSIGNED);
}

/* The note must be of the epoch the server says it is in. */
static void judge__note_of_another_epoch__refused(void **state)
{
    (void)state;
    struct witness_welcome welcome = welcome_of(journal, HELD, ENTRIES);
    welcome.epoch.at[3] = 1;
    expect(log_note(journal, HELD), &welcome, WITNESS_REFUSES, WITNESS_OTHER_EPOCH);
}

/* ---- epochs and keys ---- */

static struct witness_lineage *lineage_of(const struct log_world *log, const uint64_t *positions,
                                          size_t count, struct bytes pinned, enum witness_fault *ret_fault)
{
    struct witness_lineage *lineage = arena_zalloc(&arena, 1, sizeof *lineage);
    const struct checkpoint tree = {.epoch = log->epoch, .size = log->size, .root = log_root(log, log->size)};
    Dantin__Proved proved = DANTIN__PROVED__INIT;
    Dantin__ProvenEntry *entries[8];
    for (size_t i = 0; i < count; i++) {
        entries[i] = log_proven(log, positions[i], log->size);
    }
    proved.n_entry = count;
    proved.entry = entries;
    assert_int_equal(witness_lineage_read(&proved, &tree, pinned, &arena, lineage, ret_fault), ERR_OK);
    return lineage;
}

/* A new epoch, or another key, is asked about; and the answer names what was kept, and under which key it goes on. */
static void lineage__epoch_key_epoch__followed(void **state)
{
    (void)state;
    static const struct id second = {{0xe2}};
    static const struct id third = {{0xe3}};
    enum witness_fault fault = WITNESS_FINE;
    struct id first = fork->epoch;
    uint64_t positions[3];
    positions[0] = log_append_epoch(fork, &second);
    positions[1] = log_append_key(fork, 0x77, NULL);
    (void)log_append(fork, 5);
    positions[2] = log_append_epoch(fork, &third);
    struct witness_welcome welcome = welcome_of(fork, BRANCH, fork->size);
    expect(log_note(journal, BRANCH), &welcome, WITNESS_ASKS, WITNESS_FINE);

    struct witness_lineage *lineage = lineage_of(fork, positions, 3, key_of(journal), &fault);

    assert_int_equal(fault, WITNESS_FINE);
    assert_int_equal(lineage->count, 2);
    assert_memory_equal(lineage->log_key, fork->public_key, SIGN_PUBLIC_KEY_BYTES);
    assert_int_equal(lineage->key_count, 1);
    assert_memory_equal(lineage->keys[0], fork->public_key, SIGN_PUBLIC_KEY_BYTES);
    const struct witness_branch *branch = witness_branch_of(lineage, &third);
    assert_true(branch != NULL && id_equal(&branch->previous, &second));
    branch = witness_branch_of(lineage, &second);
    assert_true(branch != NULL && id_equal(&branch->previous, &first));
    assert_int_equal(branch->size, ENTRIES);
    assert_null(witness_branch_of(lineage, &first));
    const struct checkpoint tree = {.size = fork->size, .root = log_root(fork, fork->size)};
    assert_true(witness_is_prefix(branch->size, &branch->root, &tree,
                                  log_consistency(fork, branch->size, fork->size)));
}

/* Whoever knows the new key already is not led astray by the change to it. */
static void lineage__key_known_already__stays(void **state)
{
    (void)state;
    enum witness_fault fault = WITNESS_FINE;
    uint64_t position = log_append_key(journal, 0x77, NULL);

    struct witness_lineage *lineage = lineage_of(journal, &position, 1, key_of(journal), &fault);

    assert_int_equal(fault, WITNESS_FINE);
    assert_memory_equal(lineage->log_key, journal->public_key, SIGN_PUBLIC_KEY_BYTES);
}

/* A change of the log key that the key before it did not sign changes nothing: the client goes on doubting. */
static void lineage__key_changed_by_a_stranger__not_followed(void **state)
{
    (void)state;
    uint8_t seed[SIGN_SEED_BYTES] = {0x99};
    uint8_t known[SIGN_PUBLIC_KEY_BYTES];
    struct signing_key *stranger = NULL;
    enum witness_fault fault = WITNESS_FINE;
    memcpy(known, journal->public_key, sizeof known);
    assert_int_equal(signing_key_from_seed(seed, &stranger), ERR_OK);
    uint64_t position = log_append_key(journal, 0x77, stranger);

    struct witness_lineage *lineage =
        lineage_of(journal, &position, 1, bytes_of(known, sizeof known), &fault);

    assert_int_equal(fault, WITNESS_FINE);
    assert_memory_equal(lineage->log_key, known, sizeof known);
    signing_key_free(stranger);
}

/* An act under the right key, but without proof that the new key is held. */
static void lineage__key_nobody_holds__false_act(void **state)
{
    (void)state;
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActLogKey changed = DANTIN__ACT_LOG_KEY__INIT;
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    enum witness_fault fault = WITNESS_FINE;
    changed.has_public_key = changed.has_possession = true;
    changed.public_key = (ProtobufCBinaryData){.len = SIGN_PUBLIC_KEY_BYTES, .data = fork->public_key};
    changed.possession = (ProtobufCBinaryData){.len = sizeof possession, .data = possession};
    log_possession(journal->key, &journal->device, journal->sequence + 9, possession); /* of another act */
    act.log_key = &changed;
    uint64_t position = log_append_act(journal, &act);

    (void)lineage_of(journal, &position, 1, key_of(journal), &fault);

    assert_int_equal(fault, WITNESS_FALSE_ACT);
}

/* The act must stand where it says the branch is: an epoch cannot be opened backwards. */
static void lineage__branch_elsewhere__false_act(void **state)
{
    (void)state;
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActEpoch opened = DANTIN__ACT_EPOCH__INIT;
    struct id other = {{9}};
    struct hash root = log_root(journal, 3);
    enum witness_fault fault = WITNESS_FINE;
    opened.has_previous = opened.has_epoch = opened.has_branch_size = opened.has_branch_root = true;
    opened.previous = (ProtobufCBinaryData){.len = ID_BYTES, .data = journal->epoch.at};
    opened.epoch = (ProtobufCBinaryData){.len = ID_BYTES, .data = other.at};
    opened.branch_size = 3;
    opened.branch_root = (ProtobufCBinaryData){.len = HASH_BYTES, .data = root.at};
    act.epoch = &opened;
    uint64_t position = log_append_act(journal, &act);

    (void)lineage_of(journal, &position, 1, key_of(journal), &fault);

    assert_int_equal(fault, WITNESS_FALSE_ACT);
}

/* ---- entries ---- */

static ProtobufCBinaryData flipped(ProtobufCBinaryData in, size_t at)
{
    uint8_t *copy = arena_alloc(&arena, in.len);
    memcpy(copy, in.data, in.len);
    copy[at] ^= 1;
    return (ProtobufCBinaryData){.len = in.len, .data = copy};
}

/* Every part of a proven entry is bound by its proof: one bit anywhere, another place or tree, a refused item. */
static void entry_read__one_bit_anywhere__malformed(void **state)
{
    (void)state;
    static const struct id second = {{0xe2}};
    uint64_t position = log_append_epoch(journal, &second);
    (void)log_append(journal, 1);
    const struct checkpoint tree = {.size = journal->size, .root = log_root(journal, journal->size)};
    Dantin__ProvenEntry *sound = log_proven(journal, position, journal->size);
    struct witness_entry entry = {0};
    assert_int_equal(witness_entry_read(sound, &tree, &entry), ERR_OK);
    assert_int_equal(entry.envelope.content, ENVELOPE_CONTENT_ACTS);
    const size_t fields[] = {
        offsetof(Dantin__ProvenEntry, envelope),     offsetof(Dantin__ProvenEntry, signature),
        offsetof(Dantin__ProvenEntry, verdict_hash), offsetof(Dantin__ProvenEntry, salt),
        offsetof(Dantin__ProvenEntry, item),         offsetof(Dantin__ProvenEntry, hashes),
        offsetof(Dantin__ProvenEntry, proof)};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ProtobufCBinaryData whole;
        memcpy(&whole, (const char *)sound + fields[i], sizeof whole);
        for (size_t at = 0; at < whole.len; at++) {
            Dantin__ProvenEntry bad = *sound;
            ProtobufCBinaryData changed = flipped(whole, at);
            memcpy((char *)&bad + fields[i], &changed, sizeof changed);
            assert_int_equal(witness_entry_read(&bad, &tree, &entry), ERR_MALFORMED);
            changed = (ProtobufCBinaryData){.len = at, .data = whole.data};
            memcpy((char *)&bad + fields[i], &changed, sizeof changed);
            assert_int_equal(witness_entry_read(&bad, &tree, &entry), ERR_MALFORMED);
        }
    }
    Dantin__ProvenEntry bad = *sound;
    bad.position++;
    assert_int_equal(witness_entry_read(&bad, &tree, &entry), ERR_MALFORMED);
    bad = *sound;
    bad.server_time_ms++;
    assert_int_equal(witness_entry_read(&bad, &tree, &entry), ERR_MALFORMED);
    bad = *sound;
    bad.index = UINT32_MAX;
    assert_int_equal(witness_entry_read(&bad, &tree, &entry), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judge__every_pair_of_sizes__grew_or_same, setup, teardown),
        cmocka_unit_test_setup_teardown(judge__nothing_held__first, setup, teardown),
        cmocka_unit_test_setup_teardown(judge__nothing_held_nothing_shown_other_key__refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(judge__fewer_entries__shrunk, setup, teardown),
        cmocka_unit_test_setup_teardown(judge__same_size_other_text__forked, setup, teardown),
        cmocka_unit_test_setup_teardown(judge__fork_grew__unproved, setup, teardown),
        cmocka_unit_test_setup_teardown(judge__forged_note__unsigned, setup, teardown),
        cmocka_unit_test_setup_teardown(judge__note_of_another_epoch__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(lineage__epoch_key_epoch__followed, setup, teardown),
        cmocka_unit_test_setup_teardown(lineage__key_known_already__stays, setup, teardown),
        cmocka_unit_test_setup_teardown(lineage__key_changed_by_a_stranger__not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(lineage__key_nobody_holds__false_act, setup, teardown),
        cmocka_unit_test_setup_teardown(lineage__branch_elsewhere__false_act, setup, teardown),
        cmocka_unit_test_setup_teardown(entry_read__one_bit_anywhere__malformed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
