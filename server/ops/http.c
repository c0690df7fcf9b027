/* GET of three fixed paths; everything else is 404 or 405. */
#include "server/ops/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "server/ops/health.h"
#include "server/ops/metrics.h"

struct http {
    struct MHD_Daemon *daemon;
    uint16_t port;
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static enum err parse_address(const char *host, uint16_t port, enum language language,
                              union address *ret_address, struct error *ret_error);
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload, size_t *upload_len,
                              void **request);
static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text);
static enum MHD_Result answer_metrics(struct MHD_Connection *connection);

enum err http_start(const char *host, uint16_t port, enum language language, struct http **ret_http,
                    struct error *ret_error)
{
    enum err err = ERR_OK;
    union address address = {.any = {.sa_family = AF_UNSPEC}};
    struct http *http = NULL;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD;
    const union MHD_DaemonInfo *info = NULL;

    err = parse_address(host, port, language, &address, ret_error);
    if (err != ERR_OK) {
        goto done;
    }
    http = calloc(1, sizeof *http);
    if (http == NULL) {
        err = error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
        goto done;
    }
    if (address.any.sa_family == AF_INET6) {
        flags |= MHD_USE_IPv6;
    }
    http->daemon = MHD_start_daemon(flags, port, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address.any,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                                    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_TIMEOUT_S,
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES_MAX,
                                    MHD_OPTION_END);
    if (http->daemon == NULL) {
        err = error_set(ret_error, ERR_IO, text_get(TEXT_LISTEN_FAILED, language), host, (unsigned)port,
                        strerror(errno));
        goto done;
    }
    info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    http->port = info == NULL ? port : info->port;
    *ret_http = http;
    http = NULL;
done:
    http_stop(http);
    return err;
}

uint16_t http_port(const struct http *http)
{
    return http->port;
}

void http_stop(struct http *http)
{
    if (http == NULL) {
        return;
    }
    if (http->daemon != NULL) {
        MHD_stop_daemon(http->daemon);
    }
    free(http);
}

/* What the operator's page tells is for this machine only, so any other address is a mistake. */
static enum err parse_address(const char *host, uint16_t port, enum language language,
                              union address *ret_address, struct error *ret_error)
{
    union address address;

    memset(&address, 0, sizeof address);
    if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
        if ((ntohl(address.v4.sin_addr.s_addr) >> 24) != 127) {
            return error_set(ret_error, ERR_CONFIG, text_get(TEXT_METRICS_NO_LOOPBACK, language), host);
        }
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
        if (!IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr)) {
            return error_set(ret_error, ERR_CONFIG, text_get(TEXT_METRICS_NO_LOOPBACK, language), host);
        }
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(port);
    } else {
        return error_set(ret_error, ERR_CONFIG, text_get(TEXT_METRICS_NO_LOOPBACK, language), host);
    }
    *ret_address = address;
    return ERR_OK;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload, size_t *upload_len,
                              void **request)
{
    int64_t now_ms = clock_monotonic_ms();

    (void)context; /* the state is in atomics */
    (void)version; /* any HTTP/1 will do */
    (void)upload;  /* a body is not asked for; it is dropped */
    (void)request; /* nothing is kept between calls */
    *upload_len = 0;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    }
    if (strcmp(url, "/healthz") == 0) {
        return health_is_alive(now_ms) ? answer_text(connection, MHD_HTTP_OK, "ok\n")
                                       : answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "stuck\n");
    }
    if (strcmp(url, "/readyz") == 0) {
        return health_is_ready(now_ms) ? answer_text(connection, MHD_HTTP_OK, "ready\n")
                                       : answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready\n");
    }
    if (strcmp(url, "/metrics") == 0) {
        return answer_metrics(connection);
    }
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "/metrics /healthz /readyz\n");
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_NO;

    if (response != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8"); /* a nicety */
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    return result;
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection)
{
    struct buf page;
    enum MHD_Result result = MHD_NO;

    buf_init(&page, HTTP_PAGE_BYTES_MAX);
    if (metrics_write(&page) == ERR_OK && buf_append(&page, bytes_of("", 1)) == ERR_OK) {
        result = answer_text(connection, MHD_HTTP_OK, (const char *)buf_content(&page).at);
    } else {
        result = answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
    }
    buf_release(&page);
    return result;
}
