/* Private economic units: those with an organisation are the private cells of the plan, most have none. */
#include "tools/sample/oversight.h"

#include <string.h>

#include "tools/sample/table.h"

enum { UNITS_PER_THOUSAND_MEMBERS = 28 };

static void write_unit(struct table *table, struct prng *prng, const struct committee *committee,
                       unsigned number, int organisation);
static void write_headcounts(struct table *table, struct prng *prng, unsigned members);
static const char *private_type(const struct planned_branch *branch);

void private_write(const char *folder, const struct committee *committee, struct private_counts *ret_counts)
{
    struct prng prng = prng_for(committee->seed, SALT_PRIVATE);
    struct table table;
    *ret_counts = (struct private_counts){0};
    bool has_private =
        committee->sender->type == SENDER_TERRITORY || committee->sender->type == SENDER_OFFICES;
    if (!has_private) {
        return;
    }
    table_open_of(
        &table, folder, committee->sender, "private-units", KIND_PRIVATE_UNIT,
        "branch name tax_code type locality established_date closed_date organisation organisation_from "
        "headcount*2{as_of,workers,members,worker_members}");
    unsigned number = 0;
    for (size_t i = 0; i < committee->plan.count; i++) {
        if (private_type(&committee->plan.branches[i]) != NULL && committee->plan.branches[i].committee < 0) {
            write_unit(&table, &prng, committee, ++number, (int)i);
            ret_counts->with_organisation++;
        }
    }
    size_t others = committee->member_count * UNITS_PER_THOUSAND_MEMBERS / 1000;
    for (size_t i = 0; i < others; i++) {
        write_unit(&table, &prng, committee, ++number, NO_BRANCH);
    }
    ret_counts->units = number;
    table_close(&table);
}

static void write_unit(struct table *table, struct prng *prng, const struct committee *committee,
                       unsigned number, int organisation)
{
    static const char *const firsts[] = {"An Phát",  "Hưng Thịnh", "Đại Lộc", "Phú Quý",
                                         "Tân Tiến", "Việt Hà",    "Sơn Hải"};
    static const char *const trades[] = {"Xây dựng",    "Thương mại", "May mặc",
                                         "Chế biến gỗ", "Vận tải",    "Thuỷ sản"};
    const struct plan *plan = &committee->plan;
    const char *type = organisation == NO_BRANCH ? "company" : private_type(&plan->branches[organisation]);
    unsigned drawn = pick(prng, 0, 99);
    if (organisation == NO_BRANCH && drawn >= 80) {
        type = drawn < 90   ? "cooperative"
               : drawn < 94 ? "school"
               : drawn < 96 ? "health"
               : drawn < 98 ? "fdi"
                            : "other";
    }
    table_text(table, committee->sender->code);
    if (organisation == NO_BRANCH) {
        table_format(table, "Đơn vị %s %s %u", trades[prng_below(prng, 6)], firsts[prng_below(prng, 7)],
                     number);
    } else {
        const char *name = strstr(plan->branches[organisation].name, "bộ ");
        table_text(table, name == NULL ? plan->branches[organisation].name : name + strlen("bộ "));
    }
    table_format(table, "43%03u%05u", committee->sender->file_prefix, number);
    table_code(table, type);
    table_text(table, committee->sender->type == SENDER_TERRITORY ? committee->sender->code : "51");
    table_date(table, (int32_t)pick(prng, 12000, HISTORY_FROM));
    table_date(table, NO_DATE);
    unsigned members = organisation == NO_BRANCH ? (chance(prng, 150) ? pick(prng, 1, 2) : 0) : 0;
    if (organisation != NO_BRANCH) {
        table_text(table, plan->branches[organisation].code);
        table_date(table, HISTORY_FROM);
        members = pick(prng, 6, 14);
    } else {
        table_blank(table, 2);
    }
    write_headcounts(table, prng, members);
    table_end(table);
}

static void write_headcounts(struct table *table, struct prng *prng, unsigned members)
{
    unsigned workers = members + pick(prng, 3, 120);
    for (int year = 2022; year <= 2024; year += 2) {
        table_date(table, year_end(year));
        table_number(table, (long)workers);
        table_number(table, (long)members);
        table_number(table, (long)(members * pick(prng, 30, 80) / 100));
        workers += pick(prng, 0, 15);
    }
}

/* NULL: not a private unit. */
static const char *private_type(const struct planned_branch *branch)
{
    static const char *const types[][2] = {
        {"private", "company"}, {"fdi", "fdi"}, {"cooperative", "cooperative"}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(branch->unit_type, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return NULL;
}
