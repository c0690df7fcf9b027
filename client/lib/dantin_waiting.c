/* The public interface: what waits for a second person, deciding about it, and what became of it. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/dantin_session.h"
#include "client/lib/values.h"
#include "client/lib/waiting.h"
#include "common/base/check.h"
#include "common/wire/message.h"
#include "proto/waiting.pb-c.h"

enum {
    VERSIONS_MAX = 2048, /* asked for at once */
    QUESTION_BYTES_MAX = 65536,
    ID_PREFIX_DIGITS_MIN = 8,
    TELL_ARENA_BYTES_MAX = 4 << 20,
};

/* One session that asks. */
struct asking {
    struct dantin *dantin;
    struct waiting_list list;
    struct id versions[VERSIONS_MAX]; /* sealed here and waiting, as far as known */
    size_t version_count;
    struct buf outcomes; /* struct told */
    enum err err;
};

struct told {
    struct id version;
    struct verdict verdict;
};

/* What is told of a change that waits. */
struct telling {
    struct dantin *dantin;
    struct store *store;
    struct csv_references *references;
    struct arena arena;
    bool (*on_waiting)(void *context, const struct dantin_waiting *waiting);
    void *context;
};

static enum err ask(struct asking *asking, struct dantin *dantin, bool is_listing);
static void asking_release(struct asking *asking);
static bool on_local(void *context, const struct store_waiting *waiting);
static enum err pack_question(const struct asking *asking, bool is_listing, struct buf *out);
static bool on_waits(void *context, const struct Dantin__Waits *waits);
static enum err note_outcome(struct asking *asking, const Dantin__Outcome *outcome);
static enum err store_outcomes(struct asking *asking, unsigned long *approved, unsigned long *lost);
static enum err telling_open(struct telling *telling, struct dantin *dantin);
static void telling_close(struct telling *telling);
static enum err tell(struct telling *telling, const struct waiting_item *item, bool *ret_goes_on);
static enum err choose(struct asking *asking, const struct dantin_decision *decision, bool *chosen);
static enum err choose_one(struct asking *asking, const char *id, bool *chosen);
static enum err seal_rounds(struct asking *asking, struct store *store, bool *chosen, const char *reason,
                            unsigned long *ret_count);
static bool is_own(const struct dantin *dantin, const struct waiting_item *item);

int dantin_waiting(struct dantin *dantin,
                   bool (*on_waiting)(void *context, const struct dantin_waiting *waiting), void *context)
{
    struct asking asking;
    struct telling telling = {.on_waiting = on_waiting, .context = context};
    enum err err = ask(&asking, dantin, true);
    if (err == ERR_OK) {
        err = telling_open(&telling, dantin);
        bool goes_on = true;
        for (size_t i = 0; err == ERR_OK && goes_on && i < waiting_list_count(&asking.list); i++) {
            err = tell(&telling, waiting_list_at(&asking.list, i), &goes_on);
        }
        telling_close(&telling);
        err = err == ERR_OK ? err : (enum err)handle_fail_seal(dantin, err);
    }
    asking_release(&asking);
    return (int)err;
}

int dantin_decide(struct dantin *dantin, const struct dantin_decision *decision,
                  bool (*on_waiting)(void *context, const struct dantin_waiting *waiting),
                  bool (*on_value)(void *context, const struct dantin_record_value *value), void *context,
                  unsigned long *ret_count)
{
    struct asking asking;
    struct telling telling = {.on_waiting = on_waiting, .context = context};
    enum err err = ask(&asking, dantin, true);
    if (err != ERR_OK) {
        asking_release(&asking);
        return (int)err;
    }
    size_t count = waiting_list_count(&asking.list);
    bool *chosen = arena_zalloc(&asking.list.arena, count + 1, sizeof *chosen);
    err = chosen == NULL ? ERR_NO_MEMORY : choose(&asking, decision, chosen);
    if (err == ERR_OK) {
        err = telling_open(&telling, dantin);
        for (size_t i = 0; err == ERR_OK && i < count; i++) {
            const struct waiting_item *item = waiting_list_at(&asking.list, i);
            if (!chosen[i]) {
                continue;
            }
            struct values values = {.schema = item->schema,
                                    .references = telling.references,
                                    .language = dantin->language,
                                    .arena = &telling.arena};
            err = tell(&telling, item, &chosen[i]);
            if (err == ERR_OK && chosen[i] && item->message != NULL) {
                err = values_tell(&values, item->message, on_value, context);
            }
        }
        if (err == ERR_OK) {
            err = seal_rounds(&asking, telling.store, chosen, decision->reason, ret_count);
        }
        telling_close(&telling);
        err = err == ERR_OK ? err : (enum err)handle_fail(dantin, err, NULL);
    }
    asking_release(&asking);
    return (int)err;
}

