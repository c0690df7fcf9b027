/* The linker sends malloc and calloc of our objects here (--wrap in tests/CMakeLists.txt). */
#include "tests/lib/fault_memory.h"

#include <stdint.h>

static size_t allocations_left = SIZE_MAX; /* before the one that fails; SIZE_MAX: none fails */
static bool has_failed;
static bool fails_all;
static unsigned pauses;

/* Names are the linker's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void fault_memory_fail_at(size_t index)
{
    allocations_left = index;
    has_failed = false;
}

void fault_memory_fail_all(void)
{
    fault_memory_fail_at(0);
    fails_all = true;
}

void fault_memory_pause(void)
{
    pauses++;
}

void fault_memory_resume(void)
{
    pauses--;
}

bool fault_memory_stop(void)
{
    allocations_left = SIZE_MAX;
    fails_all = false;
    return has_failed;
}

static bool must_fail(void)
{
    if (allocations_left == SIZE_MAX || pauses > 0) {
        return false;
    }
    if (allocations_left > 0) {
        allocations_left--;
        return false;
    }
    allocations_left = fails_all ? 0 : SIZE_MAX;
    has_failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}
