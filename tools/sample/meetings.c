/* Meetings: in the first days of the month, thematic ones in the middle month of a quarter. */
#include "tools/sample/work.h"

#include <stdlib.h>

#include "common/record/date.h"
#include "tools/sample/table.h"

enum {
    HELD_PER_MILLE = 980,
    THEMATIC_HELD_PER_MILLE = 920,
    SUPERIOR_PER_MILLE = 140,
};

static void write_meeting(struct table *table, struct prng *prng, const struct planned_branch *cell,
                          int32_t date, const char *type, unsigned members);

void meetings_write(const char *folder, const struct committee *committee, int32_t since, long *ret_meetings,
                    long *ret_held)
{
    const struct plan *plan = &committee->plan;
    struct prng prng = prng_for(committee->seed, SALT_MEETINGS);
    unsigned *members = sample_alloc(plan->count, sizeof(*members));
    unsigned *official = sample_alloc(plan->count, sizeof(*official));
    struct table table;
    *ret_held = 0;
    table_open_of(&table, folder, committee->sender, "meetings", KIND_MEETING,
                  "branch date type members_due present superior_attended");
    for (int month = 0; month < HISTORY_YEARS * 12; month++) {
        int32_t first = day_of(FIRST_YEAR + month / 12, month % 12 + 1, 1);
        if (date_add_months(first, 1) <= since) {
            continue;
        }
        committee_count(committee, first, members, official);
        for (size_t i = 0; i < plan->count; i++) {
            const struct planned_branch *cell = &plan->branches[i];
            if (members[i] == 0 || (cell->dissolved_date != NO_DATE && cell->dissolved_date <= first)) {
                continue;
            }
            if (chance(&prng, HELD_PER_MILLE)) {
                write_meeting(&table, &prng, cell, first + (int32_t)pick(&prng, 2, 9), "monthly", members[i]);
                *ret_held +=
                    year_of(first) == FIRST_YEAR + HISTORY_YEARS - 1 && cell->dissolved_date == NO_DATE;
            }
            if (month % 3 == 1 && chance(&prng, THEMATIC_HELD_PER_MILLE)) {
                write_meeting(&table, &prng, cell, first + (int32_t)pick(&prng, 14, 25), "thematic",
                              members[i]);
            }
        }
    }
    *ret_meetings = (long)table.rows;
    table_close(&table);
    free(members);
    free(official);
}

static void write_meeting(struct table *table, struct prng *prng, const struct planned_branch *cell,
                          int32_t date, const char *type, unsigned members)
{
    unsigned due = members - members * pick(prng, 0, 8) / 100;
    table_text(table, cell->code);
    table_date(table, date);
    table_code(table, type);
    table_number(table, (long)due);
    table_number(table, (long)(due - due * pick(prng, 0, 18) / 100));
    table_yes(table, chance(prng, SUPERIOR_PER_MILLE));
    table_end(table);
}
