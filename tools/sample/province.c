/* See province.h. */
#include "tools/sample/province.h"

#include <stdio.h>

#include "tools/sample/table.h"

static void write_hamlet(struct table *table, const struct planned_hamlet *hamlet, struct prng *prng);
static void write_merged(struct table *table, const struct planned_hamlet *hamlet);
static void write_name(struct table *table, const struct planned_hamlet *hamlet, const char *behind);

void province_write_localities(const char *folder, const struct committee committees[SAMPLE_SENDERS])
{
    enum { MERGED_PER_MILLE = 25 }; /* of the hamlets: the heir of another one since the reform of 2019 */
    struct table table;
    table_open(&table, folder, "province-localities", KIND_LOCALITY,
               "code_list code name kind valid_from valid_to parent population*2{as_of,people,source} "
               "household*2{as_of,households,source} successor*1{locality,date,type}");
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        const struct plan *plan = &committees[i].plan;
        struct prng prng = prng_for(committees[i].seed, SALT_PROVINCE);
        for (size_t j = 0; j < plan->hamlet_count; j++) {
            write_hamlet(&table, &plan->hamlets[j], &prng);
            if (chance(&prng, MERGED_PER_MILLE)) {
                write_merged(&table, &plan->hamlets[j]);
            }
        }
    }
    table_close(&table);
}

static void write_hamlet(struct table *table, const struct planned_hamlet *hamlet, struct prng *prng)
{
    static const char source[] = "Số liệu mẫu";
    unsigned growth = pick(prng, 0, 30); /* per mille in three years */
    table_text(table, HAMLET_LIST);
    table_text(table, hamlet->code);
    write_name(table, hamlet, "");
    table_code(table, hamlet->is_urban ? "residential_group" : "hamlet");
    table_date(table, day_of(2019, 6, 1));
    table_date(table, NO_DATE);
    table_text(table, hamlet->commune);
    table_date(table, year_end(2020));
    table_number(table, (long)hamlet->people);
    table_text(table, source);
    table_date(table, year_end(2023));
    table_number(table, (long)(hamlet->people + hamlet->people * growth / 1000));
    table_text(table, source);
    table_date(table, year_end(2020));
    table_number(table, (long)hamlet->households);
    table_text(table, source);
    table_date(table, year_end(2023));
    table_number(table, (long)(hamlet->households + hamlet->households * growth / 1000));
    table_text(table, source);
    table_end(table);
}

/* One of the hamlets that became this one. */
static void write_merged(struct table *table, const struct planned_hamlet *hamlet)
{
    table_text(table, HAMLET_LIST);
    table_format(table, "%sC", hamlet->code);
    write_name(table, hamlet, " (cũ)");
    table_code(table, hamlet->is_urban ? "residential_group" : "hamlet");
    table_date(table, day_of(2004, 1, 1));
    table_date(table, day_of(2019, 6, 1));
    table_text(table, hamlet->commune);
    table_blank(table, 12);
    table_text(table, hamlet->code);
    table_date(table, day_of(2019, 6, 1));
    table_code(table, "merged");
    table_end(table);
}

/* "thôn" and "tổ", "khu" begin with an ASCII letter: it is made a capital. */
static void write_name(struct table *table, const struct planned_hamlet *hamlet, const char *behind)
{
    char first = hamlet->name[0];
    first = first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first;
    table_format(table, "%c%s%s", first, hamlet->name + 1, behind);
}
