/* The public interface: sealing, submitting, receipts. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/dantin_session.h"
#include "common/base/clock.h"

struct submit_context {
    const struct dantin *dantin;
    struct dantin_submit_result result;
};

static bool on_sealing(void *context, uint64_t done, uint64_t total);
static void on_submitted(void *context, const struct outbox_outcome *outcome);
static void on_new_epoch(void *context, uint64_t left_behind);
static bool on_submitting(void *context, uint64_t done, uint64_t total);

int dantin_seal(struct dantin *dantin, uint64_t *ret_submissions, uint64_t *ret_changes)
{
    struct store *store = NULL;
    struct outbox_signer signer = {.key = dantin->keys.key, .device = dantin->keys.device};
    struct outbox_sealed sealed = {0};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = outbox_seal(store, &signer, on_sealing, dantin, &sealed);
    if (err != ERR_OK) {
        (void)handle_fail_seal(dantin, err);
        goto done;
    }
    *ret_submissions = sealed.submissions;
    *ret_changes = sealed.changes;
done:
    store_close(store);
    return (int)err;
}

int dantin_submit(struct dantin *dantin, uint64_t deadline_ms, struct dantin_submit_result *ret_result)
{
    struct submit_context submit = {.dantin = dantin};
    struct syncer_job job = {
        .purpose = SYNCER_SUBMIT,
        .on_new_epoch = on_new_epoch,
        .on_receipt = on_submitted,
        .on_progress = on_submitting,
        .context = &submit,
    };
    int64_t until_ms = deadline_ms > 0 ? clock_monotonic_ms() + (int64_t)deadline_ms : 0;
    enum err err = dantin_session_run(dantin, &job, true, until_ms);
    *ret_result = submit.result; /* also on failure: what was received stays received */
    return (int)err;
}

/* ---- helpers ---- */

static bool on_sealing(void *context, uint64_t done, uint64_t total)
{
    const struct dantin *dantin = context;
    return handle_progress(dantin, handle_text(dantin, TEXT_PROGRESS_SEALING), done, total);
}

static void on_submitted(void *context, const struct outbox_outcome *outcome)
{
    struct submit_context *submit = context;
    submit->result.submissions++;
    submit->result.applied += outcome->applied;
    submit->result.warned += outcome->warned;
    submit->result.waiting += outcome->waiting;
    submit->result.conflicts += outcome->conflicts;
    submit->result.refused += outcome->refused;
}

static void on_new_epoch(void *context, uint64_t left_behind)
{
    struct submit_context *submit = context;
    submit->result.is_new_epoch = true;
    submit->result.left_behind = left_behind;
}

static bool on_submitting(void *context, uint64_t done, uint64_t total)
{
    const struct submit_context *submit = context;
    enum text_id what = total == 0 ? TEXT_PROGRESS_WAITING : TEXT_PROGRESS_SUBMITTING;
    return handle_progress(submit->dantin, handle_text(submit->dantin, what), done, total);
}
