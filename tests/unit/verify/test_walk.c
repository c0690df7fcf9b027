/* A whole journal, right as it stands; then one mistake at a time in its entries, in who speaks, in checkpoints and epochs, each
 * found at its position. */
#include "common/crypto/hash.h"
#include "common/wire/export.h"
#include "tests/unit/verify/fixture.h"

/* Everything is checked and counted. */
static void walk__whole_journal__right(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;

    assert_true(verify(world, &report, &fault));

    assert_int_equal(report.entries, AT_FILLING + FILLING);
    assert_int_equal(report.acts, 6);
    assert_int_equal(report.approvals, 1);
    assert_int_equal(report.key_changes, 1);
    assert_int_equal(report.devices, 5);
    assert_int_equal(report.devices_revoked, 1);
    assert_int_equal(report.records, 7 + FILLING);
    assert_int_equal(report.checkpoints, 4 + FILLING / 3);
    assert_int_equal(report.cosignatures, 2);
    assert_int_equal(report.witnesses, 3);
    assert_true(report.has_sealed);
    assert_int_equal(report.sealed_size, AT_FILLING);
    assert_memory_equal(report.log_key, world->journal.log.public_key, sizeof report.log_key);
}

/* ---- one byte, without anything counted anew ---- */

static void flip_leaf(struct world *world, uint64_t position, size_t offset)
{
    world->journal.entries[position].leaf[offset] ^= 1;
}

/* Any byte of an entry: envelope, signature, time, verdict hash. */
static void walk__byte_of_an_entry_flipped__named(void **state)
{
    struct world *world = *state;
    flip_leaf(world, AT_CHANGED_RECORD, 60);
    assert_fault(world, FAULT_LEAF, AT_CHANGED_RECORD);
}

static void walk__time_moved__named(void **state)
{
    struct world *world = *state;
    flip_leaf(world, AT_FILLING + 270, ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES + 7);
    assert_fault(world, FAULT_LEAF, AT_FILLING + 270);
}

/* The tree's own hash changed with the entry: the group's root tells. */
static void walk__entry_and_leaf_hash_changed__group_named(void **state)
{
    struct world *world = *state;
    struct journal_entry *entry = &world->journal.entries[AT_FILLING + 1];
    static const uint8_t prefix[] = {0};
    entry->leaf[ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES + 7] ^= 1;
    struct bytes parts[] = {bytes_of(prefix, 1), bytes_of(entry->leaf, LEAF_BYTES)};
    entry->hash = hash_of(parts, 2);
    assert_fault(world, FAULT_ROOT, AT_FILLING);
}

/* A row deleted: exported as an entry without a byte. The first fault is told, though an earlier pass reads all entries. */
static void walk__entries_without_bytes__first_named(void **state)
{
    struct world *world = *state;
    flip_leaf(world, AT_FILLING + 290, 50);
    flip_leaf(world, AT_FILLING + 20, 50);
    assert_fault(world, FAULT_LEAF, AT_FILLING + 20);
}

static void walk__verdict_changed__named(void **state)
{
    struct world *world = *state;
    world->journal.entries[AT_REFUSED].verdicts.at[0] = VERDICT_APPLIED;
    assert_fault(world, FAULT_VERDICTS, AT_REFUSED);
}

/* Another payload, readable and well made, but not the one sealed. */
static void walk__payload_replaced__named(void **state)
{
    struct world *world = *state;
    struct buf *payload = &world->journal.entries[AT_CHANGED_RECORD].payload;
    buf_clear(payload);
    assert_int_equal(buf_append(payload, buf_content(&world->journal.entries[AT_NEW_RECORD].payload)),
                     ERR_OK);
    assert_fault(world, FAULT_PAYLOAD, AT_CHANGED_RECORD);
}

static void walk__payload_destroyed__named(void **state)
{
    struct world *world = *state;
    world->journal.entries[AT_CHANGED_RECORD].payload.at[9] ^= 0xFF;
    world->journal.entries[AT_CHANGED_RECORD].payload.len -= 3;
    assert_fault(world, FAULT_UNREADABLE, AT_CHANGED_RECORD);
}

