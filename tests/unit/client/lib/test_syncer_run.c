/* The loop around sessions when there is no server to talk to. With one: tests/e2e. */
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/lib/syncer.h"
#include "common/base/clock.h"
#include "tests/lib/certs.h"
#include "tests/lib/client_world.h"

enum { DEADLINE_MS = 700 };

static struct client_world world;
static struct certs_authority *authority;
static struct keys keys;
static struct certs_identity identity;
static struct store_lease lease;
static struct syncer_job job;
static struct syncer_run run;
static unsigned progress_calls;
static char authority_pem[CERTS_PEM_BYTES_MAX];

static bool go_on(void *context, uint64_t done, uint64_t total)
{
    (void)context, (void)done, (void)total;
    progress_calls++;
    return true;
}

static bool stop_at_second(void *context, uint64_t done, uint64_t total)
{
    (void)context, (void)done, (void)total;
    return ++progress_calls < 2;
}

/* A server that ends each line before a word was said; one line. */
static void *hang_up(void *context)
{
    const int *listener = context;
    int line = accept(*listener, NULL, NULL);
    if (line >= 0) {
        (void)close(line);
    }
    return NULL;
}

/* Nobody listens on port 1. */
static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    store_close(world.store); /* the run opens it itself */
    world.store = NULL;
    authority = certs_authority_new();
    certs_issue_device(authority, &identity);
    memcpy(authority_pem, certs_authority_pem(authority).at, certs_authority_pem(authority).len);
    keys = (struct keys){.key_pem = identity.key_pem,
                         .certificate_pem = identity.certificate_pem,
                         .authority_pem = authority_pem};
    lease = (struct store_lease){.folder = world.folder, .owner = &world.owner};
    job = (struct syncer_job){.purpose = SYNCER_SUBMIT,
                              .lease = &lease,
                              .device = &world.signer.device,
                              .language = LANGUAGE_EN,
                              .on_progress = go_on};
    run = (struct syncer_run){.job = &job, .keys = &keys, .server = "127.0.0.1:1"};
    progress_calls = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    certs_authority_free(authority);
    client_world_close(&world);
    return 0;
}

/* Who asks once is told at once. */
static void syncer_run__impatient__first_failure_ends_it(void **state)
{
    (void)state;
    struct error error = {0};

    assert_int_equal(syncer_run(&run, &error), ERR_UNREACHABLE);

    assert_non_null(strstr(error.text, "127.0.0.1:1"));
    assert_non_null(strstr(error.text, "still on this PC"));
}

/* A line cut before TLS says no reason of its own; the clerk gets the one the code stands for, not an empty
 * pair of brackets. */
static void syncer_run__cut_before_a_word__sentence_with_a_reason(void **state)
{
    (void)state;
    struct error error = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    char server[32];
    pthread_t thread;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(server, sizeof server, "127.0.0.1:%u", ntohs(address.sin_port));
    run.server = server;
    assert_int_equal(pthread_create(&thread, NULL, hang_up, &listener), 0);

    assert_int_equal(syncer_run(&run, &error), ERR_CLOSED);

    assert_non_null(strstr(error.text, err_text(ERR_CLOSED, LANGUAGE_EN)));
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(listener);
}

/* Who waits is told at the deadline, not after it, why it did not work; the store is free meanwhile. */
static void syncer_run__patient__ends_by_the_deadline_with_the_reason(void **state)
{
    (void)state;
    struct error error = {0};
    int64_t began_ms = clock_monotonic_ms();
    run.is_patient = true;
    run.deadline_ms = began_ms + DEADLINE_MS;

    assert_int_equal(syncer_run(&run, &error), ERR_UNREACHABLE);

    assert_true(clock_monotonic_ms() < began_ms + DEADLINE_MS + 5000);
    assert_true(progress_calls > 0);
    assert_null(lease.store);
}

/* A wait can be cancelled. */
static void syncer_run__cancelled_while_waiting__cancelled(void **state)
{
    (void)state;
    struct error error = {0};
    run.is_patient = true;
    job.on_progress = stop_at_second;

    assert_int_equal(syncer_run(&run, &error), ERR_CANCELLED);
}

/* What waiting cannot mend ends the run at once: here an address nobody can use. */
static void syncer_run__patient_but_hopeless__ends(void **state)
{
    (void)state;
    struct error error = {0};
    run.is_patient = true;
    run.server = "host:port";

    assert_int_equal(syncer_run(&run, &error), ERR_CONFIG);
    assert_int_equal(progress_calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(syncer_run__impatient__first_failure_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(syncer_run__cut_before_a_word__sentence_with_a_reason, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syncer_run__patient__ends_by_the_deadline_with_the_reason, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syncer_run__cancelled_while_waiting__cancelled, setup, teardown),
        cmocka_unit_test_setup_teardown(syncer_run__patient_but_hopeless__ends, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
