/* The operator's page: GET /metrics, /healthz, /readyz on a loopback address (libmicrohttpd, one thread of
 * its own, which reads atomics only). Rank 3. */
#ifndef SERVER_OPS_HTTP_H
#define SERVER_OPS_HTTP_H

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/error.h"

enum {
    HTTP_CONNECTIONS_MAX = 16,
    HTTP_TIMEOUT_S = 10,
    HTTP_PAGE_BYTES_MAX = 1 << 18,
    HTTP_CONNECTION_BYTES_MAX = 16384, /* a request's headers and more */
};

struct http;

/* address: numeric IPv4 or IPv6 host; port 0 picks a free one. ERR_CONFIG with a sentence: no loopback
 * address; ERR_IO: the port cannot be had. */
MUST_CHECK enum err http_start(const char *host, uint16_t port, enum language language,
                               struct http **ret_http, struct error *ret_error);
uint16_t http_port(const struct http *http);
/* Waits for the thread. */
void http_stop(struct http *http);

#endif