/* ---- by somebody who has the log key and counts everything anew ---- */

static void walk__envelope_changed_and_signed_anew__signature(void **state)
{
    struct world *world = *state;
    flip_leaf(world, AT_CHANGED_RECORD, 95); /* the schema version */
    journal_builder_sign_anew(&world->journal);
    assert_fault(world, FAULT_SIGNATURE, AT_CHANGED_RECORD);
}

static void walk__signature_of_another_entry__signature(void **state)
{
    struct world *world = *state;
    memcpy(world->journal.entries[AT_FILLING + 5].leaf + ENVELOPE_BYTES,
           world->journal.entries[AT_FILLING + 6].leaf + ENVELOPE_BYTES, SIGN_SIGNATURE_BYTES);
    journal_builder_sign_anew(&world->journal);
    assert_fault(world, FAULT_SIGNATURE, AT_FILLING + 5);
}

static void walk__domain_changed__envelope(void **state)
{
    struct world *world = *state;
    flip_leaf(world, AT_FILLING, 0);
    journal_builder_sign_anew(&world->journal);
    assert_fault(world, FAULT_ENVELOPE, AT_FILLING);
}

static void walk__time_before_the_entry_before__time(void **state)
{
    struct world *world = *state;
    memset(world->journal.entries[AT_FILLING + 7].leaf + ENVELOPE_BYTES + SIGN_SIGNATURE_BYTES, 0, 8);
    journal_builder_sign_anew(&world->journal);
    assert_fault(world, FAULT_TIME, AT_FILLING + 7);
}

/* An entry taken out: the device's own chain shows the gap. */
static void walk__entry_taken_out__sequence(void **state)
{
    struct world *world = *state;
    struct journal_entry *entries = world->journal.entries;
    struct journal_entry gone = entries[AT_FILLING + 3];
    memmove(&entries[AT_FILLING + 3], &entries[AT_FILLING + 4],
            (world->journal.count - AT_FILLING - 4) * sizeof entries[0]);
    entries[world->journal.count - 1] = gone;
    journal_builder_sign_anew(&world->journal);
    assert_fault(world, FAULT_SEQUENCE, AT_FILLING + 3);
}

/* A device that goes on from another envelope than its last one. */
static void walk__chain_broken__chain(void **state)
{
    struct world *world = *state;
    world->a.previous.at[5] ^= 1;
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_CHAIN, position);
}

/* ---- who may speak ---- */

static void walk__device_never_enrolled__unknown(void **state)
{
    struct world *world = *state;
    struct builder_device shadow;
    builder_device_init(&shadow, 777);
    uint64_t position = journal_builder_change(&world->journal, &shadow, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_DEVICE_UNKNOWN, position);
    builder_device_release(&shadow);
}

static void walk__device_revoked_before__revoked(void **state)
{
    struct world *world = *state;
    uint64_t position = journal_builder_change(&world->journal, &world->c, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_DEVICE_REVOKED, position);
}

static void walk__old_key_after_its_change__signature(void **state)
{
    struct world *world = *state;
    world->b.sequence = world->b_new.sequence;
    world->b.previous = world->b_new.previous;
    uint64_t position = journal_builder_change(&world->journal, &world->b, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_SIGNATURE, position);
}

/* A key announced without holding it. */
static void walk__key_without_possession__possession(void **state)
{
    struct world *world = *state;
    uint8_t packed[256];
    Dantin__KeyChange change = DANTIN__KEY_CHANGE__INIT;
    uint8_t signature[SIGN_SIGNATURE_BYTES] = {1};
    change.has_public_key = 1;
    change.public_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, world->b.public_key};
    change.has_possession = 1;
    change.possession = (ProtobufCBinaryData){sizeof signature, signature};
    struct bytes item = bytes_of(packed, protobuf_c_message_pack(&change.base, packed));
    uint64_t position =
        journal_builder_items(&world->journal, &world->a, ENVELOPE_CONTENT_KEY, &item, NULL, 1);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_POSSESSION, position);
}

