/* Sessions of a handle: what submit, report and doctor share. Rank of dantin.h; private to client/lib. */
#ifndef CLIENT_LIB_DANTIN_SESSION_H
#define CLIENT_LIB_DANTIN_SESSION_H

#include "client/lib/handle.h"
#include "client/lib/syncer.h"

/* Run a job (its lease, device and language are filled in here) against the server of dantin.ini. is_patient:
 * wait failures of the line out until until_ms of the monotonic clock (0: for ever). The failure is recorded
 * in the handle. */
MUST_CHECK enum err dantin_session_run(struct dantin *dantin, const struct syncer_job *job, bool is_patient,
                                       int64_t until_ms);

/* Is there a certificate, and a server? The failure is recorded. */
MUST_CHECK enum err dantin_session_check(struct dantin *dantin);

/* Renew the certificate when its last KEYS_RENEW_DAYS have begun. Failing while it is still valid is passed over; the failure is
 * recorded when it is not. The keys of the handle hold the new one. */
MUST_CHECK enum err dantin_session_renew(struct dantin *dantin);

#endif
