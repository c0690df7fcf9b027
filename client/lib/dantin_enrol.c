/* The public interface: enrolling with a ticket. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/dantin_session.h"
#include "client/lib/enrol.h"
#include "common/base/clock.h"
#include "common/crypto/words.h"

_Static_assert((int)DANTIN_WORDS_BYTES >= (int)WORDS_TEXT_BYTES_MAX, "the words fit");
_Static_assert((int)DANTIN_TICKET_SERVER_BYTES == (int)TICKET_SERVER_BYTES_MAX + 1, "the server fits");

static enum err read_ticket(struct dantin *dantin, const char *text, struct ticket *ret_ticket);
static enum err wait_again(const struct dantin *dantin, const struct enrol_answer *answer, int64_t until_ms);
static enum err install(struct dantin *dantin, const struct enrol_answer *answer);
static bool may_pass(enum err err);

int dantin_read_ticket(const char *ticket, struct dantin_ticket *ret_ticket)
{
    struct ticket read;
    enum err err = ticket_parse(bytes_of_text(ticket), &read);
    if (err == ERR_OK) {
        memcpy(ret_ticket->server, read.server, sizeof read.server);
        ret_ticket->expires_ms = (int64_t)read.expires_s * 1000;
    }
    return (int)err;
}

int dantin_enrol(struct dantin *dantin, const char *ticket_text, uint64_t wait_ms,
                 void (*on_words)(void *context, const char *words), void *context, bool *ret_is_approved)
{
    struct ticket ticket;
    struct enrol_answer answer = {0};
    struct arena arena;
    struct error error = {0};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    char words[WORDS_TEXT_BYTES_MAX];
    int64_t until_ms = clock_monotonic_ms() + (int64_t)wait_ms;
    enum err err = read_ticket(dantin, ticket_text, &ticket);
    if (err != ERR_OK) {
        return (int)err;
    }
    signing_key_public(dantin->keys.key, public_key);
    words_of_key(public_key, words);
    arena_init(&arena, ENROL_ARENA_BYTES_MAX);
    for (bool is_first = true;; is_first = false) {
        arena_clear(&arena);
        answer = (struct enrol_answer){0};
        err = enrol_ask(&ticket, &dantin->keys, dantin->language, &arena, &answer, &error);
        if (err == ERR_OK && is_first && on_words != NULL) {
            on_words(context, words);
        }
        bool is_worth_waiting = (err == ERR_OK && !answer.is_approved) || (!is_first && may_pass(err));
        if (!is_worth_waiting) {
            break;
        }
        enum err waited = wait_again(dantin, &answer, until_ms);
        if (waited != ERR_OK) {
            err = waited == ERR_TIMED_OUT ? err : waited;
            break;
        }
    }
    if (err != ERR_OK) {
        (void)handle_fail_error(dantin, err, &error);
    } else if (answer.is_approved) {
        err = install(dantin, &answer);
    }
    arena_release(&arena);
    if (err == ERR_OK) {
        *ret_is_approved = answer.is_approved;
    }
    return (int)err;
}

enum err dantin_session_renew(struct dantin *dantin)
{
    struct platform_lock *lock = NULL;
    struct enrol_answer answer = {0};
    struct error error = {0};
    struct arena arena;
    char path[PLATFORM_PATH_BYTES_MAX];
    int64_t days = 0;
    enum err err = keys_days_left(dantin->keys.certificate_pem, clock_now_ms(), &days);
    if (err != ERR_OK || days >= KEYS_RENEW_DAYS) {
        return ERR_OK; /* what is no certificate is the session's to tell */
    }
    arena_init(&arena, ENROL_ARENA_BYTES_MAX);
    err = platform_path_join(dantin->home, SYNCER_LOCK_FILE, path, sizeof path);
    if (err == ERR_OK) {
        err = platform_lock_take(path, SYNCER_LOCK_WAIT_MS, &lock);
    }
    if (err == ERR_OK) {
        err = enrol_renew(dantin->server, &dantin->keys, &dantin->keys, dantin->language, &arena, &answer,
                          &error);
    }
    platform_lock_release(lock);
    if (err == ERR_OK) {
        err = install(dantin, &answer);
    } else if (days < 0) {
        (void)handle_fail_error(dantin, err, &error);
    }
    arena_release(&arena);
    return days < 0 ? err : ERR_OK;
}

/* The ticket's own end is the server's to judge by its clock; here it only spares a connection. */
static enum err read_ticket(struct dantin *dantin, const char *text, struct ticket *ret_ticket)
{
    enum err err = ticket_parse(bytes_of_text(text), ret_ticket);
    return err == ERR_OK
               ? ERR_OK
               : (enum err)handle_fail(dantin, err, "%s", handle_text(dantin, TEXT_ENROL_NO_TICKET));
}

/* ERR_TIMED_OUT: the caller's time comes first. ERR_CANCELLED. */
static enum err wait_again(const struct dantin *dantin, const struct enrol_answer *answer, int64_t until_ms)
{
    int64_t wait_ms = answer->retry_after_ms;
    wait_ms = wait_ms < ENROL_RETRY_MS_MIN ? ENROL_RETRY_MS_MIN : wait_ms;
    wait_ms = wait_ms > ENROL_RETRY_MS_MAX ? ENROL_RETRY_MS_MAX : wait_ms;
    int64_t again_ms = clock_monotonic_ms() + wait_ms;
    if (again_ms > until_ms) {
        return ERR_TIMED_OUT;
    }
    for (int64_t left_ms = wait_ms; left_ms > 0; left_ms = again_ms - clock_monotonic_ms()) {
        if (!handle_progress(dantin, handle_text(dantin, TEXT_ENROL_WAITING), 0, 0)) {
            return ERR_CANCELLED;
        }
        platform_wait(left_ms < ENROL_RETRY_MS_MIN ? left_ms : ENROL_RETRY_MS_MIN);
    }
    return ERR_OK;
}

static enum err install(struct dantin *dantin, const struct enrol_answer *answer)
{
    enum keys_fault fault = KEYS_FINE;
    enum err err = keys_install_texts(dantin->folder, &dantin->keys, answer->certificate, answer->authority,
                                      clock_now_ms(), &fault);
    return err == ERR_OK ? ERR_OK
                         : (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_ENROL_BAD_CERTIFICATE),
                                                 err_text(err, dantin->language));
}

/* Does trouble of this kind pass while an operator makes up their mind? */
static bool may_pass(enum err err)
{
    switch (err) {
    case ERR_UNREACHABLE:
    case ERR_TIMED_OUT:
    case ERR_CLOSED:
    case ERR_BUSY:
    case ERR_DATABASE:
    case ERR_SHUTTING_DOWN:
        return true;
    default:
        return false;
    }
}