static void walk__enrolled_twice__named(void **state)
{
    struct world *world = *state;
    uint64_t position = journal_builder_enrol(&world->journal, &world->a, &world->senders[1], "clerk");
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ACT_TWICE, position);
}

/* Two operators in force. */
struct operators {
    struct builder_device an;
    struct builder_device binh;
};

static void operators_open(struct world *world, struct operators *operators)
{
    builder_device_init(&operators->an, 500);
    builder_device_init(&operators->binh, 501);
    (void)journal_builder_operator(&world->journal, "an", &operators->an);
    (void)journal_builder_operator(&world->journal, "binh", &operators->binh);
}

static void operators_close(struct operators *operators)
{
    builder_device_release(&operators->an);
    builder_device_release(&operators->binh);
}

/* Of the first clerk, proposed now. */
static struct role_change role_change_of(const struct world *world, const char *role)
{
    return (struct role_change){.device = world->a.device,
                                .proposed_at = world->journal.count,
                                .role = role,
                                .proposed_by = "an",
                                .approved_by = "binh"};
}

static uint64_t give_role(struct world *world, const struct operators *operators, const char *role)
{
    struct role_change change = role_change_of(world, role);
    return journal_builder_role(&world->journal, &change, &operators->binh);
}

/* Two operators, one of whom says yes by signature; the signature of another, a changed word, or one's own ticket is none. */
static void walk__enrolment_approved__by_a_second_operator_in_force(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct operators operators;
    struct builder_device fresh[2];
    operators_open(world, &operators);
    builder_device_init(&fresh[0], 502);
    builder_device_init(&fresh[1], 503);
    (void)journal_builder_approved(&world->journal, &fresh[0], &world->senders[2], "an", "binh",
                                   &operators.binh);
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
    assert_int_equal(report.devices, 6);
    assert_int_equal(report.devices_unapproved, 5);
    folder_clear(world);
    uint64_t position =
        journal_builder_approved(&world->journal, &fresh[1], &world->senders[2], "an", "binh", &operators.an);
    assert_fault(world, FAULT_OPERATOR, position);
    operators_close(&operators);
    builder_device_release(&fresh[0]);
    builder_device_release(&fresh[1]);
}

static void walk__own_ticket_approved__operator(void **state)
{
    struct world *world = *state;
    struct operators operators;
    struct builder_device fresh;
    operators_open(world, &operators);
    builder_device_init(&fresh, 502);
    uint64_t position =
        journal_builder_approved(&world->journal, &fresh, &world->senders[2], "an", "an", &operators.an);
    assert_fault(world, FAULT_OPERATOR, position);
    operators_close(&operators);
    builder_device_release(&fresh);
}

static uint64_t looks_act(struct world *world, uint64_t number, uint8_t hash[HASH_BYTES])
{
    Dantin__ActLooks looks = DANTIN__ACT_LOOKS__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    looks.has_number = looks.has_hash = 1;
    looks.number = number;
    looks.hash = (ProtobufCBinaryData){HASH_BYTES, hash};
    act.looks = &looks;
    return journal_builder_act(&world->journal, &act);
}

/* The log of reads grows: a lower link than before, and part of it was cut off. */
static void walk__log_of_reads_cut__act(void **state)
{
    struct world *world = *state;
    uint8_t hash[HASH_BYTES] = {9};
    (void)looks_act(world, 5, hash);
    (void)looks_act(world, 5, hash);
    uint64_t position = looks_act(world, 4, hash);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ACT, position);
}

/* An act that a person's device sealed. */
static void walk__act_by_a_device__act_signer(void **state)
{
    struct world *world = *state;
    struct builder_device log = world->journal.log;
    world->journal.log = world->a;
    uint64_t position = journal_builder_revoke(&world->journal, &world->b);
    world->journal.log = log;
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ACT_SIGNER, position);
}

