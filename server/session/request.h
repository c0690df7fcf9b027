/* One request from frame to answer. Rank 6.
 *
 * A handler returns `struct outcome`, which only request_reply, request_reject and request_wait make: a path
 * without an answer does not compile, and a second answer aborts. Memory of a request is its arena, capped,
 * freed with it; handlers never free it.
 *
 *   RUNNING ──reply/reject──► answered, freed
 *      ├──wait──► WAITING_EVENT ──request_resume──► RUNNING
 *      └──wait──► WAITING_OUTPUT ──output is short──► RUNNING
 *
 * Suspended in: WAITING_EVENT (store or ingest reports), WAITING_OUTPUT (the peer reads).
 *
 * A deadline or a lost line while WAITING_EVENT answers (or drops) the request early; it is freed when its
 * event comes. */
#ifndef SERVER_SESSION_REQUEST_H
#define SERVER_SESSION_REQUEST_H

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/wire/message.h"

struct request;
struct session;
struct store_device;

enum { REQUEST_ARENA_BYTES_MAX = 4 * 1024 * 1024 };

enum outcome_kind { OUTCOME_ANSWERED = 1, OUTCOME_WAITS_EVENT, OUTCOME_WAITS_OUTPUT };
struct outcome {
    enum outcome_kind kind; /* read by request.c alone */
};

/* The answer, or the last part of one. message: protobuf message of the type, borrowed. */
struct outcome request_reply(struct request *request, enum message_type type, const void *message);
/* ERROR. sentence: in the client's language; NULL: the error's own text. Before WELCOME the session ends with
 * it. */
struct outcome request_reject(struct request *request, enum err err, const char *sentence);
/* As request_reject, and when to try again. 0: what is usual for the error. */
struct outcome request_reject_for(struct request *request, enum err err, const char *sentence,
                                  uint32_t retry_after_ms);

enum request_wait_for {
    REQUEST_WAIT_EVENT = OUTCOME_WAITS_EVENT,
    REQUEST_WAIT_OUTPUT = OUTCOME_WAITS_OUTPUT
};
/* Not yet: an event will call request_resume, or the output must get shorter first. */
struct outcome request_wait(struct request *request, enum request_wait_for what);

/* One part of a longer answer, not the last. ERR_TOO_BIG: longer than the type may be. ERR_NO_MEMORY. */
MUST_CHECK enum err request_part(struct request *request, enum message_type type, const void *message);
/* May another part be made, or is it time to wait for the output? */
bool request_has_room(const struct request *request);

/* The event came: go on with route->step, or clean up when nobody waits any more. `request` may be gone
 * afterwards. */
void request_resume(struct request *request);

/* Does anybody still wait for the answer? */
bool request_is_wanted(const struct request *request);
struct arena *request_arena(struct request *request);
/* The handler's own state, in the arena; NULL before request_set_state. */
void *request_state(struct request *request);
void request_set_state(struct request *request, void *state);
void *request_context(struct request *request);
/* Valid while the handler runs. */
struct session *request_session(struct request *request);
/* Valid while the handler runs, on a greeted session. */
const struct store_device *request_device(struct request *request);
enum language request_language(const struct request *request);
int64_t request_wall_ms(const struct request *request);

#endif
