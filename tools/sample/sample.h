/* The sample generator: what its parts share. One program, one thread; a failure ends it with a sentence.
 *
 *   main ─► committee_make (per sender: plan_make, the tree and hamlets; person_draw, people; life_live, their events)
 *        ─► transfers_make (between senders) ─► a file per group of kinds writes its sheets (table, sheet)
 *        ─► manifest (what consolidated figures must come to)
 *
 * Everything is drawn from seeded generators, one per sender and group of kinds: same seed, same bytes. */
#ifndef TOOLS_SAMPLE_SAMPLE_H
#define TOOLS_SAMPLE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/embed.h"
#include "common/base/random.h"

extern const struct embedded_file embedded_sample[]; /* tools/sample/data */

enum {
    SAMPLE_SENDERS = 17,
    SAMPLE_MEMBERS = 55310, /* 4.41 % of 1,254,184 */
    SAMPLE_DATE = 19173,    /* 30/06/2022: what the members' sheets describe */
    HISTORY_FROM = 18628,   /* 01/01/2021 */
    HISTORY_TO = 20088,     /* 31/12/2024 */
    HISTORY_YEARS = 4,
    FIRST_YEAR = 2021,
    SAMPLE_TEXT_BYTES = 192, /* one cell of a sheet */
};

/* Dates: days since 1970-01-01. Not stated: */
enum { NO_DATE = INT32_MIN };

/* The life around a cell: decides ages, occupations, schooling. */
enum milieu {
    MILIEU_HAMLET,
    MILIEU_SCHOOL,
    MILIEU_HEALTH,
    MILIEU_AGENCY,
    MILIEU_ENTERPRISE,
    MILIEU_ARMY,
    MILIEU_POLICE,
    MILIEU_BORDER,
    MILIEU_COUNT
};

enum sender_type { SENDER_TERRITORY, SENDER_OFFICES, SENDER_ARMY, SENDER_POLICE, SENDER_BORDER };

struct sender {
    const char *code; /* of data/reference/branches.csv; of its locality too when it is a territory */
    const char *name; /* as it stands inside names of branches */
    enum sender_type type;
    unsigned members;     /* its part of SAMPLE_MEMBERS */
    unsigned file_prefix; /* three digits at the front of its file numbers */
};

extern const struct sender senders[SAMPLE_SENDERS];

/* Write a sentence to stderr and exit 1. */
NO_RETURN void sample_fail(const char *format, ...) PRINTF_LIKE(1, 2);
/* Zeroed; never NULL. Kept until the program ends. */
void *sample_alloc(size_t count, size_t size);
/* The bytes of an embedded file, NUL-terminated. */
const char *sample_file(const struct embedded_file *files, const char *path);

/* Cut `total` into `count` parts of at least `least` each, uneven at random; the parts add up exactly. */
void split_random(struct prng *prng, unsigned total, size_t count, unsigned least, unsigned *ret_parts);
bool chance(struct prng *prng, unsigned per_mille);
unsigned pick(struct prng *prng, unsigned from, unsigned to); /* both inclusive */

int32_t day_of(int year, int month, int day);
int32_t year_end(int year); /* 31 December */
int year_of(int32_t days);
/* Not the numbers that another group of kinds draws: salt is the group's own. */
struct prng prng_for(uint64_t seed, unsigned salt);

#endif