/* A clerk's approval counts nothing; if it was applied, the server did not ask for the role. */
static void walk__approval_by_a_clerk__role(void **state)
{
    struct world *world = *state;
    struct id version = journal_builder_version(&world->journal, AT_WAITING, 0);
    struct hash hash = {{1}};
    struct bytes approval = builder_pack_approval(&world->journal.arena, &version, &hash, NULL);
    uint64_t position =
        journal_builder_items(&world->journal, &world->a, ENVELOPE_CONTENT_APPROVALS, &approval, NULL, 1);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ROLE, position);
}

/* A committee's device raised to the province's rights by an act that the server should have refused. */
static void walk__province_role_at_a_committee__act(void **state)
{
    struct world *world = *state;
    struct operators operators;
    operators_open(world, &operators);
    uint64_t position = give_role(world, &operators, "administrator");
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ACT, position);
    operators_close(&operators);
}

/* What is not for a device's role stands in the journal, refused: nothing is wrong with that. */
static void walk__refused_by_role__right(void **state)
{
    static const enum verdict_code refused[] = {VERDICT_REFUSED};
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct id version = journal_builder_version(&world->journal, AT_WAITING, 0);
    struct hash hash = {{1}};
    struct bytes approval = builder_pack_approval(&world->journal.arena, &version, &hash, NULL);
    (void)journal_builder_items(&world->journal, &world->a, ENVELOPE_CONTENT_APPROVALS, &approval, refused,
                                1);
    (void)journal_builder_items(&world->journal, &world->a, ENVELOPE_CONTENT_ACTS, &approval, refused, 1);
    (void)journal_builder_items(&world->journal, &world->a, 77, &approval, refused, 1);
    (void)journal_builder_change(&world->journal, &world->a, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
}

/* A role that was given, and taken: what it allows is judged at the position. */
static void walk__role_changed__judged_at_the_position(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct operators operators;
    operators_open(world, &operators);
    (void)give_role(world, &operators, "viewer");
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
    folder_clear(world);
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_ROLE, position);
    operators_close(&operators);
}

/* What the second operator signed is the change that is told, nothing else and nobody else. */
static void assert_not_agreed(struct world *world, const char *proposed_by, bool is_by_proposer,
                              bool is_early)
{
    struct operators operators;
    operators_open(world, &operators);
    struct role_change change = role_change_of(world, "viewer");
    change.proposed_by = proposed_by;
    change.proposed_at += is_early ? 2 : 0;
    uint64_t position =
        journal_builder_role(&world->journal, &change, is_by_proposer ? &operators.an : &operators.binh);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_OPERATOR, position);
    operators_close(&operators);
}

static void walk__role_by_one_operator__operator(void **state)
{
    assert_not_agreed(*state, "binh", false, false);
}

static void walk__role_proposed_by_nobody__operator(void **state)
{
    assert_not_agreed(*state, NULL, false, false);
}

static void walk__role_proposed_by_a_stranger__operator(void **state)
{
    assert_not_agreed(*state, "chi", false, false);
}

static void walk__role_signed_by_another_key__operator(void **state)
{
    assert_not_agreed(*state, "an", true, false);
}

static void walk__role_proposed_after_it_was_given__operator(void **state)
{
    assert_not_agreed(*state, "an", false, true);
}

/* The same yes once more, after the role was taken back: it was for one change. */
static void walk__role_agreed_once__not_again(void **state)
{
    struct world *world = *state;
    struct operators operators;
    operators_open(world, &operators);
    const struct role_change viewer = role_change_of(world, "viewer");
    (void)journal_builder_role(&world->journal, &viewer, &operators.binh);
    (void)give_role(world, &operators, "clerk");
    uint64_t position = journal_builder_role(&world->journal, &viewer, &operators.binh);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_OPERATOR, position);
    operators_close(&operators);
}