int dantin_outcomes(struct dantin *dantin, unsigned long *ret_approved, unsigned long *ret_lost,
                    unsigned long *ret_waiting)
{
    struct store *store = NULL;
    struct store_counts counts = {0};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_counts(store, &counts);
    store_close(store);
    if (err != ERR_OK) {
        return handle_fail(dantin, err, NULL);
    }
    *ret_approved = *ret_lost = 0;
    *ret_waiting = (unsigned long)counts.waiting;
    if (counts.waiting == 0) {
        return ERR_OK;
    }
    struct asking asking;
    err = ask(&asking, dantin, false);
    if (err == ERR_OK) {
        const struct told *told = (const struct told *)(const void *)buf_content(&asking.outcomes).at;
        for (size_t i = 0; i < asking.outcomes.len / sizeof *told; i++) {
            *ret_approved += told[i].verdict.code == VERDICT_APPLIED;
            *ret_lost += told[i].verdict.code != VERDICT_APPLIED;
        }
        *ret_waiting -= *ret_approved + *ret_lost;
    }
    asking_release(&asking);
    return (int)err;
}

/* ---- asking ---- */

/* asking_release is right whatever comes of it; a failure is recorded. */
static enum err ask(struct asking *asking, struct dantin *dantin, bool is_listing)
{
    struct store *store = NULL;
    struct buf question;
    unsigned long approved = 0;
    unsigned long lost = 0;
    memset(asking, 0, sizeof *asking);
    asking->dantin = dantin;
    waiting_list_init(&asking->list);
    buf_init(&asking->outcomes, VERSIONS_MAX * sizeof(struct told));
    buf_init(&question, QUESTION_BYTES_MAX);
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_waiting_each(store, on_local, asking);
    store_close(store);
    if (err == ERR_OK) {
        err = pack_question(asking, is_listing, &question);
    }
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
        goto done;
    }
    struct syncer_job job = {
        .purpose = SYNCER_WAITING, .query = buf_content(&question), .on_waits = on_waits, .context = asking};
    err = dantin_session_run(dantin, &job, false, 0);
    if (err == ERR_OK && asking->err != ERR_OK) {
        err = (enum err)handle_fail(dantin, asking->err, "%s", handle_text(dantin, TEXT_WAITING_FALSE));
    }
    if (err == ERR_OK) {
        err = store_outcomes(asking, &approved, &lost);
    }
done:
    buf_release(&question);
    return err;
}

static void asking_release(struct asking *asking)
{
    waiting_list_release(&asking->list);
    buf_release(&asking->outcomes);
}

static bool on_local(void *context, const struct store_waiting *waiting)
{
    struct asking *asking = context;
    asking->versions[asking->version_count++] = waiting->version;
    return asking->version_count < VERSIONS_MAX;
}

static enum err pack_question(const struct asking *asking, bool is_listing, struct buf *out)
{
    struct arena arena;
    Dantin__Waiting message = DANTIN__WAITING__INIT;
    arena_init(&arena, VERSIONS_MAX * sizeof(ProtobufCBinaryData) + 64);
    ProtobufCBinaryData *versions = arena_zalloc(&arena, asking->version_count, sizeof *versions);
    enum err err = versions == NULL ? ERR_NO_MEMORY : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < asking->version_count; i++) {
        /* protobuf-c takes no const bytes, though packing only reads them. */
        versions[i] = (ProtobufCBinaryData){ID_BYTES, (uint8_t *)(uintptr_t)asking->versions[i].at};
    }
    message.has_is_listing = message.is_listing = is_listing;
    message.version = versions;
    message.n_version = err == ERR_OK ? asking->version_count : 0;
    if (err == ERR_OK) {
        err = message_pack(&message, out);
    }
    arena_release(&arena);
    return err;
}

