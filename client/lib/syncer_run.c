/* The loop: connect, run a session, and after a cut come again.
 *
 *   take session.lock → connect → HELLO … → close → give it back ──done or loud failure──► end
 *        ▲                                            │
 *        └──────────── back-off with jitter ◄─────may retry
 *
 * The store is given back before every wait that may be long: connecting, back-off, and silence of the
 * server. */
#include <stdio.h>
#include <string.h>

#include "client/lib/connection.h"
#include "client/lib/platform.h"
#include "client/lib/syncer_internal.h"
#include "common/base/clock.h"

/* What one session came to. */
struct session {
    const struct syncer_run *run;
    struct syncer syncer;
    struct connection *connection;
    struct buf out;
    int64_t heard_ms; /* when the server was last heard of */
    bool is_ping_out;
};

static enum err run_session(const struct syncer_run *run, uint64_t *received,
                            struct syncer_failure *ret_failure);
static enum err connect(struct session *session, struct error *ret_error);
static enum err pump(struct session *session);
static enum err wait_for_frame(struct session *session, struct frame *ret_frame);
static enum err watch_silence(struct session *session);
static enum err send_out(struct session *session);
static bool reports(const struct session *session);
static enum err wait_before_retry(const struct syncer_run *run, int64_t wait_ms, uint64_t received);
static bool is_past(int64_t deadline_ms);
static bool is_worth_retrying(enum err err);
static enum err explain(const struct syncer_run *run, const struct syncer_failure *failure,
                        struct error *ret_error);

enum err syncer_run(const struct syncer_run *run, struct error *ret_error)
{
    struct prng prng;
    struct syncer_failure failure = {0};
    uint64_t seed = 0;
    uint64_t received = 0;
    unsigned attempt = 0;
    random_bytes(&seed, sizeof seed); /* jitter only: devices must not come back in step */
    prng_init(&prng, seed);
    for (;;) {
        uint64_t before = received;
        enum err err = run_session(run, &received, &failure);
        store_lease_release(run->job->lease);
        if (err == ERR_OK) {
            return ERR_OK;
        }
        if (!run->is_patient || !failure.may_retry) {
            return explain(run, &failure, ret_error);
        }
        attempt = received > before ? 1 : attempt + 1;
        err = wait_before_retry(run, syncer_backoff_ms(attempt, failure.retry_after_ms, &prng), received);
        if (err == ERR_TIMED_OUT) {
            return error_set(ret_error, failure.code, "%s",
                             failure.text[0] != '\0' ? failure.text
                                                     : text_get(TEXT_SYNC_DEADLINE, run->job->language));
        }
        if (err != ERR_OK) {
            return error_set(ret_error, err, "%s", err_text(err, run->job->language));
        }
    }
}

int64_t syncer_backoff_ms(unsigned attempt, uint32_t retry_after_ms, struct prng *prng)
{
    int64_t wait_ms = SYNCER_BACKOFF_MS_MIN;
    for (unsigned i = 1; i < attempt && wait_ms < SYNCER_BACKOFF_MS_MAX; i++) {
        wait_ms *= 2;
    }
    if (wait_ms > SYNCER_BACKOFF_MS_MAX) {
        wait_ms = SYNCER_BACKOFF_MS_MAX;
    }
    wait_ms = wait_ms / 2 + (int64_t)prng_below(prng, (uint64_t)(wait_ms / 2) + 1);
    int64_t wished_ms =
        retry_after_ms < SYNCER_BACKOFF_MS_MAX ? (int64_t)retry_after_ms : SYNCER_BACKOFF_MS_MAX;
    return wait_ms > wished_ms ? wait_ms : wished_ms;
}

/* ---- one session ---- */

/* received: raised by every receipt. ret_failure is written unless ERR_OK is returned. */
static enum err run_session(const struct syncer_run *run, uint64_t *received,
                            struct syncer_failure *ret_failure)
{
    struct session session = {.run = run};
    struct error error = {0};
    struct platform_lock *lock = NULL;
    char path[PLATFORM_PATH_BYTES_MAX];
    syncer_init(&session.syncer, run->job);
    buf_init(&session.out, SYNCER_OUT_BYTES_MAX);
    /* One live session per device: without the lock two programs of this home would end each other's for
     * ever. */
    enum err err = platform_path_join(run->job->lease->folder, SYNCER_LOCK_FILE, path, sizeof path);
    if (err == ERR_OK) {
        err = platform_lock_take(path, SYNCER_LOCK_WAIT_MS, &lock);
    }
    if (err == ERR_OK) {
        err = connect(&session, &error);
    } else if (err == ERR_LOCKED) {
        err = error_set(&error, err, "%s", text_get(TEXT_SYNC_BUSY, run->job->language));
    }
    if (err == ERR_OK) {
        err = pump(&session);
    }
    *received += session.syncer.received;
    if (err == ERR_OK && syncer_state(&session.syncer) == SYNCER_FAILED) {
        *ret_failure = session.syncer.failure;
        err = ret_failure->code;
    } else if (err != ERR_OK) {
        *ret_failure = (struct syncer_failure){.code = err, .may_retry = is_worth_retrying(err)};
        memcpy(ret_failure->text, error.text, sizeof ret_failure->text);
    }
    connection_close(session.connection);
    platform_lock_release(lock);
    buf_release(&session.out);
    syncer_release(&session.syncer);
    return err;
}