/* The log goes on under another key: entries and checkpoints from then on are by that one. */
static void walk__log_key_changed__old_one_counts_no_more(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    struct builder_device next;
    struct builder_device first = world->journal.log;
    builder_device_init(&next, 888888);
    (void)journal_builder_log_key(&world->journal, &next);
    world->journal.log = next;
    (void)journal_builder_checkpoint(&world->journal);
    (void)journal_builder_revoke(&world->journal, &world->b);
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
    folder_clear(world);
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    world->journal.log = first;
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_CHECKPOINT_SIGNATURE, position);
    builder_device_release(&next);
}

/* Witnesses named by an act: theirs alone count for the majority. */
static void walk__witnesses_named__counted(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    (void)journal_builder_witnesses(&world->journal, &world->senders[1], 1);
    struct journal_note *note = journal_builder_checkpoint(&world->journal);
    journal_builder_cosign(note, &world->a); /* no witness any more */
    (void)journal_builder_change(&world->journal, &world->a, 9000, NULL);
    assert_int_equal(note->checkpoint.size + 1, world->journal.count);
    struct journal_note *sealed = journal_builder_checkpoint(&world->journal);
    journal_builder_cosign(sealed, &world->b_new);
    assert_true(verify(world, &report, &fault));
    assert_int_equal(report.witnesses, 1);
    assert_int_equal(report.sealed_size, world->journal.count);
}

/* Payloads kept back: proofs and signatures are checked, the state is not; acts may not be kept back. */
static void walk__payloads_withheld__right_without_state(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    for (uint64_t i = AT_NEW_RECORD; i < world->journal.count; i++) {
        world->journal.entries[i].is_withheld = i != AT_KEY && i != AT_REVOKE_C;
    }
    assert_true(verify(world, &report, &fault));
    assert_int_equal(report.withheld, world->journal.count - AT_NEW_RECORD - 2);
    folder_clear(world);
    world->journal.entries[AT_KEY].is_withheld = true;
    assert_fault(world, FAULT_LAYOUT, AT_KEY);
}

/* ---- checkpoints ---- */

static void walk__state_that_entries_do_not_give__state(void **state)
{
    struct world *world = *state;
    world->journal.state.at[31] ^= 1;
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_STATE, position);
}

static void walk__checkpoint_by_another_key__signature(void **state)
{
    struct world *world = *state;
    struct builder_device log = world->journal.log;
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    world->journal.log = world->b;
    (void)journal_builder_checkpoint(&world->journal);
    world->journal.log = log;
    assert_fault(world, FAULT_CHECKPOINT_SIGNATURE, position);
}

static void walk__checkpoint_of_another_epoch__epoch(void **state)
{
    struct world *world = *state;
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    world->journal.epoch.at[3] ^= 1;
    (void)journal_builder_checkpoint(&world->journal);
    assert_fault(world, FAULT_CHECKPOINT_EPOCH, position);
}

static void walk__cosignature_spoiled__cosignature(void **state)
{
    struct world *world = *state;
    struct buf *note = &world->journal.notes[3].note;
    assert_int_equal(world->journal.notes[3].checkpoint.size, AT_FILLING);
    uint8_t *last = note->at + note->start + note->len - 10;
    *last = *last == 'A' ? 'B' : 'A';
    assert_fault(world, FAULT_COSIGNATURE, AT_FILLING);
}

/* The last entries dropped, checkpoints left. */
static void walk__last_entries_dropped__missing(void **state)
{
    struct world *world = *state;
    struct world kept = *world;
    kept.journal.count -= 5;
    assert_fault(&kept, FAULT_ENTRIES_MISSING, kept.journal.count);
}

/* Entries no checkpoint speaks for. */
static void walk__no_checkpoint_at_the_end__not_covered(void **state)
{
    struct world *world = *state;
    uint64_t position = journal_builder_change(&world->journal, &world->a, 9000, NULL);
    assert_fault(world, FAULT_NOT_COVERED, position);
}

/* ---- epochs ---- */