static bool on_waits(void *context, const struct Dantin__Waits *waits)
{
    struct asking *asking = context;
    asking->err = waiting_list_take(&asking->list, waits);
    for (size_t i = 0; asking->err == ERR_OK && i < waits->n_outcome; i++) {
        asking->err = note_outcome(asking, waits->outcome[i]);
    }
    return asking->err == ERR_OK;
}

static enum err note_outcome(struct asking *asking, const Dantin__Outcome *outcome)
{
    struct told told = {.verdict.code = (enum verdict_code)outcome->code};
    size_t rule_len = outcome->rule == NULL ? 0 : strlen(outcome->rule);
    if (outcome->code > VERDICT_REFUSED || outcome->code == VERDICT_WAITING ||
        rule_len >= RULE_ID_BYTES_MAX ||
        id_from_bytes(bytes_of(outcome->version.data, outcome->version.len), &told.version) != ERR_OK ||
        (outcome->has_current && id_from_bytes(bytes_of(outcome->current.data, outcome->current.len),
                                               &told.verdict.current) != ERR_OK)) {
        return ERR_PROTOCOL;
    }
    if (rule_len > 0) {
        memcpy(told.verdict.rule, outcome->rule, rule_len);
    }
    return buf_append(&asking->outcomes, bytes_of(&told, sizeof told));
}

/* In one transaction; one that is not known here any more, or was told before, is passed over. */
static enum err store_outcomes(struct asking *asking, unsigned long *approved, unsigned long *lost)
{
    const struct told *told = (const struct told *)(const void *)buf_content(&asking->outcomes).at;
    size_t count = asking->outcomes.len / sizeof *told;
    struct store *store = NULL;
    if (count == 0) {
        return ERR_OK;
    }
    enum err err = handle_store_open(asking->dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_begin(store);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = store_outcome_put(store, &told[i].version, &told[i].verdict);
        *approved += err == ERR_OK && told[i].verdict.code == VERDICT_APPLIED;
        *lost += err == ERR_OK && told[i].verdict.code != VERDICT_APPLIED;
        err = err == ERR_NOT_FOUND ? ERR_OK : err;
    }
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    store_close(store);
    return err == ERR_OK ? err : (enum err)handle_fail(asking->dantin, err, NULL);
}

/* ---- telling ---- */

static enum err telling_open(struct telling *telling, struct dantin *dantin)
{
    telling->dantin = dantin;
    arena_init(&telling->arena, TELL_ARENA_BYTES_MAX);
    enum err err = handle_store_open(dantin, &telling->store);
    return err == ERR_OK ? csv_references_new(telling->store, &telling->references) : err;
}

static void telling_close(struct telling *telling)
{
    csv_references_free(telling->references);
    store_close(telling->store);
    arena_release(&telling->arena);
}

static enum err tell(struct telling *telling, const struct waiting_item *item, bool *ret_goes_on)
{
    const struct dantin *dantin = telling->dantin;
    char id[ID_HEX_BYTES];
    char record[ID_HEX_BYTES];
    char device[HASH_HEX_BYTES];
    struct bytes label = {0};
    const char *key = "";
    arena_clear(&telling->arena);
    if (item->schema != NULL) {
        enum err err = csv_references_label(telling->references, item->schema->kind, &item->record,
                                            dantin->language, &telling->arena, &label);
        key = err == ERR_OK ? arena_text(&telling->arena, label) : NULL;
        if (key == NULL) {
            return err == ERR_OK ? ERR_TOO_BIG : err;
        }
    }
    hex_encode(bytes_of(item->version.at, ID_BYTES), id);
    hex_encode(bytes_of(item->record.at, ID_BYTES), record);
    hex_encode(bytes_of(item->device.at, HASH_BYTES), device);
    const struct dantin_waiting waiting = {
        .id = id,
        .kind = item->schema == NULL ? "" : item->schema->name,
        .kind_label = item->schema == NULL              ? ""
                      : dantin->language == LANGUAGE_VI ? item->schema->label_vi
                                                        : item->schema->label_en,
        .key = key,
        .record = record,
        .device = device,
        .is_own = is_own(dantin, item),
        .is_removal = item->is_removal,
        .position = item->position,
        .server_time_ms = item->server_time_ms,
    };
    *ret_goes_on = telling->on_waiting(telling->context, &waiting);
    return ERR_OK;
}

