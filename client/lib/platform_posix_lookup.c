/* getaddrinfo asks for as long as the system's resolver likes and cannot be told to stop. So a name is asked for by a thread of its own,
 * which the caller leaves behind when the time is up; whoever of the two goes last frees what they share. */
#include "client/lib/platform_posix_lookup.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "client/lib/platform.h"
#include "common/base/clock.h"

enum { HOST_BYTES_MAX = 1025 /* NI_MAXHOST */, PORT_BYTES_MAX = 32 };

struct lookup {
    pthread_mutex_t mutex;
    pthread_cond_t answered; /* on the monotonic clock */
    bool is_answered;
    bool is_left; /* the caller is gone */
    int result;   /* of getaddrinfo */
    struct addrinfo *addresses;
    char host[HOST_BYTES_MAX];
    char port[PORT_BYTES_MAX];
};

/* Threads outlive every object of ours, so how many are out is a figure of the process. */
static atomic_uint lookups_out;

static struct lookup *lookup_new(const char *host, const char *port);
static void lookup_free(struct lookup *lookup);
static enum err start(struct lookup *lookup);
static void *ask(void *context);
static enum err wait_for_answer(struct lookup *lookup, int64_t wait_ms, struct addrinfo **ret_addresses);
static int ask_system(const char *host, const char *port, int flags, struct addrinfo **ret_addresses);
static enum err fail(enum err err, int reason);

enum err platform_lookup(const char *host, const char *port, int64_t wait_ms, struct addrinfo **ret_addresses)
{
    if (strlen(host) >= HOST_BYTES_MAX || strlen(port) >= PORT_BYTES_MAX) {
        return fail(ERR_TOO_BIG, ENAMETOOLONG);
    }
    if (ask_system(host, port, AI_NUMERICHOST, ret_addresses) == 0) {
        return ERR_OK; /* nobody had to be asked */
    }
    struct lookup *lookup = lookup_new(host, port);
    if (lookup == NULL) {
        return fail(ERR_NO_MEMORY, ENOMEM);
    }
    enum err err = start(lookup);
    if (err != ERR_OK) {
        lookup_free(lookup);
        return err;
    }
    return wait_for_answer(lookup, wait_ms, ret_addresses);
}

static struct lookup *lookup_new(const char *host, const char *port)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    pthread_condattr_t attributes;
    if (lookup == NULL || pthread_condattr_init(&attributes) != 0) {
        free(lookup);
        return NULL;
    }
    /* These fail for lack of memory only, which Linux never lacks here. */
    bool is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                   pthread_cond_init(&lookup->answered, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes); /* it holds nothing */
    if (!is_made || pthread_mutex_init(&lookup->mutex, NULL) != 0) {
        free(lookup);
        return NULL;
    }
    memcpy(lookup->host, host, strlen(host) + 1);
    memcpy(lookup->port, port, strlen(port) + 1);
    return lookup;
}

static void lookup_free(struct lookup *lookup)
{
    if (lookup->addresses != NULL) {
        freeaddrinfo(lookup->addresses);
    }
    (void)pthread_mutex_destroy(&lookup->mutex); /* nobody holds it */
    (void)pthread_cond_destroy(&lookup->answered);
    free(lookup);
}

static enum err start(struct lookup *lookup)
{
    pthread_t thread;
    sigset_t all;
    sigset_t old;
    if (atomic_fetch_add(&lookups_out, 1) >= PLATFORM_LOOKUPS_MAX) {
        (void)atomic_fetch_sub(&lookups_out, 1);
        return fail(ERR_BUSY, EAGAIN);
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all,
                          &old); /* signals are the caller's; the thread inherits the mask */
    int reason = pthread_create(&thread, NULL, ask, lookup);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (reason != 0) {
        (void)atomic_fetch_sub(&lookups_out, 1);
        return fail(ERR_NO_MEMORY, reason);
    }
    (void)pthread_detach(thread); /* it is ours and was not joined */
    return ERR_OK;
}

static void *ask(void *context)
{
    struct lookup *lookup = context;
    struct addrinfo *addresses = NULL;
    /* AI_ADDRCONFIG hides loopback addresses on a machine without a network. */
    int result = ask_system(lookup->host, lookup->port, AI_ADDRCONFIG, &addresses);
    if (result != 0) {
        result = ask_system(lookup->host, lookup->port, 0, &addresses);
    }
    (void)atomic_fetch_sub(&lookups_out, 1);  /* first, so that whoever hears the answer can ask again */
    (void)pthread_mutex_lock(&lookup->mutex); /* a plain mutex never fails */
    lookup->result = result;
    lookup->addresses = addresses;
    lookup->is_answered = true;
    bool is_left = lookup->is_left;
    (void)pthread_cond_signal(&lookup->answered);
    (void)pthread_mutex_unlock(&lookup->mutex);
    if (is_left) {
        lookup_free(lookup);
    }
    return NULL;
}

static enum err wait_for_answer(struct lookup *lookup, int64_t wait_ms, struct addrinfo **ret_addresses)
{
    int64_t deadline_ms = clock_monotonic_ms() + (wait_ms > 0 ? wait_ms : 0);
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ms / 1000),
                                .tv_nsec = (long)(deadline_ms % 1000) * 1000000};
    int reason = 0;
    (void)pthread_mutex_lock(&lookup->mutex); /* a plain mutex never fails */
    while (!lookup->is_answered && reason == 0) {
        reason = pthread_cond_timedwait(&lookup->answered, &lookup->mutex, &deadline);
    }
    bool is_answered = lookup->is_answered;
    lookup->is_left = !is_answered;
    (void)pthread_mutex_unlock(&lookup->mutex);
    if (!is_answered) {
        return fail(ERR_TIMED_OUT, ETIMEDOUT); /* the thread frees it */
    }
    int result = lookup->result;
    if (result == 0) {
        *ret_addresses = lookup->addresses;
        lookup->addresses = NULL;
    }
    lookup_free(lookup);
    return result == 0 ? ERR_OK : fail(ERR_UNREACHABLE, EHOSTUNREACH);
}

static int ask_system(const char *host, const char *port, int flags, struct addrinfo **ret_addresses)
{
    struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    return getaddrinfo(host, port, &wanted, ret_addresses);
}

static enum err fail(enum err err, int reason)
{
    errno = reason;
    return err;
}
