/* sample --out DIR [--seed N] [--members N] [--faults SPEC]
 *
 * Writes, for each of the seventeen senders, <code>-branches.csv, <code>-members.csv and <code>-former.csv
 * (people whose membership has ended) with the headers the import reads, and <file>.faults.csv where faults
 * were put in. Same arguments, same bytes. People in the members' sheets: --members exactly, all of them
 * members on 30/06/2022 and since. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/sample/names.h"
#include "tools/sample/plan.h"
#include "tools/sample/roll.h"

enum { MEMBERS_MAX = 2000000 };

struct options {
    const char *folder;
    uint64_t seed;
    unsigned members;
    struct faults faults;
};

static void parse_options(int argc, char **argv, struct options *ret_options);
static uint64_t parse_number(const char *option, const char *text, uint64_t least, uint64_t most);
static void share_members(unsigned members, unsigned ret_shares[SAMPLE_SENDERS]);

int main(int argc, char **argv)
{
    struct options options;
    parse_options(argc, argv, &options);
    if (mkdir(options.folder, 0777) != 0 && errno != EEXIST) {
        sample_fail("%s: %s", options.folder, strerror(errno));
    }
    names_load();
    unsigned shares[SAMPLE_SENDERS];
    share_members(options.members, shares);
    uint64_t card_count = 0;
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        struct roll_order order = {.folder = options.folder,
                                   .sender = &senders[i],
                                   .members = shares[i],
                                   .seed = options.seed * SAMPLE_SENDERS + i,
                                   .faults = &options.faults};
        roll_write(&order, &card_count);
    }
    return 0;
}

static void parse_options(int argc, char **argv, struct options *ret_options)
{
    struct options options = {.seed = 1, .members = SAMPLE_MEMBERS};
    faults_parse("", &options.faults);
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (value == NULL) {
            sample_fail("usage: sample --out DIR [--seed N] [--members N] [--faults SPEC]");
        } else if (strcmp(argv[i], "--out") == 0) {
            options.folder = value;
        } else if (strcmp(argv[i], "--seed") == 0) {
            options.seed = parse_number(argv[i], value, 0, UINT64_MAX);
        } else if (strcmp(argv[i], "--members") == 0) {
            options.members =
                (unsigned)parse_number(argv[i], value, SAMPLE_SENDERS * PLAN_MEMBERS_MIN, MEMBERS_MAX);
        } else if (strcmp(argv[i], "--faults") == 0) {
            faults_parse(value, &options.faults);
        } else {
            sample_fail("unknown option %s", argv[i]);
        }
    }
    if (options.folder == NULL) {
        sample_fail("--out DIR is needed");
    }
    *ret_options = options;
}

static uint64_t parse_number(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < least || number > most) {
        sample_fail("%s: %s is not a number from %llu to %llu", option, text, (unsigned long long)least,
                    (unsigned long long)most);
    }
    return number;
}

/* In proportion to the senders' members, none below the least a plan needs; exactly `members` in all. */
static void share_members(unsigned members, unsigned ret_shares[SAMPLE_SENDERS])
{
    unsigned spare = members - SAMPLE_SENDERS * PLAN_MEMBERS_MIN;
    unsigned weight_sum = 0;
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        weight_sum += senders[i].members - PLAN_MEMBERS_MIN;
    }
    unsigned rest = spare;
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        unsigned share = (unsigned)((uint64_t)spare * (senders[i].members - PLAN_MEMBERS_MIN) / weight_sum);
        ret_shares[i] = PLAN_MEMBERS_MIN + share;
        rest -= share;
    }
    ret_shares[0] += rest;
}
