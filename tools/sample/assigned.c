/* Targets, obligations, fulfilments. */
#include "tools/sample/assigned.h"

#include <string.h>

#include "common/crypto/hash.h"
#include "tools/sample/table.h"
#include "tools/sample/units.h"

/* What every sender owes: a report a year with figures, a plan, and the review at the end of the directive, due later than
 * today. */
struct duty {
    const char *type;
    const char *title;
    int32_t as_of, due;
    bool has_counts;
};

enum { DUTIES_MAX = 8 };

/* Of a fulfilment that is not in order. */
enum { STATE_MISSING, STATE_EMPTY, STATE_DIFFERING, STATES };

static size_t duties(struct duty ret_duties[DUTIES_MAX]);
static void obligation_id(const struct sender *sender, size_t duty, char ret_hex[ID_HEX_BYTES]);
static void write_targets(const char *folder, const struct committee committees[SAMPLE_SENDERS]);
static void write_target(struct table *table, const struct committee *committee, int year,
                         const char *measure, long hundredths);
static long ratio_target(const struct committee *committee, int year);
static void write_obligations(const char *folder);
static void write_fulfilments(const char *folder, const struct committee *committee, long ret_states[STATES]);
static void write_figures(struct table *table, struct prng *prng, const struct committee *committee,
                          int32_t as_of, bool is_differing);

void assigned_write(const char *folder, const struct committee committees[SAMPLE_SENDERS],
                    struct manifest *manifest)
{
    static const char *const measures[STATES] = {"fulfilments_missing", "fulfilments_empty",
                                                 "fulfilments_differing"};
    long states[STATES][SAMPLE_SENDERS] = {{0}};
    write_targets(folder, committees);
    write_obligations(folder);
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        long of_sender[STATES] = {0};
        write_fulfilments(folder, &committees[i], of_sender);
        for (size_t j = 0; j < STATES; j++) {
            states[j][i] = of_sender[j];
        }
    }
    for (size_t j = 0; j < STATES; j++) {
        manifest_add_all(manifest, measures[j], "all", states[j]);
    }
}

static size_t duties(struct duty ret_duties[DUTIES_MAX])
{
    size_t count = 0;
    ret_duties[count++] =
        (struct duty){"plan", "Kế hoạch thực hiện Chỉ thị", day_of(2021, 6, 30), day_of(2021, 7, 31), false};
    for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS; year++) {
        ret_duties[count++] =
            (struct duty){"report", "Báo cáo năm", year_end(year), day_of(year + 1, 1, 15), true};
    }
    ret_duties[count++] =
        (struct duty){"review", "Tổng kết Chỉ thị", year_end(2024), day_of(2030, 12, 31), true};
    return count;
}

static void obligation_id(const struct sender *sender, size_t duty, char ret_hex[ID_HEX_BYTES])
{
    char text[64];
    (void)snprintf(text, sizeof(text), "sample obligation %s %zu", sender->code, duty);
    struct bytes part = bytes_of_text(text);
    struct hash hash = hash_of(&part, 1);
    hex_encode(bytes_of(hash.at, ID_BYTES), ret_hex);
}

/* In proportion to the members: about two thousand admissions a year in all. */
static void write_targets(const char *folder, const struct committee committees[SAMPLE_SENDERS])
{
    enum { ADMISSIONS_PER_TEN_THOUSAND = 370 };
    struct table table;
    table_open(&table, folder, "province-targets", KIND_TARGET,
               "assigned_to year measure value decision_number decision_date");
    for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS; year++) {
        for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
            const struct committee *committee = &committees[i];
            write_target(&table, committee, year, "admissions",
                         (long)(committee->member_count * ADMISSIONS_PER_TEN_THOUSAND / 10000) * 100);
            write_target(&table, committee, year, "secretaries_trained", 100 * 100);
            if (committee->sender->type == SENDER_TERRITORY) {
                write_target(&table, committee, year, "non_member_heads", 0);
                write_target(&table, committee, year, "private_units_with_organisation",
                             (3 + year - FIRST_YEAR) * 100);
                write_target(&table, committee, year, "blank_hamlets", 0);
                write_target(&table, committee, year, "member_ratio", ratio_target(committee, year));
            }
        }
    }
    table_close(&table);
}

