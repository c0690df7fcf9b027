/* The first thing found wrong: where, and one sentence. Rank 4. */
#ifndef VERIFY_FAULT_H
#define VERIFY_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/error.h"

enum fault_id {
    FAULT_NONE,
#define FAULT(id, vi, en) id,
#include "verify/faults.def"
#undef FAULT
    FAULT_COUNT
};

enum { FAULT_DETAIL_BYTES_MAX = 160, FAULT_TEXT_BYTES_MAX = 640 };

struct fault {
    enum fault_id id;
    bool has_position;
    uint64_t position;
    char detail[FAULT_DETAIL_BYTES_MAX]; /* what the sentence's %s stands for */
};

/* Fill the fault and return false, so that checks write `return fault_at(...)`. The first one stays. */
bool fault_at(struct fault *fault, uint64_t position, enum fault_id id, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* One that concerns no single entry. */
bool fault_in(struct fault *fault, enum fault_id id, const char *format, ...) PRINTF_LIKE(3, 4);

/* "FAULT_SIGNATURE". Static memory. */
const char *fault_name(enum fault_id id);
/* The whole sentence, cut if need be. */
void fault_text(const struct fault *fault, enum language language, char ret_text[FAULT_TEXT_BYTES_MAX]);

#endif
