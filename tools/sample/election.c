/* The pilot: one case per hamlet, from the cell's shortlist to the approval of its secretary. */
#include "tools/sample/election.h"

#include <string.h>

#include "common/record/date.h"
#include "tools/sample/congress.h"
#include "tools/sample/names.h"
#include "tools/sample/tally.h"

enum {
    STAGES_MAX = 20,
    HAMLET_PER_MILLE = 520, /* of the hamlets with a cell, in the pilot districts */
    RERUN_PER_MILLE = 55,
    FAILS_AGAIN_PER_MILLE = 250,
    UNOPPOSED_PER_MILLE = 150,
    OUTSIDER_WINS_PER_MILLE = 80,
    NOT_ON_COMMITTEE_PER_MILLE = 70,
    NOT_SECRETARY_PER_MILLE = 60,
    RERUN_DAYS = 14,
    TEAM = 4,
};

struct stage {
    const char *type, *outcome, *authority;
    int32_t date;
    unsigned round;
};

/* A candidate; the first wins when somebody does. */
struct runner {
    int member; /* NOBODY: not a member */
    char name[SAMPLE_TEXT_BYTES];
    bool is_woman, is_minority, is_incumbent;
    int32_t birth_date;
};

struct pilot {
    struct committee *committee;
    struct offices *offices;
    struct prng prng;
    struct table cases, tallies, ballots;
    struct pilot_counts counts;
};

/* One hamlet's case. */
struct course {
    size_t hamlet;
    int cell;
    int32_t day; /* of the first round */
    struct runner runners[TALLY_CANDIDATES_MAX];
    size_t runner_count;
    struct stage stages[STAGES_MAX];
    size_t stage_count;
    struct tally tally; /* of the last round */
    char key[64];
};

static int32_t election_day(const char *code);
static void run_case(struct pilot *pilot, size_t hamlet, int32_t day);
static void draw_runners(struct pilot *pilot, struct course *course);
static void draw_runner(struct pilot *pilot, const struct course *course, int member, struct runner *runner);
static bool hold_election(struct pilot *pilot, struct course *course);
static void hold_round(struct pilot *pilot, struct course *course, unsigned round, int32_t day,
                       bool has_winner);
static int32_t recognise(struct pilot *pilot, struct course *course, int32_t day);
static void hold_congress(struct pilot *pilot, struct course *course, int32_t recognised);
static bool elect_committee(struct pilot *pilot, const struct congress *congress, int winner);
static int find_surplus(const struct committee *committee, const struct congress *congress,
                        const struct congress_list *list);
static bool elect_secretary(struct pilot *pilot, const struct congress *congress, int winner,
                            bool on_committee);
static void add_stage(struct course *course, const char *type, int32_t date, unsigned round,
                      const char *outcome, const char *authority);
static void write_case(struct pilot *pilot, const struct course *course);

void pilot_write(const char *folder, struct committee *committee, struct offices *offices,
                 struct pilot_counts *ret_counts)
{
    static struct pilot pilot;
    int32_t day = election_day(committee->sender->code);
    *ret_counts = (struct pilot_counts){0};
    if (day == NO_DATE) {
        return;
    }
    pilot = (struct pilot){
        .committee = committee, .offices = offices, .prng = prng_for(committee->seed, SALT_ELECTION)};
    table_open_of(
        &pilot.cases, folder, committee->sender, "elections", KIND_ELECTION,
        "branch locality is_pilot term_from term_to "
        "stage*20{type,date,round,outcome,decision_number,authority} "
        "candidate*3{name,member,birth_date,sex,is_minority,is_incumbent,origin} official*4{name,role}");
    tally_open(&pilot.tallies, folder, committee->sender, "tallies");
    congress_open(&pilot.ballots, folder, committee->sender);
    for (size_t i = 0; i < committee->plan.hamlet_count; i++) {
        int cell = committee->plan.hamlets[i].cell;
        if (cell >= 0 && committee->plan.branches[cell].members > 0 &&
            chance(&pilot.prng, HAMLET_PER_MILLE)) {
            run_case(&pilot, i, day);
        }
    }
    table_close(&pilot.ballots);
    table_close(&pilot.tallies);
    table_close(&pilot.cases);
    *ret_counts = pilot.counts;
}

