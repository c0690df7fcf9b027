/* Lock, seal, run the loop until ingest has answered, take it all down.
 *
 *   STARTING ──store ready──► SUBMITTED ──answered──► INGEST_DRAINING ──► STORE_STOPPING ──► done
 *       └──late─────────────────────────────────────────┘
 *
 * Suspended in: STARTING (the tick looks), SUBMITTED (ingest answers), the two endings. */
#include "server/acts.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <uv.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/crypto/merkle.h"
#include "common/record/date.h"
#include "common/record/schema.h"
#include "common/rules/rules.h"
#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"
#include "server/app_log_key.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/ingest/ingest.h"
#include "server/net/ingest_clock.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/vault.h"

enum { ACTS_TICK_MS = 20, ACTS_ACT_BYTES_MAX = PAYLOAD_BYTES_MAX, ACTS_STATEMENT_MS_MAX = 60000 };

struct acting {
    enum language language;
    uv_loop_t loop;
    uv_timer_t tick;
    struct ingest_clock ingest_clock;
    struct store *store;
    struct ingest *ingest;
    struct app_log_key *log_key;        /* in force: it seals the acts */
    const struct app_log_key *next_key; /* the one they change it to, which attests their group; NULL: none */
    uint8_t *possession;                /* by next_key: a place in the act */
    struct submission *submission;      /* until it is given to ingest */
    int64_t started_ms;
    enum err err;
    uint64_t position;
    char rule[RULE_ID_BYTES_MAX]; /* of the first act refused; "" = none */
};

static enum err append(struct acting *acting, const struct config *config,
                       const struct database_session *session, const Dantin__Act *const *acts,
                       size_t act_count, uint64_t *ret_position, struct error *ret_error);
static void prove(const struct acting *acting, const struct envelope *envelope);
static enum err seal_acts(struct acting *acting, const struct database_session *session,
                          const Dantin__Act *const *acts, size_t act_count, struct error *ret_error);
static enum err read_log_device(const struct acting *acting, const struct database_session *session,
                                struct envelope *envelope, struct error *ret_error);
static enum err pack(const Dantin__Act *const *acts, size_t act_count, struct buf *ret_packed,
                     struct bytes *ret_items);
static enum err sign(struct acting *acting, struct envelope *envelope, const struct bytes *items,
                     size_t count);
static enum err run(struct acting *acting, const struct config *config,
                    const struct database_session *session, struct error *ret_error);
static void on_tick(uv_timer_t *timer);
static void submit(struct acting *acting);
static void on_answered(void *context, const struct ingest_answer *answer);
static void finish(struct acting *acting, enum err err);
static void on_ingest_idle(void *context);
static void on_store_stopped(void *context);

