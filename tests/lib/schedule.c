/* The generator knows what it sealed, not what became of it: like clients that have not heard from the
 * province. */
#include "tests/lib/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/random.h"
#include "proto/records.pb-c.h"

enum {
    RECORDS_MAX = 8192,
    VERSIONS_MAX = 8, /* remembered per record */
    CHANGES_MAX = 12,
    NUMBERS = 150,
    FOUNDING = 8,
    SHORT_LIFE = 4, /* submissions of one, at most */
    RIVALS = 6,     /* ... of two rivals */
    BALLOTS_MAX = 4096,
    APPROVALS_MAX = 4, /* in one submission */
};

/* A change that may wait. */
struct known_ballot {
    struct id version;
    struct hash hash;
};

struct known_record {
    enum record_kind kind;
    struct id record;
    struct id versions[VERSIONS_MAX]; /* newest first */
    size_t version_count;
};

struct generator {
    struct schedule *schedule;
    struct arena *arena;
    struct prng prng;
    struct known_record *records;
    size_t record_count;
    uint64_t next_id;
    size_t poison_count;
    struct known_ballot ballots[BALLOTS_MAX];
    size_t ballot_count;
};

static bool chance(struct generator *generator, unsigned percent)
{
    return prng_below(&generator->prng, 100) < percent;
}

static struct known_record *know(struct generator *generator, enum record_kind kind, struct id record)
{
    REQUIRE(generator->record_count < RECORDS_MAX);
    struct known_record *known = &generator->records[generator->record_count++];
    *known = (struct known_record){.kind = kind, .record = record};
    return known;
}

static void remember(struct known_record *known, struct id version)
{
    size_t kept = known->version_count < VERSIONS_MAX ? known->version_count : VERSIONS_MAX - 1;
    memmove(known->versions + 1, known->versions, kept * sizeof known->versions[0]);
    known->versions[0] = version;
    known->version_count = kept + 1;
}

static struct known_record *pick(struct generator *generator, enum record_kind kind)
{
    for (;;) {
        struct known_record *known =
            &generator->records[prng_below(&generator->prng, generator->record_count)];
        if (known->kind == kind) {
            return known;
        }
    }
}

/* Mostly the sender's own cell, so that most changes are sound. */
static struct id pick_branch(struct generator *generator, size_t device_index)
{
    if (chance(generator, 2)) {
        return builder_id(generator->next_id++); /* nowhere */
    }
    if (chance(generator, 15)) {
        return pick(generator, KIND_BRANCH)->record;
    }
    return builder_id(device_index == 2 ? 5 : 4);
}

static void *make_member(struct generator *generator, size_t device_index)
{
    struct id branch = pick_branch(generator, device_index);
    char *number = NULL;
    if (chance(generator, 50)) {
        number = arena_zalloc(generator->arena, 1, 9);
        REQUIRE(number != NULL);
        (void)snprintf(number, 9, "5100%04u",
                       (unsigned)prng_below(&generator->prng, NUMBERS) % 10000); /* 8 digits */
    }
    Dantin__Member *member = builder_member(generator->arena, "Nguyễn Văn Ngẫu", &branch, number);
    if (chance(generator, 25)) {
        struct id before = pick(generator, KIND_BRANCH)->record;
        builder_member_add_earlier(generator->arena, member, &before,
                                   chance(generator, 80) ? "2015-01-01" : "2016-01-01");
    }
    if (chance(generator, 10)) { /* left, or ended */
        Dantin__MemberBranch *last = member->branch[member->n_branch - 1];
        last->has_to = 1;
        last->to = builder_date(chance(generator, 80) ? "2018-01-01" : "2080-01-01");
        if (chance(generator, 40)) {
            member->has_ended_date = 1;
            member->ended_date = builder_date("2018-01-01");
            member->ended_reason = (char *)"died";
        }
    }
    if (chance(generator, 5)) {
        member->birth_date = member->admission_date + 1;
    } else if (chance(generator, 5)) {
        member->birth_date = builder_date("1950-05-17");
        member->admission_date = builder_date("2022-03-26");
        member->official_date = builder_date("2023-03-26");
        member->branch[0]->from = member->admission_date;
    }
    return member;
}

