/* Sentences of faults. */
#include "verify/fault.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"

static const struct {
    const char *name;
    const char *vi;
    const char *en;
} faults[FAULT_COUNT] = {
    [FAULT_NONE] = {"FAULT_NONE", "%s", "%s"},
#define FAULT(id, vi, en) [id] = {#id, vi, en},
#include "verify/faults.def"
#undef FAULT
};

static void set(struct fault *fault, enum fault_id id, const char *format, va_list arguments)
{
    fault->id = id;
    (void)vsnprintf(fault->detail, sizeof fault->detail, format, arguments);
}

bool fault_at(struct fault *fault, uint64_t position, enum fault_id id, const char *format, ...)
{
    if (fault->id == FAULT_NONE) {
        va_list arguments;
        va_start(arguments, format);
        set(fault, id, format, arguments);
        va_end(arguments);
        fault->has_position = true;
        fault->position = position;
    }
    return false;
}

bool fault_in(struct fault *fault, enum fault_id id, const char *format, ...)
{
    if (fault->id == FAULT_NONE) {
        va_list arguments;
        va_start(arguments, format);
        set(fault, id, format, arguments);
        va_end(arguments);
    }
    return false;
}

const char *fault_name(enum fault_id id)
{
    REQUIRE(id < FAULT_COUNT);
    return faults[id].name;
}

void fault_text(const struct fault *fault, enum language language, char ret_text[FAULT_TEXT_BYTES_MAX])
{
    bool is_vi = language == LANGUAGE_VI;
    char sentence[FAULT_TEXT_BYTES_MAX - 64];
    REQUIRE(fault->id < FAULT_COUNT);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table above, each with one %s */
    (void)snprintf(sentence, sizeof sentence, is_vi ? faults[fault->id].vi : faults[fault->id].en,
                   fault->detail);
#pragma GCC diagnostic pop
    if (fault->has_position) {
        (void)snprintf(ret_text, FAULT_TEXT_BYTES_MAX,
                       is_vi ? "mục %" PRIu64 ": %s" : "entry %" PRIu64 ": %s", fault->position, sentence);
    } else {
        (void)snprintf(ret_text, FAULT_TEXT_BYTES_MAX, "%s", sentence);
    }
}