static uint64_t open_epoch(struct world *world, uint64_t branch_size, uint8_t root_flip)
{
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActEpoch opened = DANTIN__ACT_EPOCH__INIT;
    struct hash root = merkle_frontier_root(&world->journal.frontier);
    struct id epoch = {{0xE2}};
    root.at[0] ^= root_flip;
    act.epoch = &opened;
    opened.has_previous = opened.has_epoch = opened.has_branch_root = opened.has_branch_size = 1;
    opened.previous = (ProtobufCBinaryData){ID_BYTES, world->journal.epoch.at};
    opened.branch_size = branch_size;
    opened.branch_root = (ProtobufCBinaryData){HASH_BYTES, root.at};
    opened.epoch = (ProtobufCBinaryData){ID_BYTES, epoch.at};
    uint64_t position = journal_builder_act(&world->journal, &act);
    world->journal.epoch = epoch;
    (void)journal_builder_checkpoint(&world->journal);
    return position;
}

static void walk__epoch_opened__right(void **state)
{
    struct world *world = *state;
    struct walk_report report;
    struct fault fault;
    (void)open_epoch(world, world->journal.count, 0);
    (void)journal_builder_change(&world->journal, &world->a, 9000, NULL);
    (void)journal_builder_checkpoint(&world->journal);
    assert_true(verify(world, &report, &fault));
    assert_int_equal(report.acts, 7);
}

static void walk__epoch_from_another_root__epoch(void **state)
{
    struct world *world = *state;
    uint64_t position = open_epoch(world, world->journal.count, 1);
    assert_fault(world, FAULT_EPOCH, position);
}

static void walk__epoch_from_another_size__epoch(void **state)
{
    struct world *world = *state;
    uint64_t position = open_epoch(world, world->journal.count - 1, 0);
    assert_fault(world, FAULT_EPOCH, position);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(walk__whole_journal__right),
        EACH(walk__byte_of_an_entry_flipped__named),
        EACH(walk__time_moved__named),
        EACH(walk__entry_and_leaf_hash_changed__group_named),
        EACH(walk__entries_without_bytes__first_named),
        EACH(walk__verdict_changed__named),
        EACH(walk__payload_replaced__named),
        EACH(walk__payload_destroyed__named),
        EACH(walk__envelope_changed_and_signed_anew__signature),
        EACH(walk__signature_of_another_entry__signature),
        EACH(walk__domain_changed__envelope),
        EACH(walk__time_before_the_entry_before__time),
        EACH(walk__entry_taken_out__sequence),
        EACH(walk__chain_broken__chain),
        EACH(walk__device_never_enrolled__unknown),
        EACH(walk__device_revoked_before__revoked),
        EACH(walk__old_key_after_its_change__signature),
        EACH(walk__key_without_possession__possession),
        EACH(walk__enrolled_twice__named),
        EACH(walk__enrolment_approved__by_a_second_operator_in_force),
        EACH(walk__own_ticket_approved__operator),
        EACH(walk__act_by_a_device__act_signer),
        EACH(walk__approval_by_a_clerk__role),
        EACH(walk__province_role_at_a_committee__act),
        EACH(walk__refused_by_role__right),
        EACH(walk__role_changed__judged_at_the_position),
        EACH(walk__role_by_one_operator__operator),
        EACH(walk__role_proposed_by_nobody__operator),
        EACH(walk__role_proposed_by_a_stranger__operator),
        EACH(walk__role_signed_by_another_key__operator),
        EACH(walk__role_proposed_after_it_was_given__operator),
        EACH(walk__role_agreed_once__not_again),
        EACH(walk__log_key_changed__old_one_counts_no_more),
        EACH(walk__witnesses_named__counted),
        EACH(walk__log_of_reads_cut__act),
        EACH(walk__payloads_withheld__right_without_state),
        EACH(walk__state_that_entries_do_not_give__state),
        EACH(walk__checkpoint_by_another_key__signature),
        EACH(walk__checkpoint_of_another_epoch__epoch),
        EACH(walk__cosignature_spoiled__cosignature),
        EACH(walk__last_entries_dropped__missing),
        EACH(walk__no_checkpoint_at_the_end__not_covered),
        EACH(walk__epoch_opened__right),
        EACH(walk__epoch_from_another_root__epoch),
        EACH(walk__epoch_from_another_size__epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