static void *make_branch(struct generator *generator, size_t device_index)
{
    struct id parent = chance(generator, 50) ? pick(generator, KIND_BRANCH)->record
                                             : builder_id(device_index == 0   ? 1
                                                          : device_index == 2 ? 3
                                                                              : 2);
    Dantin__Branch *branch = builder_branch(generator->arena, "Chi bộ ngẫu nhiên", &parent, false);
    if (chance(generator, 20)) {
        struct id other = pick(generator, KIND_BRANCH)->record;
        branch->parent[0]->has_to = 1;
        branch->parent[0]->to = builder_date("2015-01-01");
        builder_branch_add_parent(generator->arena, branch, &other, "2015-01-01", NULL);
    }
    return branch;
}

static void *make_message(struct generator *generator, enum record_kind kind, size_t device_index)
{
    struct id derived;
    if (kind == KIND_BRANCH) {
        return make_branch(generator, device_index);
    }
    if (kind == KIND_LOCALITY) {
        return builder_locality(generator->arena, chance(generator, 50) ? "51" : "52", "Tỉnh", &derived);
    }
    if (kind == KIND_CONGRESS_BALLOT) {
        struct id branch = pick_branch(generator, device_index);
        return builder_ballot(generator->arena, &branch, chance(generator, 95) ? "01/BB" : NULL);
    }
    if (kind == KIND_TASK) {
        struct id branch = pick_branch(generator, device_index);
        struct id member = pick(generator, KIND_MEMBER)->record;
        return builder_task(generator->arena, "Việc ngẫu nhiên", &branch, &member);
    }
    return make_member(generator, device_index);
}

static struct known_record *make_new(struct generator *generator, size_t device_index,
                                     struct builder_change *change)
{
    change->kind = chance(generator, 65)   ? KIND_MEMBER
                   : chance(generator, 35) ? KIND_CONGRESS_BALLOT
                   : chance(generator, 35) ? KIND_TASK
                   : chance(generator, 90) ? KIND_BRANCH
                                           : KIND_LOCALITY;
    change->record = builder_id(generator->next_id++);
    change->message = make_message(generator, change->kind, device_index);
    if (change->kind == KIND_MEMBER && generator->poison_count < SCHEDULE_POISONS && chance(generator, 2)) {
        generator->schedule->poisons[generator->poison_count++] = change->record;
    }
    return know(generator, change->kind, change->record);
}

static struct known_record *make_edit(struct generator *generator, size_t device_index,
                                      struct builder_change *change)
{
    enum record_kind kind = chance(generator, device_index == 0 ? 40 : 75) ? KIND_MEMBER : KIND_BRANCH;
    struct known_record *known = pick(generator, chance(generator, 15)   ? KIND_TASK
                                                 : chance(generator, 20) ? KIND_CONGRESS_BALLOT
                                                                         : kind);
    if (known->kind == KIND_BRANCH && known < generator->records + FOUNDING && !chance(generator, 5)) {
        known = pick(generator, KIND_MEMBER); /* keep most of the tree standing */
    }
    change->kind = known->kind;
    change->record = known->record;
    if (known->version_count > 0 && !chance(generator, 5)) {
        size_t which = chance(generator, 80) ? 0 : prng_below(&generator->prng, known->version_count);
        change->base = known->versions[which];
    } else if (chance(generator, 50)) {
        change->base = builder_id(generator->next_id++); /* no such version */
    }
    bool is_removal = !id_is_none(&change->base) && chance(generator, known->kind == KIND_BRANCH ? 4 : 12);
    change->message = is_removal ? NULL : make_message(generator, known->kind, device_index);
    return known;
}

static struct bytes spoil(struct generator *generator, struct bytes change)
{
    struct bytes copy = arena_copy(generator->arena, change);
    REQUIRE(copy.at != NULL);
    ((uint8_t *)copy.at)[prng_below(&generator->prng, copy.len)] ^=
        (uint8_t)(1 + prng_below(&generator->prng, 255));
    return copy;
}

static void add_item(struct generator *generator, size_t device_index, struct builder_submission submission)
{
    struct schedule *schedule = generator->schedule;
    schedule->items[schedule->item_count++] =
        (struct schedule_item){.device_index = device_index, .submission = submission};
}

