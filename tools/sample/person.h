/* One member, drawn. Every default person keeps every rule of common/rules. */
#ifndef TOOLS_SAMPLE_PERSON_H
#define TOOLS_SAMPLE_PERSON_H

#include "tools/sample/sample.h"

/* Dates: days since 1970-01-01; PERSON_NO_DATE: not stated. */
enum { PERSON_NO_DATE = INT32_MIN };

struct person {
    char name[SAMPLE_TEXT_BYTES];
    bool is_woman;
    const char *ethnicity; /* codes of the lists of these names; NULL: not stated */
    const char *religion;
    const char *occupation;
    const char *general_education;
    const char *profession;
    const char *political_theory;
    const char *ended_reason;
    int32_t birth_date;
    int32_t admission_decision_date;
    int32_t admission_date;
    int32_t official_decision_date;
    int32_t official_date;
    int32_t ended_date;
    int32_t temporarily_exempt_from;
    int32_t temporarily_exempt_to;
    int32_t exempt_from;
    int32_t in_cell_from;
};

struct person_wish {
    enum milieu milieu;
    const char *district; /* code of the sender: decides ethnic groups */
    bool is_official;     /* true: certainly official; false: 3 in 100 are on probation */
    bool is_former;       /* membership has ended */
};

void person_draw(struct prng *prng, const struct person_wish *wish, struct person *ret_person);

#endif