/* Bình Sơn's is known; the others' are near it. All are Sundays. */
static int32_t election_day(const char *code)
{
    if (strcmp(code, "524") == 0) {
        return day_of(2022, 5, 22);
    }
    if (strcmp(code, "528") == 0) {
        return day_of(2022, 5, 15);
    }
    return strcmp(code, "535") == 0 ? day_of(2022, 5, 29) : NO_DATE;
}

static void run_case(struct pilot *pilot, size_t hamlet, int32_t day)
{
    static const char commune[] = "Uỷ ban nhân dân xã";
    static struct course course;
    course =
        (struct course){.hamlet = hamlet, .cell = pilot->committee->plan.hamlets[hamlet].cell, .day = day};
    char iso[DATE_TEXT_BYTES];
    date_format_iso(day, iso);
    (void)snprintf(course.key, sizeof(course.key), "%s · %s", pilot->committee->plan.hamlets[hamlet].code,
                   iso);
    draw_runners(pilot, &course);
    add_stage(&course, "hold_decision", day - 24, 0, "passed", commune);
    add_stage(&course, "shortlist", day - 21, 0, "passed", "Chi bộ");
    add_stage(&course, "consultation", day - 17, 0, "passed", "Ban công tác Mặt trận");
    add_stage(&course, "team_decision", day - 12, 0, "passed", commune);
    add_stage(&course, "posted", day - 9, 0, "passed", commune);
    add_stage(&course, "notice", day - 4, 0, "passed", "Tổ bầu cử");
    pilot->counts.cases++;
    if (hold_election(pilot, &course)) {
        int32_t last = course.tally.date;
        int32_t recognised = recognise(pilot, &course, last);
        hold_congress(pilot, &course, recognised);
    } else {
        pilot->counts.failed++;
    }
    write_case(pilot, &course);
}

/* The head in office, the secretary, another member, or somebody who is none. */
static void draw_runners(struct pilot *pilot, struct course *course)
{
    struct prng *prng = &pilot->prng;
    const struct head *head = &pilot->offices->heads[course->hamlet];
    int secretary = pilot->offices->leaders[course->cell].secretary;
    struct runner *first = &course->runners[0];
    course->runner_count = 1;
    if (chance(prng, OUTSIDER_WINS_PER_MILLE)) {
        draw_runner(pilot, course, NOBODY, first);
    } else if (head->member != NOBODY && chance(prng, 620)) {
        draw_runner(pilot, course, head->member, first);
        first->is_incumbent = true;
    } else if (secretary != NOBODY && chance(prng, 500)) {
        draw_runner(pilot, course, secretary, first);
    } else {
        draw_runner(pilot, course, offices_take(pilot->committee, course->cell), first);
    }
    first->is_incumbent = first->is_incumbent || (first->member != NOBODY && first->member == head->member);
    if (!chance(prng, UNOPPOSED_PER_MILLE)) {
        course->runner_count = chance(prng, 150) ? 3 : 2;
    }
    for (size_t i = 1; i < course->runner_count; i++) {
        int member = chance(prng, 700) ? offices_take(pilot->committee, course->cell) : NOBODY;
        draw_runner(pilot, course, member, &course->runners[i]);
    }
}