static void note_ballot(struct generator *generator, const struct builder_submission *sealed, uint32_t index)
{
    REQUIRE(generator->ballot_count < BALLOTS_MAX);
    generator->ballots[generator->ballot_count++] =
        (struct known_ballot){.version = builder_version(sealed, index),
                              .hash = builder_change_hash(generator->arena, sealed, index)};
}

static void add_submission(struct generator *generator, size_t device_index)
{
    struct builder_device *device = &generator->schedule->devices[device_index].device;
    size_t count = 1 + prng_below(&generator->prng, CHANGES_MAX);
    struct bytes changes[CHANGES_MAX];
    struct known_record *about[CHANGES_MAX];
    struct builder_change change = {0};
    for (size_t i = 0; i < count; i++) {
        bool is_twice = i > 0 && chance(generator, 1);
        struct builder_change before = change;
        change = (struct builder_change){.is_first_load = chance(generator, 10)};
        change.reason = chance(generator, 20) ? "member.admission_age_above_60" : NULL;
        if (is_twice) {
            change = before;
            about[i] = about[i - 1];
        } else if (chance(generator, 55)) {
            about[i] = make_new(generator, device_index, &change);
        } else {
            about[i] = make_edit(generator, device_index, &change);
        }
        changes[i] = builder_pack_change(generator->arena, &change);
        if (chance(generator, 3)) {
            changes[i] = spoil(generator, changes[i]);
        }
    }
    enum builder_fault fault = chance(generator, 2)   ? BUILDER_PAYLOAD_GARBAGE
                               : chance(generator, 2) ? BUILDER_LENGTH_FALSE
                               : chance(generator, 2) ? BUILDER_CONTENT_UNKNOWN
                                                      : BUILDER_SOUND;
    struct builder_submission sealed = builder_seal_bytes(generator->arena, device, changes, count, fault);
    for (size_t i = 0; i < count; i++) {
        remember(about[i], builder_version(&sealed, (uint32_t)i));
        if (about[i]->kind == KIND_CONGRESS_BALLOT && fault == BUILDER_SOUND) {
            note_ballot(generator, &sealed, (uint32_t)i);
        }
    }
    add_item(generator, device_index, sealed);
}

/* What the second person says of a few ballots, mostly of the newest; some were never his to decide about, or never waited. */
static void add_approvals(struct generator *generator, size_t device_index)
{
    struct bytes items[APPROVALS_MAX];
    size_t count = 1 + prng_below(&generator->prng, APPROVALS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct known_ballot ballot = {.version = builder_id(generator->next_id++)};
        size_t recent = generator->ballot_count < 6 ? generator->ballot_count : 6;
        if (recent > 0 && !chance(generator, 5)) {
            size_t back = chance(generator, 75) ? prng_below(&generator->prng, recent)
                                                : prng_below(&generator->prng, generator->ballot_count);
            ballot = generator->ballots[generator->ballot_count - 1 - back];
        }
        if (chance(generator, 4)) {
            ballot.hash.at[0] ^= 1;
        }
        items[i] = builder_pack_approval(generator->arena, &ballot.version, &ballot.hash,
                                         chance(generator, 20) ? "sai tổng số phiếu" : NULL);
        if (chance(generator, 3)) {
            items[i] = spoil(generator, items[i]);
        }
    }
    add_item(generator, device_index,
             builder_seal_content(generator->arena, &generator->schedule->devices[device_index].device,
                                  ENVELOPE_CONTENT_APPROVALS, items, count,
                                  chance(generator, 2) ? BUILDER_PAYLOAD_GARBAGE : BUILDER_SOUND));
}

static void add_changes(struct generator *generator, size_t device_index,
                        const struct builder_change *changes, struct known_record *const *about, size_t count)
{
    struct builder_submission sealed =
        builder_seal(generator->arena, &generator->schedule->devices[device_index].device, changes, count);
    for (size_t i = 0; i < count; i++) {
        remember(about[i], builder_version(&sealed, (uint32_t)i));
    }
    add_item(generator, device_index, sealed);
}

/* A branch, a cell below it and a member there, and soon all three removed again: mostly upwards, in one submission
 * or in three; sometimes downwards, or the member stays. */