static void write_target(struct table *table, const struct committee *committee, int year,
                         const char *measure, long hundredths)
{
    table_text(table, committee->sender->code);
    table_number(table, year);
    table_code(table, measure);
    if (hundredths % 100 == 0) {
        table_number(table, hundredths / 100);
    } else {
        table_format(table, "%ld,%02ld", hundredths / 100, hundredths % 100);
    }
    table_format(table, "%d-QĐ/TU", year - 2000 + 100);
    table_date(table, day_of(year, 1, 20));
    table_end(table);
}

/* The ratio of the middle of 2022, less or more a twentieth of a percent a year. */
static long ratio_target(const struct committee *committee, int year)
{
    enum { HUNDREDTHS_A_YEAR = 5 };
    long people = (long)population_of(committee->sender->code);
    return people == 0 ? 0
                       : (long)committee->member_count * 10000 / people + (year - 2022) * HUNDREDTHS_A_YEAR;
}

static void write_obligations(const char *folder)
{
    struct duty owed[DUTIES_MAX];
    size_t count = duties(owed);
    struct table table;
    table_open(&table, folder, "province-obligations", KIND_OBLIGATION,
               "@id assigned_to type title as_of due_date has_counts");
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        for (size_t j = 0; j < count; j++) {
            char id[ID_HEX_BYTES];
            obligation_id(&senders[i], j, id);
            table_text(&table, id);
            table_text(&table, senders[i].code);
            table_code(&table, owed[j].type);
            table_text(&table, owed[j].title);
            table_date(&table, owed[j].as_of);
            table_date(&table, owed[j].due);
            table_text(&table, owed[j].has_counts ? "có" : "không");
            table_end(&table);
        }
    }
    table_close(&table);
}

/* One in eight is missing, one in ten comes without its figures, one in eight with figures that differ by a few. */
static void write_fulfilments(const char *folder, const struct committee *committee, long ret_states[STATES])
{
    struct duty owed[DUTIES_MAX];
    size_t count = duties(owed);
    struct prng prng = prng_for(committee->seed, SALT_PROVINCE);
    struct table table;
    table_open_of(&table, folder, committee->sender, "fulfilments", KIND_FULFILMENT,
                  "branch obligation as_of document_number document_date figure*4{measure,count}");
    for (size_t i = 0; i < count; i++) {
        unsigned drawn = pick(&prng, 0, 59);
        char id[ID_HEX_BYTES];
        if (drawn < 8) {
            ret_states[STATE_MISSING]++;
            continue;
        }
        obligation_id(committee->sender, i, id);
        table_text(&table, committee->sender->code);
        table_text(&table, id);
        table_date(&table, owed[i].as_of);
        table_format(&table, "%u-BC/CU", pick(&prng, 10, 400));
        table_date(&table, owed[i].as_of + (int32_t)pick(&prng, 5, 40));
        bool is_empty = owed[i].has_counts && drawn < 14;
        bool is_differing = owed[i].has_counts && !is_empty && drawn < 22;
        if (owed[i].has_counts && !is_empty) {
            write_figures(&table, &prng, committee, owed[i].as_of, is_differing);
        }
        ret_states[STATE_EMPTY] += is_empty;
        ret_states[STATE_DIFFERING] += is_differing;
        table_end(&table);
    }
    table_close(&table);
}

static void write_figures(struct table *table, struct prng *prng, const struct committee *committee,
                          int32_t as_of, bool is_differing)
{
    long members = 0;
    long official = 0;
    long admitted = 0;
    for (size_t i = 0; i < committee->count; i++) {
        const struct enrolled *enrolled = &committee->people[i];
        int32_t admission = enrolled->person.admission_date;
        bool is_here = enrolled_cell_on(enrolled, as_of) != NO_BRANCH;
        members += is_here;
        official += is_here && enrolled_is_official_on(enrolled, as_of);
        admitted += is_here && year_of(admission) == year_of(as_of);
    }
    members += is_differing ? (long)pick(prng, 1, 6) : 0;
    const struct {
        const char *measure;
        long count;
    } figures[] = {{"members", members},
                   {"official", official},
                   {"probationary", members - official},
                   {"admissions", admitted}};
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        table_code(table, figures[i].measure);
        table_number(table, figures[i].count);
    }
}
