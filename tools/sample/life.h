/* What happens to members over 2021-2024, within their sender and to and from other provinces. */
#ifndef TOOLS_SAMPLE_LIFE_H
#define TOOLS_SAMPLE_LIFE_H

#include "tools/sample/committee.h"

/* Draw the events of a person who has just been drawn: person, sheet, card and the one stay are filled in. */
void life_live(struct prng *prng, struct committee *committee, struct enrolled *enrolled,
               uint64_t *card_count);
/* Add an event in its place by date. false: there are too many. */
bool life_add(struct enrolled *enrolled, struct life_event event);
/* Drop the events from a date on. */
void life_cut(struct enrolled *enrolled, int32_t from);

#endif
