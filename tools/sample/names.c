/* Names: three lists of parts, each with running totals per sex, so that a draw is one search. */
#include "tools/sample/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 2000, PART_BYTES = 40, LISTS = 3 };

struct part {
    char text[PART_BYTES];
    unsigned total[2]; /* men, women: of this part and all before it */
};

struct part_list {
    const char *path;
    struct part *parts;
    size_t count;
};

static struct part_list lists[LISTS] = {
    {"names_family.csv", NULL, 0}, {"names_middle.csv", NULL, 0}, {"names_given.csv", NULL, 0}};

static void load_list(struct part_list *list);
static const char *draw_part(struct prng *prng, const struct part_list *list, bool is_woman);

void names_load(void)
{
    for (size_t i = 0; i < LISTS; i++) {
        load_list(&lists[i]);
    }
}

void names_draw(struct prng *prng, bool is_woman, const char *family, char ret_name[SAMPLE_TEXT_BYTES])
{
    if (family == NULL) {
        family = draw_part(prng, &lists[0], is_woman);
    }
    const char *middle = draw_part(prng, &lists[1], is_woman);
    const char *given = draw_part(prng, &lists[2], is_woman);
    (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "%s%s%s %s", family, middle[0] == '\0' ? "" : " ", middle,
                   given);
}

static void load_list(struct part_list *list)
{
    list->parts = sample_alloc(PARTS_MAX, sizeof(*list->parts));
    const char *at = strchr(sample_file(embedded_sample, list->path), '\n');
    unsigned total[2] = {0, 0};
    while (at != NULL && at[1] != '\0') {
        at++;
        const char *comma = strchr(at, ',');
        if (comma == NULL || (size_t)(comma - at) >= PART_BYTES || list->count == PARTS_MAX) {
            sample_fail("%s, line %zu: cannot be read", list->path, list->count + 2);
            return; /* for tools that do not know sample_fail ends the program */
        }
        struct part *part = &list->parts[list->count++];
        memcpy(part->text, at, (size_t)(comma - at));
        char *end;
        total[0] += (unsigned)strtoul(comma + 1, &end, 10);
        total[1] += (unsigned)strtoul(end + 1, &end, 10);
        part->total[0] = total[0];
        part->total[1] = total[1];
        at = strchr(end, '\n');
    }
}

static const char *draw_part(struct prng *prng, const struct part_list *list, bool is_woman)
{
    size_t sex = is_woman ? 1 : 0;
    unsigned drawn = (unsigned)prng_below(prng, list->parts[list->count - 1].total[sex]);
    size_t low = 0;
    size_t high = list->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->parts[middle].total[sex] > drawn) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return list->parts[low].text;
}
