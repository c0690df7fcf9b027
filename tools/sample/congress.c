/* Congress ballots: elected is who has more than half of the official members, less those who are away for a reason. */
#include "tools/sample/congress.h"

#include <string.h>

#include "tools/sample/names.h"

enum { OFFICIALS = 3 };

static void draw_votes(struct prng *prng, const struct congress_list *list, unsigned denominator,
                       unsigned valid, unsigned ret_votes[CONGRESS_CANDIDATES_MAX]);
static void write_officials(struct table *table, struct prng *prng, const struct committee *committee,
                            const struct congress_list *list);

void congress_open(struct table *table, const char *folder, const struct sender *sender)
{
    table_open_of(
        table, folder, sender, "congress-ballots", KIND_CONGRESS_BALLOT,
        "branch election date ballot round seats official_members exempt_absent absent_excused present "
        "absent issued collected valid invalid invalid_reason minutes_number minutes_date "
        "candidate*8{name,member,votes,is_committee_member,is_elected} official*3{name,role}");
}

void congress_draw(struct prng *prng, unsigned official, struct congress *congress)
{
    congress->official = official;
    congress->exempt_absent = official > 12 ? pick(prng, 0, 2) : 0;
    congress->absent_excused = official > 6 ? pick(prng, 0, 1) : 0;
}

void congress_write(struct table *table, struct prng *prng, const struct committee *committee,
                    const struct congress *congress, const struct congress_list *list)
{
    unsigned votes[CONGRESS_CANDIDATES_MAX] = {0};
    unsigned present = congress->official - congress->exempt_absent - congress->absent_excused;
    unsigned invalid = present > 10 && chance(prng, 200) ? 1 : 0;
    draw_votes(prng, list, present, present - invalid, votes);
    table_text(table, committee->plan.branches[congress->cell].code);
    table_text(table, congress->election);
    table_date(table, congress->date);
    table_code(table, list->ballot);
    table_number(table, (long)list->round);
    table_number(table, (long)list->seats);
    table_number(table, (long)congress->official);
    table_number(table, (long)congress->exempt_absent);
    table_number(table, (long)congress->absent_excused);
    table_number(table, (long)present);
    table_number(table, (long)(congress->official - present));
    table_number(table, (long)present);
    table_number(table, (long)present);
    table_number(table, (long)(present - invalid));
    table_number(table, (long)invalid);
    table_text(table, invalid > 0 ? "Bầu quá số lượng" : "");
    table_format(table, "%u/BB-KP", congress->number + (unsigned)list->round);
    table_date(table, congress->date);
    for (size_t i = 0; i < CONGRESS_CANDIDATES_MAX; i++) {
        if (i >= list->count) {
            table_blank(table, 5);
            continue;
        }
        const struct enrolled *candidate = &committee->people[list->members[i]];
        table_text(table, candidate->person.name);
        table_text(table, candidate->file_number);
        table_number(table, (long)votes[i]);
        table_text(table, list->are_on_committee ? "có" : "");
        table_text(table, !list->is_failed && i < list->seats ? "có" : "không");
    }
    write_officials(table, prng, committee, list);
    table_end(table);
}

/* Each ballot has at most as many names as there are seats. */
static void draw_votes(struct prng *prng, const struct congress_list *list, unsigned denominator,
                       unsigned valid, unsigned ret_votes[CONGRESS_CANDIDATES_MAX])
{
    unsigned half = denominator / 2;
    unsigned left = list->seats * valid;
    for (size_t i = 0; i < list->count; i++) {
        bool is_elected = !list->is_failed && i < list->seats;
        unsigned most = left < half ? left : half;
        ret_votes[i] = is_elected ? pick(prng, half + 1, valid) : pick(prng, most / 3, most);
        left -= ret_votes[i];
    }
}

static void write_officials(struct table *table, struct prng *prng, const struct committee *committee,
                            const struct congress_list *list)
{
    char names[OFFICIALS][SAMPLE_TEXT_BYTES];
    for (size_t i = 0; i < OFFICIALS; i++) {
        bool is_free = false;
        while (!is_free) {
            names_draw(prng, chance(prng, 300), NULL, names[i]);
            is_free = true;
            for (size_t j = 0; j < list->count; j++) {
                is_free = is_free && names[i][0] != committee->people[list->members[j]].person.name[0];
            }
            for (size_t j = 0; j < i; j++) {
                is_free = is_free && strcmp(names[i], names[j]) != 0;
            }
        }
        table_text(table, names[i]);
        table_code(table, i == 0 ? "board_head" : "board_member");
    }
}
