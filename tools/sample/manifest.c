/* Counting. */
#include "tools/sample/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/record/date.h"

enum { PATH_BYTES_MAX = 4096, DATES = 6 };

static void add_on_dates(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS]);
static void add_events(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS],
                       int year);
static void add_hamlets(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS]);
static void add_reorganised(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS],
                            int year);

void manifest_open(const char *folder, struct manifest *manifest)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof(path), "%s/manifest.csv", folder);
    manifest->file = fopen(path, "wb");
    if (manifest->file == NULL) {
        sample_fail("%s: %s", path, strerror(errno));
    }
    (void)fputs("measure,unit,period,value\n", manifest->file);
}

void manifest_add(struct manifest *manifest, const char *measure, const char *unit, const char *period,
                  long value)
{
    (void)fprintf(manifest->file, "%s,%s,%s,%ld\n", measure, unit, period, value);
}

void manifest_add_all(struct manifest *manifest, const char *measure, const char *period,
                      const long values[SAMPLE_SENDERS])
{
    long sum = 0;
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        manifest_add(manifest, measure, senders[i].code, period, values[i]);
        sum += values[i];
    }
    manifest_add(manifest, measure, "51", period, sum);
}

void manifest_add_members(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS])
{
    add_on_dates(manifest, committees);
    for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS; year++) {
        add_events(manifest, committees, year);
        add_reorganised(manifest, committees, year);
    }
    add_hamlets(manifest, committees);
}

void manifest_close(struct manifest *manifest)
{
    bool is_bad = ferror(manifest->file) != 0;
    if (fclose(manifest->file) != 0 || is_bad) {
        sample_fail("the manifest could not be written: %s", strerror(errno));
    }
}

static void add_on_dates(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS])
{
    const int32_t dates[DATES] = {year_end(2020), year_end(2021), SAMPLE_DATE,
                                  year_end(2022), year_end(2023), year_end(2024)};
    for (size_t i = 0; i < DATES; i++) {
        long members[SAMPLE_SENDERS] = {0};
        long official[SAMPLE_SENDERS] = {0};
        for (size_t j = 0; j < SAMPLE_SENDERS; j++) {
            for (size_t k = 0; k < committees[j].count; k++) {
                const struct enrolled *enrolled = &committees[j].people[k];
                bool is_here = enrolled_cell_on(enrolled, dates[i]) != NO_BRANCH;
                members[j] += is_here;
                official[j] += is_here && enrolled_is_official_on(enrolled, dates[i]);
            }
        }
        char text[DATE_TEXT_BYTES];
        date_format_iso(dates[i], text);
        manifest_add_all(manifest, "members", text, members);
        manifest_add_all(manifest, "official", text, official);
    }
}

/* Events by type; of those that carry people over the sender's border also by place. */
static void add_events(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS], int year)
{
    static const char *const types[] = {"admitted",      "official",           "readmitted",
                                        "transfer_in",   "transfer_out",       "transfer_within",
                                        "died",          "struck_off",         "left",
                                        "expelled",      "probation_refused",  "badge",
                                        "temporary_out", "temporarily_exempt", "exempt",
                                        "disciplined"};
    char period[12];
    (void)snprintf(period, sizeof(period), "%d", year);
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
        long counts[SAMPLE_SENDERS] = {0};
        for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
            for (size_t k = 0; k < committees[i].count; k++) {
                const struct enrolled *enrolled = &committees[i].people[k];
                for (size_t j = 0; j < enrolled->event_count; j++) {
                    counts[i] += strcmp(enrolled->events[j].type, types[t]) == 0 &&
                                 year_of(enrolled->events[j].date) == year;
                }
            }
        }
        manifest_add_all(manifest, types[t], period, counts);
    }
}

/* Branches that others succeeded in a year. */
static void add_reorganised(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS],
                            int year)
{
    static const char *const types[] = {"merged", "split", "renamed"};
    char period[12];
    (void)snprintf(period, sizeof(period), "%d", year);
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
        long counts[SAMPLE_SENDERS] = {0};
        for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
            for (size_t j = 0; j < committees[i].plan.count; j++) {
                const struct planned_branch *branch = &committees[i].plan.branches[j];
                counts[i] += branch->succession != NULL && strcmp(branch->succession, types[t]) == 0 &&
                             year_of(branch->dissolved_date) == year;
            }
        }
        manifest_add_all(manifest, types[t], period, counts);
    }
}

static void add_hamlets(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS])
{
    long hamlets[SAMPLE_SENDERS] = {0};
    long bare[SAMPLE_SENDERS] = {0};
    long empty[SAMPLE_SENDERS] = {0};
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        const struct plan *plan = &committees[i].plan;
        unsigned *members = sample_alloc(plan->count, sizeof(*members));
        unsigned *official = sample_alloc(plan->count, sizeof(*official));
        committee_count(&committees[i], year_end(2024), members, official);
        for (size_t j = 0; j < plan->hamlet_count; j++) {
            int cell = plan->hamlets[j].cell;
            hamlets[i]++;
            bare[i] += cell < 0;
            empty[i] += cell < 0 || members[cell] == 0;
        }
        free(members);
        free(official);
    }
    manifest_add_all(manifest, "hamlets", "2024-12-31", hamlets);
    manifest_add_all(manifest, "hamlets_without_cell", "2024-12-31", bare);
    manifest_add_all(manifest, "hamlets_without_member", "2024-12-31", empty);
}
