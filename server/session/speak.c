/* What a session says: messages into its output, and one line of log about a peer's fault. */
#include <inttypes.h>

#include "common/base/bytes.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "proto/session.pb-c.h"
#include "server/session/session_private.h"

enum { INCIDENT_BYTES = 17 /* in hex, with the NUL */ };

static bool note_incident(struct session *session, uint64_t request_id, char ret_incident[INCIDENT_BYTES]);
static bool may_log(struct session *session);
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
    char incident[INCIDENT_BYTES];

    if (err == ERR_INTERNAL && note_incident(session, request_id, incident)) {
        message.incident = incident;
    }
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
    if (err == ERR_PROTOCOL || err == ERR_MALFORMED || err == ERR_TOO_BIG) {
        metric_add(METRIC_SESSIONS_FAULTY, 1);
    }
    if (may_log(session)) {
        log_write(err == ERR_DEADLINE ? LOG_INFO : LOG_WARN, "session_failed",
                  "session=%" PRIu64 " state=%s err=%s", session->number, sm_state_name(&session->sm),
                  err_name(err));
    }
}

/* What nobody expected is answered under a number that stands in the log too, so that the operator finds what
 * the peer tells of. False: the log has enough lines of this minute, and a number in no line helps nobody. */
static bool note_incident(struct session *session, uint64_t request_id, char ret_incident[INCIDENT_BYTES])
{
    uint8_t number[(INCIDENT_BYTES - 1) / 2];

    metric_add(METRIC_REQUESTS_INCIDENTS, 1);
    if (!may_log(session)) {
        return false;
    }
    random_bytes(number, sizeof number);
    hex_encode(bytes_of(number, sizeof number), ret_incident);
    log_write(LOG_ERROR, "incident", "incident=%s session=%" PRIu64 " request=%" PRIu64, ret_incident,
              session->number, request_id);
    return true;
}

/* One of the lines that all sessions together may log in this minute? */
static bool may_log(struct session *session)
{
    struct session_hub *hub = session->hub;
    int64_t minute = session_now_ms(session) / 60000;

    if (minute != hub->fault_minute) {
        hub->fault_minute = minute;
        hub->fault_log_count = 0;
    }
    hub->fault_log_count++;
    if (hub->fault_log_count == SESSION_FAULTS_LOGGED_PER_MINUTE + 1) {
        log_write(LOG_WARN, "session_faults_many", "per_minute=%u",
                  (unsigned)SESSION_FAULTS_LOGGED_PER_MINUTE);
    }
    return hub->fault_log_count <= SESSION_FAULTS_LOGGED_PER_MINUTE;
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
