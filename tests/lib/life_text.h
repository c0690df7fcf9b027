/* A member's events for tests, written as one text:
 *   "admitted 02/09/2021, official 02/09/2022, badge 01/06/2023 number=30 detail=early"
 * Each is a type, the date it takes effect, and items as name=value (as in record_set_text). What is decided gets a
 * decision of the day it takes effect; `undecided` leaves it out. A wrong name or value stops the test. */
#ifndef TESTS_LIB_LIFE_TEXT_H
#define TESTS_LIB_LIFE_TEXT_H

#include "common/base/arena.h"

void life_add_events(struct arena *arena, void *member, const char *events);

#endif
