/* One member, drawn. Every default person keeps every rule of common/rules. */
#ifndef TOOLS_SAMPLE_PERSON_H
#define TOOLS_SAMPLE_PERSON_H

#include "tools/sample/sample.h"

struct person {
    char name[SAMPLE_TEXT_BYTES];
    bool is_woman;
    bool was_youth_union_member; /* known of those admitted since HISTORY_FROM */
    const char *ethnicity;       /* codes of the lists of these names; NULL: not stated */
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

/* When the person was admitted. */
enum admitted {
    ADMITTED_LONG_AGO,  /* before HISTORY_FROM */
    ADMITTED_RECENTLY,  /* since, and official by SAMPLE_DATE */
    ADMITTED_LAST_YEAR, /* on probation on SAMPLE_DATE */
    ADMITTED_LATER,     /* in [from, to] of the wish, after SAMPLE_DATE; what follows is not drawn */
};

struct person_wish {
    enum milieu milieu;
    const char *district; /* code of the sender: decides ethnic groups */
    enum admitted admitted;
    int32_t from, to;
    bool is_former; /* membership has ended by SAMPLE_DATE */
};

void person_draw(struct prng *prng, const struct person_wish *wish, struct person *ret_person);

#endif
