/* One seed per process. */
#include "tests/lib/seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/random.h"

uint64_t seed_of_test(void)
{
    static uint64_t seed;
    static int is_known;
    if (!is_known) {
        const char *text = getenv("DANTIN_SEED");
        if (text != NULL && text[0] != '\0') {
            seed = strtoull(text, NULL, 0);
        } else {
            random_bytes(&seed, sizeof seed);
        }
        is_known = 1;
        (void)printf("DANTIN_SEED=%" PRIu64 "\n", seed);
        (void)fflush(stdout);
    }
    return seed;
}
