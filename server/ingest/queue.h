/* Submissions that wait for a group, and their askers. Rank 5. A limit on both number and memory; each asker
 * is answered at most once, through queue_answer. */
#ifndef SERVER_INGEST_QUEUE_H
#define SERVER_INGEST_QUEUE_H

#include "common/base/list.h"
#include "server/ingest/ingest.h"

struct queue_member {
    struct list node; /* on the queue while it waits */
    struct submission *submission;
    ingest_on_answered *on_answered; /* NULL: detached */
    void *context;
    int64_t queued_at_ms;
    size_t bytes;
    bool is_alone;   /* the group it was in held data that the database refuses */
    bool is_unknown; /* a commit it was in has no known result yet */
    unsigned alone_failures;
};

struct queue {
    struct list waiting;
    size_t count; /* members not yet answered, those of the group under way included */
    size_t bytes; /* memory of their submissions */
};

void queue_init(struct queue *queue);
/* Takes `submission` when it succeeds. ERR_BUSY: a limit of ingest.h. ERR_NO_MEMORY. */
MUST_CHECK enum err queue_add(struct queue *queue, struct submission *submission,
                              ingest_on_answered *on_answered, void *context, int64_t now_ms);
/* Take a group off the front: up to STORE_GROUP_SUBMISSIONS_MAX members and STORE_GROUP_CHANGES_MAX changes;
 * a member to be tried alone makes a group of its own. Returns how many. */
size_t queue_take_group(struct queue *queue, struct queue_member *ret_members[STORE_GROUP_SUBMISSIONS_MAX]);
/* Back to the front. */
void queue_put_back(struct queue *queue, struct queue_member *member);
/* Answer and free a member that is off the queue. The callback may add members. */
void queue_answer(struct queue *queue, struct queue_member *member, const struct ingest_answer *answer);
/* Take the first member off; NULL: none waits. */
struct queue_member *queue_pop(struct queue *queue);
void queue_detach(struct queue *queue, const void *context);

#endif