/* Two of one name would have to be told apart by their birth: somebody else runs then. */
static void draw_runner(struct pilot *pilot, const struct course *course, int member, struct runner *runner)
{
    struct prng *prng = &pilot->prng;
    bool is_minority = strcmp(pilot->committee->sender->code, "535") == 0 && chance(prng, 700);
    *runner = (struct runner){.member = member, .is_minority = is_minority};
    if (member != NOBODY) {
        const struct person *person = &pilot->committee->people[member].person;
        memcpy(runner->name, person->name, sizeof(runner->name));
        runner->is_woman = person->is_woman;
        runner->birth_date = person->birth_date;
        runner->is_minority = strcmp(person->ethnicity, "01") != 0;
    }
    bool is_free = member != NOBODY;
    for (const struct runner *other = course->runners; other < runner; other++) {
        is_free = is_free && strcmp(other->name, runner->name) != 0;
    }
    while (!is_free) {
        runner->member = NOBODY;
        runner->is_woman = chance(prng, 200);
        runner->birth_date = (int32_t)pick(prng, 0, 8000); /* 1970 to 1991 */
        names_draw(prng, runner->is_woman, NULL, runner->name);
        is_free = true;
        for (const struct runner *other = course->runners; other < runner; other++) {
            is_free = is_free && strcmp(other->name, runner->name) != 0;
        }
    }
}

/* Returns whether somebody was elected, in the first round or in the re-run. */
static bool hold_election(struct pilot *pilot, struct course *course)
{
    bool has_first = !chance(&pilot->prng, RERUN_PER_MILLE);
    hold_round(pilot, course, 1, course->day, has_first);
    if (has_first) {
        pilot->counts.elected_first++;
        return true;
    }
    bool has_second = !chance(&pilot->prng, FAILS_AGAIN_PER_MILLE);
    pilot->counts.reruns++;
    add_stage(course, "result_sent", course->day + 2, 1, NULL, "Tổ bầu cử");
    add_stage(course, "result_received", course->day + 3, 1, NULL, "Uỷ ban nhân dân xã");
    add_stage(course, "rerun_ordered", course->day + 5, 1, NULL, "Uỷ ban nhân dân xã");
    hold_round(pilot, course, 2, course->day + RERUN_DAYS, has_second);
    return has_second;
}

static void hold_round(struct pilot *pilot, struct course *course, unsigned round, int32_t day,
                       bool has_winner)
{
    const struct planned_hamlet *hamlet = &pilot->committee->plan.hamlets[course->hamlet];
    struct tally *tally = &course->tally;
    *tally = (struct tally){.branch = pilot->committee->plan.branches[course->cell].code,
                            .locality = hamlet->code,
                            .date = day,
                            .round = round,
                            .electors = hamlet->households,
                            .candidate_count = course->runner_count,
                            .number = (unsigned)course->hamlet + round};
    memcpy(tally->election, course->key, sizeof(tally->election));
    for (size_t i = 0; i < course->runner_count; i++) {
        memcpy(tally->candidates[i].name, course->runners[i].name, SAMPLE_TEXT_BYTES);
    }
    tally_draw(&pilot->prng, has_winner, tally);
    tally_write(&pilot->tallies, tally);
    add_stage(course, "election", day, round, has_winner ? "passed" : "failed", "Tổ bầu cử");
}

/* Sent in two days, received the next, recognised within five working days: whoever won is head from then on. */
static int32_t recognise(struct pilot *pilot, struct course *course, int32_t day)
{
    const struct runner *winner = &course->runners[0];
    struct head *head = &pilot->offices->heads[course->hamlet];
    int32_t recognised = day + (int32_t)pick(&pilot->prng, 4, 8);
    while ((recognised + 4) % 7 == 0 ||
           (recognised + 4) % 7 == 6) { /* 1970-01-01 was a Thursday; 0: Sunday */
        recognised--;
    }
    unsigned round = course->tally.round;
    add_stage(course, "result_sent", day + 2, round, NULL, "Tổ bầu cử");
    add_stage(course, "result_received", day + 3, round, NULL, "Uỷ ban nhân dân xã");
    add_stage(course, "recognition", recognised, round, "passed", "Uỷ ban nhân dân xã");
    pilot->offices->heads_before[course->hamlet] = *head;
    *head = (struct head){.member = winner->member,
                          .is_woman = winner->is_woman,
                          .birth_date = winner->birth_date,
                          .from = recognised};
    memcpy(head->name, winner->name, sizeof(head->name));
    return recognised;
}