enum err acts_head(const struct database_session *session, struct acts_head *ret_head,
                   struct error *ret_error)
{
    struct pg_result *rows = NULL;
    struct merkle_frontier frontier;
    struct acts_head head = {0};
    uint8_t hashes[MERKLE_PATH_BYTES_MAX];
    enum err err = database_run_file(session->connection, "queries/act_head.sql", NULL, 0, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    const char *text = PQgetvalue(rows, 0, 1);
    size_t bytes = strlen(text) / 2;
    head.size = strtoull(PQgetvalue(rows, 0, 2), NULL, 10);
    if (bytes > sizeof hashes || hex_decode(PQgetvalue(rows, 0, 0), head.epoch.at, ID_BYTES) != ERR_OK ||
        hex_decode(text, hashes, bytes) != ERR_OK ||
        merkle_frontier_decode(head.size, bytes_of(hashes, bytes), &frontier) != ERR_OK) {
        err = error_set(ret_error, ERR_DATABASE, "dantin.journal_head");
    } else {
        head.root = merkle_frontier_root(&frontier);
        *ret_head = head;
    }
    PQclear(rows);
    return err;
}

enum err acts_append(const struct config *config, const struct database_session *session,
                     const Dantin__Act *const *acts, size_t act_count, enum language language,
                     uint64_t *ret_position, struct error *ret_error)
{
    struct acting acting = {.language = language, .err = ERR_INTERNAL};
    return append(&acting, config, session, acts, act_count, ret_position, ret_error);
}

enum err acts_change_log_key(const struct config *config, const struct database_session *session,
                             const struct app_log_key *next, enum language language, struct error *ret_error)
{
    uint8_t possession[SIGN_SIGNATURE_BYTES];
    struct acting acting = {
        .language = language, .err = ERR_INTERNAL, .next_key = next, .possession = possession};
    Dantin__Act act = DANTIN__ACT__INIT;
    Dantin__ActLogKey changed = DANTIN__ACT_LOG_KEY__INIT;
    const Dantin__Act *acts[] = {&act};
    changed.has_public_key = changed.has_possession = true;
    changed.public_key =
        (ProtobufCBinaryData){sizeof next->public_key, (uint8_t *)(uintptr_t)next->public_key};
    changed.possession = (ProtobufCBinaryData){sizeof possession, possession};
    act.log_key = &changed;
    return append(&acting, config, session, acts, 1, NULL, ret_error);
}

enum err acts_lock(const struct database_session *session, struct error *ret_error)
{
    return database_run_file(session->connection, "queries/act_lock.sql", NULL, 0, NULL, ret_error);
}

/* Which key is in force is read under the lock: the command before this one may have changed it. */
static enum err append(struct acting *acting, const struct config *config,
                       const struct database_session *session, const Dantin__Act *const *acts,
                       size_t act_count, uint64_t *ret_position, struct error *ret_error)
{
    enum language language = acting->language;
    enum err err = acts_lock(session, ret_error);
    if (err == ERR_OK) {
        err = app_log_key_open(config, session->connection, language, &acting->log_key, ret_error);
    }
    if (err == ERR_OK) {
        err = seal_acts(acting, session, acts, act_count, ret_error);
    }
    if (err == ERR_OK) {
        err = run(acting, config, session, ret_error);
    }
    if (err == ERR_OK && acting->rule[0] != '\0') {
        const struct rule_info *rule = rules_find(acting->rule);
        const char *text = rule == NULL              ? acting->rule
                           : language == LANGUAGE_EN ? rule->text_en
                                                     : rule->text_vi;
        err = error_set(ret_error, ERR_RULE, "%s", text);
    }
    if (err == ERR_OK && ret_position != NULL) {
        *ret_position = acting->position;
    }
    submission_free(acting->submission);
    app_log_key_free(acting->log_key);
    return err;
}

/* ---- one submission of the log key ---- */

static enum err seal_acts(struct acting *acting, const struct database_session *session,
                          const Dantin__Act *const *acts, size_t act_count, struct error *ret_error)
{
    struct envelope envelope = {.content = ENVELOPE_CONTENT_ACTS, .schema_version = SCHEMA_VERSION};
    struct bytes items[STORE_GROUP_ACTS_MAX];
    struct buf packed;
    if (act_count == 0 || act_count > STORE_GROUP_ACTS_MAX) {
        return error_set(ret_error, ERR_TOO_BIG, "%s", err_text(ERR_TOO_BIG, acting->language));
    }
    buf_init(&packed, ACTS_ACT_BYTES_MAX);
    enum err err = read_log_device(acting, session, &envelope, ret_error);
    if (err == ERR_OK && acting->next_key != NULL) {
        prove(acting, &envelope);
    }
    if (err == ERR_OK) {
        err = pack(acts, act_count, &packed, items);
        if (err == ERR_OK) {
            err = sign(acting, &envelope, items, act_count);
        }
        if (err != ERR_OK) {
            err = error_set(ret_error, err, "%s", err_text(err, acting->language));
        }
    }
    buf_release(&packed);
    return err;
}

static enum err read_log_device(const struct acting *acting, const struct database_session *session,
                                struct envelope *envelope, struct error *ret_error)
{
    const uint8_t *key = acting->log_key->public_key;
    char spki_text[HASH_HEX_BYTES];
    char key_text[2 * SIGN_PUBLIC_KEY_BYTES + 1];
    struct pg_result *rows = NULL;
    struct hash spki_hash = sign_spki_hash(key);
    hex_encode(bytes_of(spki_hash.at, HASH_BYTES), spki_text);
    hex_encode(bytes_of(key, SIGN_PUBLIC_KEY_BYTES), key_text);
    const char *parameters[] = {spki_text, key_text};
    enum err err =
        database_run_file(session->connection, "queries/act_log.sql", parameters, 2, &rows, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    const char *previous = PQntuples(rows) == 1 ? PQgetvalue(rows, 0, 2) : "";
    bool has_previous = previous[0] != '\0';
    if (PQntuples(rows) != 1) {
        err = error_set(ret_error, ERR_CONFIG, "%s", text_get(TEXT_ACTS_OTHER_LOG_KEY, acting->language));
    } else if (hex_decode(PQgetvalue(rows, 0, 0), envelope->device.at, HASH_BYTES) != ERR_OK ||
               (has_previous && hex_decode(previous, envelope->previous.at, HASH_BYTES) != ERR_OK)) {
        err = error_set(ret_error, ERR_DATABASE, "dantin.device");
    } else {
        envelope->sequence = strtoull(PQgetvalue(rows, 0, 1), NULL, 10) + 1;
    }
    PQclear(rows);
    return err;
}

/* The new key says that it is held: over the log's id and the sequence of the entry that announces it. */
static void prove(const struct acting *acting, const struct envelope *envelope)
{
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    key_change_signed_bytes(&envelope->device, envelope->sequence, signed_bytes);
    signing_key_sign(acting->next_key->key, bytes_of(signed_bytes, sizeof signed_bytes), acting->possession);
}

/* ret_items: views into ret_packed. */
static enum err pack(const Dantin__Act *const *acts, size_t act_count, struct buf *ret_packed,
                     struct bytes *ret_items)
{
    size_t ends[STORE_GROUP_ACTS_MAX];
    for (size_t i = 0; i < act_count; i++) {
        enum err err = message_pack(acts[i], ret_packed);
        if (err != ERR_OK) {
            return err;
        }
        ends[i] = buf_content(ret_packed).len;
    }
    struct bytes all = buf_content(ret_packed);
    for (size_t i = 0; i < act_count; i++) {
        size_t start = i == 0 ? 0 : ends[i - 1];
        ret_items[i] = bytes_of(all.at + start, ends[i] - start);
    }
    return ERR_OK;
}

static enum err sign(struct acting *acting, struct envelope *envelope, const struct bytes *items,
                     size_t count)
{
    uint8_t seed[PAYLOAD_SEED_BYTES];
    uint8_t bytes[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct payload_sealed sealed;
    struct buf payload;
    buf_init(&payload, PAYLOAD_COMPRESSED_BYTES_MAX);
    random_bytes(seed, sizeof seed);
    enum err err = payload_encode(seed, items, count, &payload, &sealed);
    if (err == ERR_OK) {
        envelope->payload_bytes = sealed.plain_bytes;
        envelope->payload_hash = sealed.hash;
        envelope_encode(envelope, bytes);
        signing_key_sign(acting->log_key->key, bytes_of(bytes, sizeof bytes), signature);
        err = submission_prepare(bytes_of(bytes, sizeof bytes), bytes_of(signature, sizeof signature),
                                 buf_content(&payload), &envelope->device, acting->log_key->verify_key,
                                 date_of_moment(clock_now_ms()), &acting->submission);
    }
    buf_release(&payload);
    OPENSSL_cleanse(seed, sizeof seed);
    return err;
}

/* ---- the loop ---- */

static enum err run(struct acting *acting, const struct config *config,
                    const struct database_session *session, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    enum err err = context_conninfo(config, session, conninfo, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    struct vault *vault = NULL;
    err = context_open_vault(config, acting->language, session->connection, &vault, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    const struct store_config store = {
        .vault = vault,
        .ingest_conninfo = conninfo,
        .read_conninfo = conninfo,
        .write_role = CLUSTER_ROLE_OWNER,
        .read_connections = 1,
        .statement_timeout_ms = ACTS_STATEMENT_MS_MAX,
    };
    if (uv_loop_init(&acting->loop) != 0) {
        vault_free(vault);
        return error_set(ret_error, ERR_INTERNAL, "%s", err_text(ERR_INTERNAL, acting->language));
    }
    log_set_level(LOG_WARN); /* what a server tells of its connections is no news of a command's */
    (void)uv_timer_init(&acting->loop, &acting->tick); /* cannot fail */
    ingest_clock_init(&acting->loop, &acting->ingest_clock);
    acting->tick.data = acting;
    acting->started_ms = clock_monotonic_ms();
    err = store_start(&acting->loop, &store, &acting->store, ret_error);
    if (err != ERR_OK) {
        return err; /* the program ends; what the store holds of the loop and the vault goes with it */
    }
    (void)uv_timer_start(&acting->tick, on_tick, 0, ACTS_TICK_MS); /* fails without a callback only */
    (void)uv_run(&acting->loop, UV_RUN_DEFAULT);                   /* 0: nothing is left open */
    ingest_free(acting->ingest);
    ENSURE(uv_loop_close(&acting->loop) == 0);
    vault_free(vault);
    return acting->err == ERR_OK
               ? ERR_OK
               : error_set(ret_error, acting->err, "%s", err_text(acting->err, acting->language));
}

static void on_tick(uv_timer_t *timer)
{
    struct acting *acting = timer->data;
    if (store_is_ready(acting->store)) {
        (void)uv_timer_stop(timer); /* always succeeds */
        submit(acting);
    } else if (clock_monotonic_ms() - acting->started_ms > ACTS_READY_MS_MAX) {
        (void)uv_timer_stop(timer); /* always succeeds */
        finish(acting, ERR_DATABASE);
    }
}

static void submit(struct acting *acting)
{
    const struct ingest_config config = {
        .store = acting->store,
        .receipt_key = acting->next_key != NULL ? acting->next_key->key : acting->log_key->key,
        .log_key = acting->log_key->public_key,
        .now_ms = ingest_clock_now_ms,
        .timer = ingest_clock_timer(&acting->ingest_clock),
    };
    enum err err = ingest_new(&config, &acting->ingest);
    if (err == ERR_OK) {
        struct submission *submission = acting->submission;
        acting->submission = NULL;
        err = ingest_submit(acting->ingest, submission, on_answered, acting);
    }
    if (err != ERR_OK) {
        finish(acting, err);
    }
}

static void on_answered(void *context, const struct ingest_answer *answer)
{
    struct acting *acting = context;
    acting->position = answer->receipt.position;
    for (size_t i = 0; answer->err == ERR_OK && i < answer->receipt.verdict_count; i++) {
        const struct verdict *verdict = &answer->receipt.verdicts[i].verdict;
        if (verdict->code != VERDICT_APPLIED && acting->rule[0] == '\0') {
            memcpy(acting->rule, verdict->rule, sizeof acting->rule);
        }
    }
    finish(acting, answer->err);
}

static void finish(struct acting *acting, enum err err)
{
    acting->err = err;
    if (acting->ingest != NULL) {
        ingest_drain(acting->ingest, on_ingest_idle, acting);
    } else {
        on_ingest_idle(acting);
    }
}

static void on_ingest_idle(void *context)
{
    struct acting *acting = context;
    store_stop(acting->store, on_store_stopped, acting);
}

static void on_store_stopped(void *context)
{
    struct acting *acting = context;
    uv_close((uv_handle_t *)&acting->tick, NULL);
    ingest_clock_close(&acting->ingest_clock);
}
