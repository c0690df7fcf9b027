/* First come, first judged. */
#include "server/ingest/queue.h"

#include <stdlib.h>

#include "server/ingest/approval.h"
#include "server/ops/metrics.h"

static size_t weight_of(const struct submission *submission);

void queue_init(struct queue *queue)
{
    *queue = (struct queue){0};
    list_init(&queue->waiting);
}

enum err queue_add(struct queue *queue, struct submission *submission, ingest_on_answered *on_answered,
                   void *context, int64_t now_ms)
{
    size_t bytes = submission_memory_bytes(submission);
    if (queue->count >= INGEST_QUEUE_SUBMISSIONS_MAX || bytes > INGEST_QUEUE_BYTES_MAX - queue->bytes) {
        return ERR_BUSY;
    }
    struct queue_member *member = calloc(1, sizeof *member);
    if (member == NULL) {
        return ERR_NO_MEMORY;
    }
    member->submission = submission;
    member->on_answered = on_answered;
    member->context = context;
    member->queued_at_ms = now_ms;
    member->bytes = bytes;
    list_push_back(&queue->waiting, &member->node);
    queue->count++;
    queue->bytes += bytes;
    metric_move(METRIC_INGEST_QUEUE_SUBMISSIONS, 1);
    metric_move(METRIC_INGEST_QUEUE_BYTES, (int64_t)bytes);
    return ERR_OK;
}

size_t queue_take_group(struct queue *queue, struct queue_member *ret_members[STORE_GROUP_SUBMISSIONS_MAX])
{
    size_t count = 0;
    size_t changes = 0;
    struct list *node = list_first(&queue->waiting);
    while (node != NULL && count < STORE_GROUP_SUBMISSIONS_MAX) {
        struct queue_member *member = LIST_ENTRY(node, struct queue_member, node);
        size_t more = weight_of(member->submission);
        if (count > 0 && (member->is_alone || more > STORE_GROUP_CHANGES_MAX - changes)) {
            break;
        }
        list_remove(node);
        ret_members[count++] = member;
        changes += more;
        if (member->is_alone) {
            break;
        }
        node = list_first(&queue->waiting);
    }
    return count;
}

static size_t weight_of(const struct submission *submission)
{
    return submission->change_count * (size_t)(submission->approvals == NULL ? 1 : APPROVAL_WEIGHT);
}

void queue_put_back(struct queue *queue, struct queue_member *member)
{
    list_push_back(queue->waiting.next, &member->node); /* before the first */
}

void queue_answer(struct queue *queue, struct queue_member *member, const struct ingest_answer *answer)
{
    queue->count--;
    queue->bytes -= member->bytes;
    metric_move(METRIC_INGEST_QUEUE_SUBMISSIONS, -1);
    metric_move(METRIC_INGEST_QUEUE_BYTES, -(int64_t)member->bytes);
    metric_add(METRIC_INGEST_ERRORS, answer->err != ERR_OK);
    if (member->on_answered != NULL) {
        member->on_answered(member->context, answer);
    }
    submission_free(member->submission);
    free(member);
}

struct queue_member *queue_pop(struct queue *queue)
{
    struct list *node = list_first(&queue->waiting);
    if (node == NULL) {
        return NULL;
    }
    list_remove(node);
    return LIST_ENTRY(node, struct queue_member, node);
}

void queue_detach(struct queue *queue, const void *context)
{
    for (struct list *node = queue->waiting.next; node != &queue->waiting; node = node->next) {
        struct queue_member *member = LIST_ENTRY(node, struct queue_member, node);
        if (member->context == context) {
            member->on_answered = NULL;
        }
    }
}