/* Introduced, elected to the committee (a cell below nine has none), elected secretary, approved: each may fail. */
static void hold_congress(struct pilot *pilot, struct course *course, int32_t recognised)
{
    int winner = course->runners[0].member;
    int32_t day = recognised + (int32_t)pick(&pilot->prng, 9, 16);
    if (winner == NOBODY) {
        add_stage(course, "introduction", day - 3, 0, "skipped", "Chi bộ");
        return;
    }
    pilot->counts.winner_members++;
    add_stage(course, "introduction", day - 3, 0, "passed", "Đảng uỷ xã");
    const struct committee *committee = pilot->committee;
    unsigned official = 0;
    for (size_t i = 0; i < committee->count; i++) {
        official += enrolled_cell_on(&committee->people[i], day) == course->cell &&
                    enrolled_is_official_on(&committee->people[i], day);
    }
    struct congress congress = {.cell = course->cell, .date = day, .number = (unsigned)course->hamlet + 1};
    memcpy(congress.election, course->key, sizeof(congress.election));
    congress_draw(&pilot->prng, official, &congress);
    struct leaders *leaders = &pilot->offices->leaders[course->cell];
    bool has_committee = official >= OFFICIAL_FOR_COMMITTEE_MIN && leaders->member_count >= 3;
    leaders->changed = day + 7;
    bool is_on = has_committee && elect_committee(pilot, &congress, winner);
    add_stage(course, "committee_round", day, 0, has_committee ? is_on ? "passed" : "failed" : "skipped",
              "Chi bộ");
    pilot->counts.on_committee += is_on;
    if (has_committee && !is_on) {
        return;
    }
    bool is_secretary = elect_secretary(pilot, &congress, winner, has_committee);
    add_stage(course, "secretary_round", day, 0, is_secretary ? "passed" : "failed", "Chi bộ");
    pilot->counts.secretaries += is_secretary;
    if (is_secretary) {
        add_stage(course, "approval", day + 7, 0, "passed", "Đảng uỷ xã");
        add_stage(course, "closed", day + 10, 0, NULL, "Đảng uỷ xã");
    }
}

/* One name more than seats: who stays out is the winner of the people, or the member whose place the winner takes. */
static bool elect_committee(struct pilot *pilot, const struct congress *congress, int winner)
{
    struct leaders *leaders = &pilot->offices->leaders[congress->cell];
    struct congress_list list = {.ballot = "committee", .round = 1, .seats = (unsigned)leaders->member_count};
    size_t place = 0;
    while (place < leaders->member_count && leaders->members[place] != winner) {
        place++;
    }
    bool was_on = place < leaders->member_count;
    bool is_elected = was_on || !chance(&pilot->prng, NOT_ON_COMMITTEE_PER_MILLE);
    if (!was_on && is_elected) {
        leaders->member_before = leaders->members[leaders->member_count - 1];
        leaders->members[leaders->member_count - 1] = winner;
        leaders->deputy = leaders->deputy == leaders->member_before ? winner : leaders->deputy;
    }
    for (size_t i = 0; i < leaders->member_count; i++) {
        list.members[list.count++] = leaders->members[i];
    }
    if (was_on) {
        list.members[list.count] = find_surplus(pilot->committee, congress, &list);
    } else {
        list.members[list.count] = is_elected ? leaders->member_before : winner;
    }
    list.count += list.members[list.count] != NOBODY;
    congress_write(&pilot->ballots, &pilot->prng, pilot->committee, congress, &list);
    return is_elected;
}

/* Another official member of the cell, who will not be elected; NOBODY: all are on the list. */
static int find_surplus(const struct committee *committee, const struct congress *congress,
                        const struct congress_list *list)
{
    const struct planned_branch *cell = &committee->plan.branches[congress->cell];
    for (unsigned i = 0; i < cell->members; i++) {
        int index = (int)(committee->first_of[congress->cell] + i);
        const struct enrolled *enrolled = &committee->people[index];
        bool is_free = enrolled_cell_on(enrolled, congress->date) == congress->cell &&
                       enrolled_is_official_on(enrolled, congress->date);
        for (size_t j = 0; j < list->count; j++) {
            is_free = is_free &&
                      strcmp(committee->people[list->members[j]].person.name, enrolled->person.name) != 0;
        }
        if (is_free) {
            return index;
        }
    }
    return NOBODY;
}

