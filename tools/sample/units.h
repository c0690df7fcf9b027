/* Names of the units a sender's branches belong to, and of cells within them. */
#ifndef TOOLS_SAMPLE_UNITS_H
#define TOOLS_SAMPLE_UNITS_H

#include "tools/sample/sample.h"

struct unit {
    const char *name;
    const char *unit_type; /* code of list unit_type */
    enum milieu milieu;
    unsigned weight; /* size, against the other units of the sender */
};

/* The units of a sender that are no communes; *ret_count of them. */
const struct unit *units_of(enum sender_type type, size_t *ret_count);

struct commune {
    char code[8]; /* of gso-2022; of the district where it has no communes */
    char name[SAMPLE_TEXT_BYTES];
    bool is_urban;
};

enum { COMMUNES_MAX = 40 };
/* Communes of a district from data/reference/localities.csv. Lý Sơn has none: its hamlets stand in. */
size_t communes_of(const char *district, struct commune ret_communes[COMMUNES_MAX]);

/* "thôn An Lộc" or "tổ dân phố số 3": the index-th hamlet of a commune: a name known, else one made up, never the same
 * one twice in a commune of up to HAMLETS_MAX. */
enum { HAMLETS_MAX = 40 };
void hamlet_name(const struct commune *commune, size_t index, char ret_name[SAMPLE_TEXT_BYTES]);

/* People of a district by data/reference/localities.csv; 0: not there. */
unsigned population_of(const char *district);

#endif
