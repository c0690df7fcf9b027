/* Whether an act of erasure stays within what erasing is. Rank 4. Pure.
 *
 * What was erased cannot be compared any more; what an act says stays of it is the administration's word, and replay counts it. So it may speak
 * of records about people alone, state the decision, and keep nothing that an erasure takes away. */
#ifndef VERIFY_ERASURE_H
#define VERIFY_ERASURE_H

#include "common/base/arena.h"
#include "proto/journal.pb-c.h"

/* NULL: it does. Else what is wrong with it; "": no memory. */
const char *erasure_fault(const Dantin__ActErasure *act, struct arena *arena);

#endif
