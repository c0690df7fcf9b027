/* Looking up a name ends in time, whatever the system's resolver does. This program brings a resolver of its own. */
#include "client/lib/platform_posix_lookup.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#include "client/lib/platform.h"
#include "common/base/clock.h"
#include "tests/lib/test.h"

enum { SHORT_MS = 50, PATIENT_MS = 60000 };

static sem_t hang;               /* names of "hang.example" wait for it */
static atomic_uint asked, ended; /* ended: of those that hung */
static struct addrinfo known;

/* The program's own, in place of libc's. A test's double of a system call has its signature. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *wanted,
                struct addrinfo **ret_addresses)
{
    (void)port;
    if ((wanted->ai_flags & AI_NUMERICHOST) != 0) {
        *ret_addresses = &known;
        return strcmp(host, "127.0.0.1") == 0 ? 0 : EAI_NONAME;
    }
    (void)atomic_fetch_add(&asked, 1);
    if (strcmp(host, "hang.example") == 0) {
        while (sem_wait(&hang) != 0) {
        }
        (void)atomic_fetch_add(&ended, 1);
    }
    if (strcmp(host, "known.example") == 0) {
        *ret_addresses = &known;
        return 0;
    }
    return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *addresses)
{
    assert_ptr_equal(addresses, &known);
}

static int setup(void **state)
{
    (void)state;
    atomic_store(&asked, 0);
    atomic_store(&ended, 0);
    return sem_init(&hang, 0, 0);
}

/* Let `count` lookups that hang end, each after both ways of asking. */
static void let_end(unsigned count)
{
    for (unsigned i = 0; i < 2 * count; i++) {
        assert_int_equal(sem_post(&hang), 0);
    }
    while (atomic_load(&ended) < 2 * count) {
        (void)sched_yield();
    }
}

/* A lookup, once those that other tests let end are gone: they are about to. */
static enum err lookup_in_turn(const char *host, int64_t wait_ms)
{
    struct addrinfo *addresses = NULL;
    enum err err = ERR_BUSY;

    while (err == ERR_BUSY) {
        err = platform_lookup(host, "1", wait_ms, &addresses);
    }
    return err;
}

/* A resolver that never answers costs its deadline and no more; what it says later reaches nobody and is freed. */
static void platform_lookup__never_answered__timed_out(void **state)
{
    struct platform_socket *socket = NULL;
    int64_t started_ms = clock_monotonic_ms();

    (void)state;
    assert_int_equal(platform_socket_connect("hang.example", "1", SHORT_MS, &socket), ERR_TIMED_OUT);
    assert_int_equal(errno, ETIMEDOUT);
    assert_in_range(clock_monotonic_ms() - started_ms, SHORT_MS, PATIENT_MS / 2);
    assert_null(socket);
    let_end(1);
}

/* An answer is passed on, "no such host" too. */
static void platform_lookup__answered__addresses_or_unreachable(void **state)
{
    struct addrinfo *addresses = NULL;

    (void)state;
    assert_int_equal(platform_lookup("known.example", "1", PATIENT_MS, &addresses), ERR_OK);
    assert_ptr_equal(addresses, &known);
    assert_int_equal(platform_lookup("unknown.example", "1", PATIENT_MS, &addresses), ERR_UNREACHABLE);
    assert_int_equal(errno, EHOSTUNREACH);
}

/* An address in figures asks nobody, so that an office without a resolver works. */
static void platform_lookup__address_in_figures__nobody_asked(void **state)
{
    struct addrinfo *addresses = NULL;

    (void)state;
    assert_int_equal(platform_lookup("127.0.0.1", "1", 0, &addresses), ERR_OK);
    assert_int_equal(atomic_load(&asked), 0);
}

/* Lookups left behind do not pile up: past the limit the caller is told to come again, and can when they have ended. */
static void platform_lookup__many_left_behind__busy(void **state)
{
    struct addrinfo *addresses = NULL;

    (void)state;
    for (unsigned i = 0; i < PLATFORM_LOOKUPS_MAX; i++) {
        assert_int_equal(lookup_in_turn("hang.example", 0), ERR_TIMED_OUT);
    }
    assert_int_equal(platform_lookup("known.example", "1", PATIENT_MS, &addresses), ERR_BUSY);
    let_end(PLATFORM_LOOKUPS_MAX);
    assert_int_equal(lookup_in_turn("known.example", PATIENT_MS), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(platform_lookup__never_answered__timed_out, setup),
        cmocka_unit_test_setup(platform_lookup__answered__addresses_or_unreachable, setup),
        cmocka_unit_test_setup(platform_lookup__address_in_figures__nobody_asked, setup),
        cmocka_unit_test_setup(platform_lookup__many_left_behind__busy, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
