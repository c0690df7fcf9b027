/* What a session says: messages into its output, and one line of log about a peer's fault. */
#include <inttypes.h>

#include "common/base/log.h"
#include "proto/session.pb-c.h"
#include "server/session/session_private.h"

static uint32_t usual_retry_after_ms(enum err err);

enum err session_send(struct session *session, enum message_type type, uint64_t request_id,
                      const void *message)
{
    struct buf *scratch = &session->hub->scratch;
    enum err err = ERR_OK;

    if (session->sm.state == SESSION_CLOSED) {
        return ERR_CLOSED;
    }
    buf_clear(scratch);
    err = message_pack(message, scratch);
    if (err == ERR_OK && scratch->len > message_info_of((uint16_t)type)->bytes_max) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        err = frame_append(&session->output, (uint16_t)type, request_id, buf_content(scratch), true);
    }
    return err;
}

void session_send_error(struct session *session, uint64_t request_id, enum err err, const char *sentence,
                        uint32_t retry_after_ms)
{
    Dantin__Error message = DANTIN__ERROR__INIT;

    message.has_code = true;
    message.code = (uint32_t)err;
    message.text = (char *)(uintptr_t)(sentence != NULL ? sentence : err_text(err, session->language));
    message.has_may_retry = true;
    message.may_retry = err_may_retry(err);
    message.has_is_data_safe = true;
    message.is_data_safe = err_is_data_safe(err);
    message.retry_after_ms = retry_after_ms > 0 ? retry_after_ms : usual_retry_after_ms(err);
    message.has_retry_after_ms = message.retry_after_ms > 0;
    if (session->sm.state != SESSION_CLOSED &&
        session_send(session, MESSAGE_ERROR, request_id, &message) != ERR_OK) {
        session_close(session);
    }
}

/* A fault of the peer is logged once per session, and all of them together only so often. */
void session_log_fault(struct session *session, enum err err)
{
    struct session_hub *hub = session->hub;
    int64_t minute = session_now_ms(session) / 60000;

    if (err == ERR_PROTOCOL || err == ERR_MALFORMED || err == ERR_TOO_BIG) {
        metric_add(METRIC_SESSIONS_FAULTY, 1);
    }
    if (minute != hub->fault_minute) {
        hub->fault_minute = minute;
        hub->fault_log_count = 0;
    }
    hub->fault_log_count++;
    if (hub->fault_log_count <= SESSION_FAULTS_LOGGED_PER_MINUTE) {
        log_write(err == ERR_DEADLINE ? LOG_INFO : LOG_WARN, "session_failed",
                  "session=%" PRIu64 " state=%s err=%s", session->number, sm_state_name(&session->sm),
                  err_name(err));
    } else if (hub->fault_log_count == SESSION_FAULTS_LOGGED_PER_MINUTE + 1) {
        log_write(LOG_WARN, "session_faults_many", "per_minute=%u",
                  (unsigned)SESSION_FAULTS_LOGGED_PER_MINUTE);
    }
}

/* What to tell a client that may try again, in ms; 0: nothing. */
static uint32_t usual_retry_after_ms(enum err err)
{
    switch (err) {
    case ERR_BUSY:
    case ERR_DATABASE:
        return 1000;
    case ERR_SHUTTING_DOWN:
        return 5000;
    case ERR_ROLLED_BACK:
        return 60000;
    default:
        return 0;
    }
}
