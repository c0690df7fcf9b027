/* A record of any kind that breaks no rule on SOUND_TODAY, for tests to start from. Everything lives in the arena. */
#ifndef TESTS_LIB_SOUND_RECORD_H
#define TESTS_LIB_SOUND_RECORD_H

#include "common/record/schema.h"

enum { SOUND_TODAY = 20000 /* 04/10/2024 */ };

void *sound_record(enum record_kind kind, struct arena *arena);

#endif