static void add_short_life(struct generator *generator, size_t device_index)
{
    struct arena *arena = generator->arena;
    struct id top = builder_id(device_index == 2 ? 3 : 2);
    struct id ids[3];
    for (size_t i = 0; i < 3; i++) {
        ids[i] = builder_id(generator->next_id++);
    }
    struct builder_change made[3] = {
        {.kind = KIND_BRANCH, .record = ids[0], .message = builder_branch(arena, "Nhầm 1", &top, false)},
        {.kind = KIND_BRANCH, .record = ids[1], .message = builder_branch(arena, "Nhầm 2", &ids[0], false)},
        {.kind = KIND_MEMBER, .record = ids[2], .message = builder_member(arena, "Nhầm", &ids[1], NULL)}};
    struct known_record *about[3];
    for (size_t i = 0; i < 3; i++) {
        about[i] = know(generator, made[i].kind, ids[i]);
    }
    add_changes(generator, device_index, made, about, 3);

    bool is_downwards = chance(generator, 25);
    size_t count = chance(generator, 25) ? 2 : 3; /* upwards: the branches only */
    struct builder_change removed[3];
    struct known_record *of[3];
    for (size_t i = 0; i < count; i++) {
        size_t which = is_downwards ? i : count - 1 - i;
        of[i] = about[which];
        removed[i] =
            (struct builder_change){.kind = of[i]->kind, .record = of[i]->record, .base = of[i]->versions[0]};
    }
    if (chance(generator, 50)) {
        add_changes(generator, device_index, removed, of, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        add_changes(generator, device_index, &removed[i], &of[i], 1);
    }
}

static void approve(struct generator *generator, const struct known_ballot *ballot)
{
    struct bytes item = builder_pack_approval(generator->arena, &ballot->version, &ballot->hash, NULL);
    add_item(generator, 5,
             builder_seal_content(generator->arena, &generator->schedule->devices[5].device,
                                  ENVELOPE_CONTENT_APPROVALS, &item, 1, BUILDER_SOUND));
}

/* Two clerks edit one ballot that was approved, or still waits; the second person agrees with both, so that one is lost. */
static void add_rivals(struct generator *generator)
{
    struct id cell = builder_id(4);
    struct id record = builder_id(generator->next_id++);
    struct known_record *known = know(generator, KIND_CONGRESS_BALLOT, record);
    struct builder_change change = {.kind = KIND_CONGRESS_BALLOT, .record = record};
    static const size_t devices[] = {1, 1, 3};
    bool is_approved = chance(generator, 70);
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        struct builder_device *device = &generator->schedule->devices[devices[i]].device;
        change.message = builder_ballot(generator->arena, &cell,
                                        i == 0   ? "01/BB"
                                        : i == 1 ? "02/BB"
                                                 : "03/BB");
        struct builder_submission sealed = builder_seal(generator->arena, device, &change, 1);
        note_ballot(generator, &sealed, 0);
        remember(known, builder_version(&sealed, 0));
        add_item(generator, devices[i], sealed);
        change.base = known->versions[known->version_count - 1]; /* of the first */
        if (i == 0 && is_approved) {
            approve(generator, &generator->ballots[generator->ballot_count - 1]);
        }
    }
    for (size_t back = 2; back > 0; back--) {
        approve(generator, &generator->ballots[generator->ballot_count - back]);
    }
}

static void add_founding(struct generator *generator, size_t device_index, enum record_kind kind,
                         struct id record, const void *message)
{
    struct builder_change change = {.kind = kind, .record = record, .message = message};
    struct builder_submission sealed =
        builder_seal(generator->arena, &generator->schedule->devices[device_index].device, &change, 1);
    remember(know(generator, kind, record), builder_version(&sealed, 0));
    add_item(generator, device_index, sealed);
}

