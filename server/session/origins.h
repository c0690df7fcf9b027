/* Where strangers come from, and how many of each place: so that one place cannot take what is meant for all. Rank 6. Pure. */
#ifndef SERVER_SESSION_ORIGINS_H
#define SERVER_SESSION_ORIGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address as far as one party holds it: of IPv6 48 bits, since a line gets up to so much (RFC 6177), of IPv4 (as ::ffff:a.b.c.d) all
 * of it. Zeros: unknown. */
enum { ORIGIN_BYTES = 16, ORIGIN_NETWORK_BYTES = 6, ORIGINS_MAX = 1024 };

struct origin {
    uint8_t at[ORIGIN_BYTES];
};

/* address: IPv6, 16 bytes; an IPv4 one mapped into it. */
struct origin origin_of_address(const uint8_t address[ORIGIN_BYTES]);

struct origin_count {
    struct origin origin;
    unsigned count;
};

/* Zeroed: empty. */
struct origins {
    struct origin_count of[ORIGINS_MAX]; /* each once, none with 0 */
    size_t origin_count;
    unsigned count; /* of all */
};

/* One more of this origin. False, and nothing changes: it has its `each_max`, all together have their `all_max`, or more than
 * ORIGINS_MAX are counted. */
bool origins_add(struct origins *origins, const struct origin *origin, unsigned each_max, unsigned all_max);
/* One less of an origin that was added. */
void origins_remove(struct origins *origins, const struct origin *origin);
void origins_clear(struct origins *origins);

#endif