/* One name, one seat; where the winner of the people has no majority, the secretary in office stays. */
static bool elect_secretary(struct pilot *pilot, const struct congress *congress, int winner,
                            bool on_committee)
{
    struct leaders *leaders = &pilot->offices->leaders[congress->cell];
    bool is_elected = leaders->secretary == winner || leaders->secretary == NOBODY ||
                      !chance(&pilot->prng, NOT_SECRETARY_PER_MILLE);
    struct congress_list list = {.ballot = "secretary",
                                 .round = 1,
                                 .seats = 1,
                                 .members = {winner},
                                 .count = 1,
                                 .is_failed = !is_elected,
                                 .are_on_committee = on_committee};
    congress_write(&pilot->ballots, &pilot->prng, pilot->committee, congress, &list);
    if (!is_elected) {
        list.round = 2;
        list.members[0] = leaders->secretary;
        list.is_failed = false;
        congress_write(&pilot->ballots, &pilot->prng, pilot->committee, congress, &list);
    } else if (leaders->secretary != winner) {
        leaders->secretary_before = leaders->secretary;
        leaders->secretary = winner;
    }
    if (on_committee && leaders->deputy != NOBODY && leaders->deputy != leaders->secretary &&
        leaders->deputy != leaders->member_before) {
        list = (struct congress_list){.ballot = "deputy",
                                      .round = 1,
                                      .seats = 1,
                                      .members = {leaders->deputy},
                                      .count = 1,
                                      .are_on_committee = true};
        congress_write(&pilot->ballots, &pilot->prng, pilot->committee, congress, &list);
    }
    return is_elected;
}

static void add_stage(struct course *course, const char *type, int32_t date, unsigned round,
                      const char *outcome, const char *authority)
{
    if (course->stage_count < STAGES_MAX) {
        course->stages[course->stage_count++] = (struct stage){type, outcome, authority, date, round};
    }
}

static void write_case(struct pilot *pilot, const struct course *course)
{
    static const char *const roles[TEAM] = {"team_head", "team_member", "team_member", "secretary"};
    struct table *table = &pilot->cases;
    table_text(table, course->tally.branch);
    table_text(table, course->tally.locality);
    table_text(table, "có");
    table_date(table, course->day);
    table_date(table, date_add_months(course->day, 36));
    for (size_t i = 0; i < STAGES_MAX; i++) {
        const struct stage *stage = &course->stages[i];
        if (i >= course->stage_count) {
            table_blank(table, 6);
            continue;
        }
        table_code(table, stage->type);
        table_date(table, stage->date);
        if (stage->round > 0) {
            table_number(table, (long)stage->round);
        } else {
            table_blank(table, 1);
        }
        table_code(table, stage->outcome);
        table_format(table, "%zu/%zu", course->hamlet + 1, i + 1);
        table_text(table, stage->authority);
    }
    for (size_t i = 0; i < TALLY_CANDIDATES_MAX; i++) {
        const struct runner *runner = &course->runners[i];
        if (i >= course->runner_count) {
            table_blank(table, 7);
            continue;
        }
        table_text(table, runner->name);
        table_text(table,
                   runner->member == NOBODY ? "" : pilot->committee->people[runner->member].file_number);
        table_date(table, runner->birth_date);
        table_code(table, runner->is_woman ? "nu" : "nam");
        table_text(table, runner->is_minority ? "có" : "không");
        table_text(table, runner->is_incumbent ? "có" : "không");
        table_code(table, runner->member == NOBODY ? "floor" : "consultation");
    }
    struct tally named = course->tally; /* the team bears neither a candidate's nor a counter's name */
    for (size_t i = 0; i < TEAM; i++) {
        char name[SAMPLE_TEXT_BYTES];
        tally_draw_name(&pilot->prng, &named, name);
        table_text(table, name);
        table_code(table, roles[i]);
    }
    table_end(table);
}