static enum err connect(struct session *session, struct error *ret_error)
{
    const struct syncer_run *run = session->run;
    struct error reason = {0};
    enum err err = connection_open(run->server, run->keys, &session->connection, &reason);
    if (err == ERR_OK) {
        session->heard_ms = clock_monotonic_ms();
        return ERR_OK;
    }
    bool is_tls = err == ERR_TLS || err == ERR_CONFIG;
    const char *format = text_get(is_tls ? TEXT_SYNC_TLS : TEXT_SYNC_UNREACHABLE, run->job->language);
    const char *why = reason.text[0] != '\0' ? reason.text : err_text(err, run->job->language);
    ret_error->code = err;
    /* a long sentence is cut */
    (void)snprintf(ret_error->text, sizeof ret_error->text, format, run->server, why);
    return err;
}

/* Until the session is over. */
static enum err pump(struct session *session)
{
    enum err err = syncer_start(&session->syncer, &session->out);
    while (err == ERR_OK) {
        struct frame frame = {0};
        err = send_out(session);
        if (err != ERR_OK || syncer_is_over(&session->syncer)) {
            break;
        }
        err = wait_for_frame(session, &frame);
        if (err == ERR_TIMED_OUT) {
            err = watch_silence(session);
            continue;
        }
        if (err != ERR_OK) {
            break;
        }
        session->heard_ms = clock_monotonic_ms();
        session->is_ping_out = false;
        err = syncer_on_frame(&session->syncer, &frame, &session->out);
        if (syncer_is_greeted(&session->syncer)) {
            connection_set_greeted(session->connection);
        }
        if (err == ERR_OK && !syncer_is_over(&session->syncer)) {
            err = is_past(session->run->deadline_ms) ? ERR_TIMED_OUT
                  : reports(session)                 ? ERR_OK
                                                     : ERR_CANCELLED;
        }
    }
    return err;
}

/* ERR_TIMED_OUT: nothing for a while. */
static enum err wait_for_frame(struct session *session, struct frame *ret_frame)
{
    int64_t wait_ms = session->run->job->lease->store != NULL ? SYNCER_LINGER_MS : SYNCER_PROGRESS_MS;
    enum err err = connection_receive(session->connection, wait_ms, ret_frame);
    if (err == ERR_TIMED_OUT) {
        store_lease_release(session->run->job->lease);
    }
    return err;
}

static enum err watch_silence(struct session *session)
{
    int64_t silence_ms = clock_monotonic_ms() - session->heard_ms;
    if (is_past(session->run->deadline_ms)) {
        return ERR_TIMED_OUT;
    }
    if (!reports(session)) {
        return ERR_CANCELLED;
    }
    if (silence_ms >= SYNCER_SILENCE_MS_MAX) {
        return ERR_TIMED_OUT;
    }
    if (silence_ms >= SYNCER_PING_MS && !session->is_ping_out) {
        session->is_ping_out = true;
        return syncer_ping(&session->syncer, &session->out);
    }
    return ERR_OK;
}

static enum err send_out(struct session *session)
{
    enum err err = connection_send(session->connection, buf_content(&session->out));
    buf_clear(&session->out);
    return err;
}

static bool reports(const struct session *session)
{
    const struct syncer_job *job = session->run->job;
    return job->on_progress == NULL ||
           job->on_progress(job->context, session->syncer.received, session->syncer.total);
}

/* ---- between sessions ---- */

/* ERR_TIMED_OUT: the deadline comes first. ERR_CANCELLED. */
static enum err wait_before_retry(const struct syncer_run *run, int64_t wait_ms, uint64_t received)
{
    int64_t until_ms = clock_monotonic_ms() + wait_ms;
    if (run->deadline_ms != 0 && until_ms >= run->deadline_ms) {
        return ERR_TIMED_OUT;
    }
    int64_t left_ms = wait_ms;
    while (left_ms > 0) {
        if (run->job->on_progress != NULL && !run->job->on_progress(run->job->context, received, 0)) {
            return ERR_CANCELLED;
        }
        platform_wait(left_ms < SYNCER_PROGRESS_MS ? left_ms : SYNCER_PROGRESS_MS);
        left_ms = until_ms - clock_monotonic_ms();
    }
    return ERR_OK;
}

static bool is_past(int64_t deadline_ms)
{
    return deadline_ms != 0 && clock_monotonic_ms() >= deadline_ms;
}

/* Failures of the line pass by themselves; those of certificates, of our own store and of the protocol do
 * not. */
static bool is_worth_retrying(enum err err)
{
    switch (err) {
    case ERR_UNREACHABLE:
    case ERR_TIMED_OUT:
    case ERR_CLOSED:
    case ERR_LOCKED:
    case ERR_AGAIN:
        return true;
    default:
        return false;
    }
}

static enum err explain(const struct syncer_run *run, const struct syncer_failure *failure,
                        struct error *ret_error)
{
    const char *text = failure->text[0] != '\0' ? failure->text : err_text(failure->code, run->job->language);
    return error_set(ret_error, failure->code, "%s", text);
}
