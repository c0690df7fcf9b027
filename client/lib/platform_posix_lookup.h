/* Names of hosts to addresses, with a deadline. Rank 3. For platform_posix*.c alone. Any thread. */
#ifndef CLIENT_LIB_PLATFORM_POSIX_LOOKUP_H
#define CLIENT_LIB_PLATFORM_POSIX_LOOKUP_H

#include <netdb.h>

#include "common/base/attr.h"
#include "common/base/error.h"

/* Addresses of host:port for TCP; give them back with freeaddrinfo. A failure leaves errno for
 * platform_reason. ERR_TIMED_OUT: no answer within wait_ms. ERR_UNREACHABLE: there is no such host. ERR_BUSY:
 * PLATFORM_LOOKUPS_MAX of them are still out. ERR_TOO_BIG: host or port is too long. ERR_NO_MEMORY. */
MUST_CHECK enum err platform_lookup(const char *host, const char *port, int64_t wait_ms,
                                    struct addrinfo **ret_addresses);

#endif
