/* getrandom(2) for secrets; xoshiro256** (Blackman and Vigna, 2018) for everything that must repeat. */
#include "common/base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "common/base/check.h"

void random_bytes(void *out, size_t len)
{
    unsigned char *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        ENSURE(got > 0);
        at += got;
        len -= (size_t)got;
    }
}

static uint64_t splitmix(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15U;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
}

void prng_init(struct prng *prng, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++) {
        prng->state[i] = splitmix(&seed);
    }
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *state = prng->state;
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t prng_below(struct prng *prng, uint64_t limit)
{
    REQUIRE(limit > 0);
    /* Numbers under 2^64 mod limit would make the small results likelier: drawn again. */
    uint64_t refused_below = (0 - limit) % limit;
    uint64_t drawn = prng_next(prng);
    while (drawn < refused_below) {
        drawn = prng_next(prng);
    }
    return drawn % limit;
}

double prng_unit(struct prng *prng)
{
    return (double)(prng_next(prng) >> 11) * 0x1.0p-53;
}
