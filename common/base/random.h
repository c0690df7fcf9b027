/* Randomness: the system's for secrets and names, a seeded one for tests, samples and jitter. Rank 0. */
#ifndef COMMON_BASE_RANDOM_H
#define COMMON_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fill from the operating system; aborts if the system has none (there is no safe way on). */
void random_bytes(void *out, size_t len);

/* xoshiro256** seeded through splitmix64: same seed, same numbers, on every machine. */
struct prng {
    uint64_t state[4];
};

void prng_init(struct prng *prng, uint64_t seed);
uint64_t prng_next(struct prng *prng);
/* Uniform in [0, limit), limit > 0, without modulo bias. */
uint64_t prng_below(struct prng *prng, uint64_t limit);
/* Uniform in [0, 1). */
double prng_unit(struct prng *prng);

#endif