/* ---- deciding ---- */

/* What cannot be shown can only be turned down, and only by name. The failure is recorded by the caller. */
static enum err choose(struct asking *asking, const struct dantin_decision *decision, bool *chosen)
{
    size_t count = waiting_list_count(&asking->list);
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < decision->id_count; i++) {
        err = choose_one(asking, decision->ids[i], chosen);
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        const struct waiting_item *item = waiting_list_at(&asking->list, i);
        bool is_shown = item->schema != NULL;
        if (decision->id_count == 0) {
            chosen[i] = is_shown && !is_own(asking->dantin, item);
        } else if (chosen[i] && decision->reason == NULL && !is_shown) {
            err = (enum err)handle_fail(asking->dantin, ERR_NEWER_SCHEMA, NULL);
        }
    }
    return err;
}

static enum err choose_one(struct asking *asking, const char *id, bool *chosen)
{
    struct dantin *dantin = asking->dantin;
    size_t digits = strlen(id);
    size_t found = 0;
    size_t at = 0;
    for (size_t i = 0; digits >= ID_PREFIX_DIGITS_MIN && i < waiting_list_count(&asking->list); i++) {
        char hex[ID_HEX_BYTES];
        hex_encode(bytes_of(waiting_list_at(&asking->list, i)->version.at, ID_BYTES), hex);
        if (strncmp(hex, id, digits) == 0) {
            found++;
            at = i;
        }
    }
    if (found != 1) {
        return (enum err)handle_fail(dantin, found == 0 ? ERR_NOT_FOUND : ERR_AMBIGUOUS,
                                     handle_text(dantin, TEXT_WAITING_UNKNOWN), id);
    }
    if (is_own(dantin, waiting_list_at(&asking->list, at))) {
        return (enum err)handle_fail(dantin, ERR_FORBIDDEN, handle_text(dantin, TEXT_WAITING_OWN), id);
    }
    chosen[at] = true;
    return ERR_OK;
}

/* Of one record one decision per submission, oldest first. */
static enum err seal_rounds(struct asking *asking, struct store *store, bool *chosen, const char *reason,
                            unsigned long *ret_count)
{
    const struct dantin *dantin = asking->dantin;
    const struct outbox_signer signer = {.key = dantin->keys.key, .device = dantin->keys.device};
    size_t count = waiting_list_count(&asking->list);
    struct outbox_approval *approvals = arena_zalloc(&asking->list.arena, count + 1, sizeof *approvals);
    size_t *round = arena_zalloc(&asking->list.arena, count + 1, sizeof *round);
    size_t in_round = 1;
    enum err err = approvals == NULL || round == NULL ? ERR_NO_MEMORY : ERR_OK;
    *ret_count = 0;
    while (err == ERR_OK && in_round > 0) {
        in_round = 0;
        for (size_t i = 0; i < count; i++) {
            const struct waiting_item *item = waiting_list_at(&asking->list, i);
            bool is_taken = !chosen[i];
            for (size_t j = 0; j < in_round && !is_taken; j++) {
                is_taken = id_equal(&waiting_list_at(&asking->list, round[j])->record, &item->record);
            }
            if (!is_taken) {
                approvals[in_round] =
                    (struct outbox_approval){.version = item->version, .change_hash = item->change_hash};
                round[in_round++] = i;
                chosen[i] = false;
            }
        }
        if (in_round > 0) {
            err = outbox_seal_approvals(store, &signer, approvals, in_round, reason);
            *ret_count += err == ERR_OK ? (unsigned long)in_round : 0;
        }
    }
    return err;
}

static bool is_own(const struct dantin *dantin, const struct waiting_item *item)
{
    return hash_equal(&dantin->keys.device, &item->device);
}
