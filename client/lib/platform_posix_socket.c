/* platform.h on POSIX systems: TCP sockets that never block. */
#include "client/lib/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/lib/platform_posix_lookup.h"
#include "common/base/clock.h"

struct platform_socket {
    int descriptor;
};

/* Attempts under way on the addresses of one host. */
struct race {
    struct pollfd attempts[PLATFORM_ADDRESSES_MAX];
    size_t count;
    int last_errno;
};

static void race_start(struct race *race, const struct addrinfo *address);
static int race_wait(struct race *race, int64_t wait_ms);
static void race_release(struct race *race, int kept);
static int run_race(struct race *race, const struct addrinfo *addresses, int64_t deadline_ms);
static int poll_ms(int64_t wait_ms);

enum err platform_socket_connect(const char *host, const char *port, int64_t wait_ms,
                                 struct platform_socket **ret_socket)
{
    struct addrinfo *addresses = NULL;
    int64_t deadline_ms = clock_monotonic_ms() + wait_ms;
    int64_t lookup_ms = wait_ms < PLATFORM_LOOKUP_MS_MAX ? wait_ms : PLATFORM_LOOKUP_MS_MAX;
    enum err err = platform_lookup(host, port, lookup_ms, &addresses);
    if (err != ERR_OK) {
        return err;
    }
    struct race race = {.last_errno = EHOSTUNREACH};
    int descriptor = run_race(&race, addresses, deadline_ms);
    race_release(&race, descriptor);
    freeaddrinfo(addresses);
    if (descriptor < 0) {
        errno = race.last_errno;
        return clock_monotonic_ms() >= deadline_ms ? ERR_TIMED_OUT : ERR_UNREACHABLE;
    }
    err = platform_socket_take(descriptor, ret_socket);
    if (err != ERR_OK) {
        (void)close(descriptor); /* nothing was sent */
    }
    return err;
}

enum err platform_socket_take(int descriptor, struct platform_socket **ret_socket)
{
    struct platform_socket *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return ERR_NO_MEMORY;
    }
    result->descriptor = descriptor;
    int flags = fcntl(descriptor, F_GETFL);
    int on = 1;
    (void)fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
    /* Frames are written whole; waiting for more only adds delay. A socket pair has no such option. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *ret_socket = result;
    return ERR_OK;
}

void platform_socket_close(struct platform_socket *socket)
{
    if (socket == NULL) {
        return;
    }
    (void)close(socket->descriptor); /* whoever needs delivery has waited for the answer */
    free(socket);
}

enum err platform_socket_wait(struct platform_socket *socket, bool want_write, int64_t wait_ms,
                              bool *ret_can_read, bool *ret_can_write)
{
    struct pollfd wanted = {.fd = socket->descriptor, .events = (short)(POLLIN | (want_write ? POLLOUT : 0))};
    int64_t deadline_ms = clock_monotonic_ms() + wait_ms;
    int count = 0;
    do {
        count = poll(&wanted, 1, poll_ms(deadline_ms - clock_monotonic_ms()));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return ERR_IO;
    }
    if (count == 0) {
        return ERR_TIMED_OUT;
    }
    /* An error or a hang-up shows itself to the reader. */
    *ret_can_read = (wanted.revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL)) != 0;
    if (ret_can_write != NULL) {
        *ret_can_write = (wanted.revents & POLLOUT) != 0;
    }
    return ERR_OK;
}

enum err platform_socket_send(struct platform_socket *socket, struct bytes content, size_t *ret_sent)
{
    ssize_t sent = 0;
    do {
        sent = send(socket->descriptor, content.at, content.len, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_AGAIN : ERR_CLOSED;
    }
    *ret_sent = (size_t)sent;
    return ERR_OK;
}

enum err platform_socket_receive(struct platform_socket *socket, uint8_t *at, size_t bytes_max,
                                 size_t *ret_received)
{
    ssize_t received = 0;
    do {
        received = recv(socket->descriptor, at, bytes_max, 0);
    } while (received < 0 && errno == EINTR);
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return ERR_AGAIN;
    }
    if (received <= 0) {
        return ERR_CLOSED;
    }
    *ret_received = (size_t)received;
    return ERR_OK;
}

/* ---- helpers ---- */

/* Start an address, give it a short head start, start the next; the first that connects wins. -1: none did.
 */
static int run_race(struct race *race, const struct addrinfo *addresses, int64_t deadline_ms)
{
    const struct addrinfo *next = addresses;
    for (;;) {
        if (next != NULL && race->count < PLATFORM_ADDRESSES_MAX) {
            race_start(race, next);
            next = next->ai_next;
        } else {
            next = NULL;
        }
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        if (left_ms <= 0) {
            race->last_errno = ETIMEDOUT;
            return -1;
        }
        if (race->count == 0 && next == NULL) {
            return -1;
        }
        int64_t wait_ms =
            next != NULL && left_ms > PLATFORM_ADDRESS_STAGGER_MS ? PLATFORM_ADDRESS_STAGGER_MS : left_ms;
        int descriptor = race->count > 0 ? race_wait(race, wait_ms) : -1;
        if (descriptor >= 0) {
            return descriptor;
        }
    }
}

static void race_start(struct race *race, const struct addrinfo *address)
{
    int descriptor =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
    if (descriptor < 0) {
        race->last_errno = errno;
        return;
    }
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) {
        race->last_errno = errno;
        (void)close(descriptor); /* never connected */
        return;
    }
    race->attempts[race->count] = (struct pollfd){.fd = descriptor, .events = POLLOUT};
    race->count++;
}

/* Wait for a winner; attempts that failed are closed and dropped. -1: none yet. */
static int race_wait(struct race *race, int64_t wait_ms)
{
    if (poll(race->attempts, (nfds_t)race->count, poll_ms(wait_ms)) <= 0) {
        return -1;
    }
    for (size_t i = 0; i < race->count;) {
        int descriptor = race->attempts[i].fd;
        int reason = 0;
        socklen_t reason_bytes = sizeof reason;
        if (race->attempts[i].revents == 0) {
            i++;
            continue;
        }
        if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &reason_bytes) == 0 && reason == 0) {
            return descriptor;
        }
        race->last_errno = reason;
        (void)close(descriptor); /* never connected */
        race->attempts[i] = race->attempts[race->count - 1];
        race->count--;
    }
    return -1;
}

static void race_release(struct race *race, int kept)
{
    for (size_t i = 0; i < race->count; i++) {
        if (race->attempts[i].fd != kept) {
            (void)close(race->attempts[i].fd); /* lost the race */
        }
    }
    race->count = 0;
}

static int poll_ms(int64_t wait_ms)
{
    enum { POLL_MS_MAX = 3600 * 1000 };
    return wait_ms < 0 ? 0 : wait_ms > POLL_MS_MAX ? POLL_MS_MAX : (int)wait_ms;
}