static void add_foundings(struct generator *generator)
{
    struct arena *arena = generator->arena;
    struct id ids[6];
    for (uint64_t i = 1; i < 6; i++) {
        ids[i] = builder_id(i);
    }
    add_founding(generator, 0, KIND_BRANCH, ids[1], builder_branch(arena, "Đảng bộ tỉnh", NULL, false));
    add_founding(generator, 0, KIND_BRANCH, ids[2], builder_branch(arena, "Đảng bộ A", &ids[1], true));
    add_founding(generator, 0, KIND_BRANCH, ids[3], builder_branch(arena, "Đảng bộ B", &ids[1], true));
    add_founding(generator, 1, KIND_BRANCH, ids[4], builder_branch(arena, "Chi bộ của A", &ids[2], false));
    add_founding(generator, 2, KIND_BRANCH, ids[5], builder_branch(arena, "Chi bộ của B", &ids[3], false));
    struct id member = builder_id(6);
    add_founding(generator, 1, KIND_MEMBER, member, builder_member(arena, "Người Đầu Tiên", &ids[4], NULL));
    add_founding(generator, 1, KIND_TASK, builder_id(7),
                 builder_task(arena, "Việc đầu tiên", &ids[4], &member));
    add_founding(generator, 1, KIND_CONGRESS_BALLOT, builder_id(8), builder_ballot(arena, &ids[4], "01/BB"));
}

static size_t pick_device(struct generator *generator)
{
    uint64_t at = prng_below(&generator->prng, 100);
    return at < 15 ? 0 : at < 45 ? 1 : at < 75 ? 2 : at < 88 ? 3 : at < 96 ? 4 : 5;
}

/* The cloned device seals two submissions under one sequence; the second is its copy's. */
static void add_clone(struct generator *generator)
{
    struct builder_device *device = &generator->schedule->devices[4].device;
    uint64_t sequence = device->sequence;
    struct hash previous = device->previous;
    add_submission(generator, 4);
    device->sequence = sequence;
    device->previous = previous;
    add_submission(generator, 4);
}

void schedule_init(struct schedule *schedule, uint64_t seed, size_t submission_count)
{
    *schedule = (struct schedule){0};
    arena_init(&schedule->arena, (size_t)1 << 30);
    static const uint64_t senders[SCHEDULE_DEVICES] = {1, 2, 3, 2, 2, 2};
    for (size_t i = 0; i < SCHEDULE_DEVICES; i++) {
        builder_device_init(&schedule->devices[i].device, i + 1);
        schedule->devices[i].sender = builder_id(senders[i]);
        schedule->devices[i].role = i == 5 ? ROLE_APPROVER : ROLE_CLERK;
        schedule->devices[i].is_province = i == 0;
    }
    size_t item_max = FOUNDING + (3 + SHORT_LIFE + RIVALS) * submission_count + 2;
    schedule->items = arena_zalloc(&schedule->arena, item_max, sizeof *schedule->items);
    struct generator *generator_of = calloc(1, sizeof *generator_of);
    REQUIRE(generator_of != NULL);
    *generator_of = (struct generator){.schedule = schedule, .arena = &schedule->arena, .next_id = 100};
    generator_of->records = malloc(RECORDS_MAX * sizeof *generator_of->records);
    REQUIRE(schedule->items != NULL && generator_of->records != NULL);
    prng_init(&generator_of->prng, seed);
    add_foundings(generator_of);
    size_t clone_at = submission_count / 2 + prng_below(&generator_of->prng, submission_count / 2 + 1);
    for (size_t i = 0; i < submission_count; i++) {
        if (i == clone_at) {
            add_clone(generator_of);
        }
        add_submission(generator_of, pick_device(generator_of));
        if (chance(generator_of, 10)) {
            add_short_life(generator_of, 1 + prng_below(&generator_of->prng, 2));
        }
        if (chance(generator_of, 30)) {
            add_approvals(generator_of, chance(generator_of, 90) ? 5 : 3);
        }
        if (chance(generator_of, 5)) {
            add_rivals(generator_of);
        }
        if (chance(generator_of, 8)) {
            struct schedule_item again =
                schedule->items[prng_below(&generator_of->prng, schedule->item_count)];
            add_item(generator_of, again.device_index, again.submission);
        }
    }
    free(generator_of->records);
    free(generator_of);
}

void schedule_release(struct schedule *schedule)
{
    for (size_t i = 0; i < SCHEDULE_DEVICES; i++) {
        builder_device_release(&schedule->devices[i].device);
    }
    arena_release(&schedule->arena);
}
