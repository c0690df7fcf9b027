#include "server/erasures_issue.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "common/crypto/seal.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"
#include "server/app_log_key.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/erasures.h"
#include "server/erasures_list.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/vault_database.h"

enum { ISSUE_ARENA_BYTES_MAX = 64 << 20, ISSUE_ACT_BYTES_MAX = 2 << 20 };

static const char purpose[] = "dantin/erasures/act";

struct issuing {
    const struct config *config;
    const struct database_session *session;
    enum erasures_issue_when when;
    enum language language;
    struct vault *vault;
    struct seal_key *key;
    struct acts_head head; /* as it was before anything was issued */
    struct arena arena;
    size_t issued;
};

static enum err fill(const struct acts_head *head, const Dantin__ActErasure *act,
                     Dantin__ErasureListed *listed, struct arena *arena);
static enum err seal_act(struct vault *vault, const Dantin__Act *act, Dantin__ErasureListed *listed,
                         struct arena *arena);
static enum err issue_one(void *context, const Dantin__ErasureListed *listed, struct error *ret_error);
static enum err is_journalled(const struct issuing *issuing, struct bytes act_hash, bool *ret_is_journalled,
                              struct error *ret_error);
static bool is_put_back(const struct issuing *issuing, const Dantin__ErasureListed *listed);
static enum err open_act(struct issuing *issuing, const Dantin__ErasureListed *listed, Dantin__Act **ret_act);
static enum err carry_out(struct issuing *issuing, struct error *ret_error);
static enum err say(enum err err, enum language language, struct error *ret_error);
static struct bytes view(ProtobufCBinaryData in);

enum err erasures_issue_list(const struct config *config, const struct database_session *session,
                             const struct acts_head *head, struct vault *vault, const Dantin__Act *act,
                             enum language language, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    struct app_log_key *key = NULL;
    struct buf keys;
    struct arena arena;
    Dantin__ErasureListed listed = DANTIN__ERASURE_LISTED__INIT;
    arena_init(&arena, ISSUE_ARENA_BYTES_MAX);
    context_path(config, ERASURES_LIST_FILE, path);
    buf_init(&keys, LOG_KEYS_BYTES_MAX);
    enum err err = app_log_key_open(config, session->connection, language, &key, ret_error);
    err = err == ERR_OK ? app_log_key_all(session->connection, key, &keys, ret_error) : err;
    if (err == ERR_OK) {
        err = fill(head, act->erasure, &listed, &arena);
        err = err == ERR_OK ? seal_act(vault, act, &listed, &arena) : err;
        err = err == ERR_OK
                  ? erasures_list_add(path, key->key, buf_content(&keys), &listed, language, ret_error)
                  : say(err, language, ret_error);
    }
    app_log_key_free(key);
    buf_release(&keys);
    arena_release(&arena);
    return err;
}

enum err erasures_issue(const struct config *config, const struct database_session *session,
                        enum erasures_issue_when when, enum language language, size_t *ret_issued,
                        struct error *ret_error)
{
    struct issuing issuing = {.config = config, .session = session, .when = when, .language = language};
    char path[CONTEXT_PATH_BYTES_MAX];
    struct app_log_key *key = NULL;
    struct buf keys;
    if (!erasures_issue_is_due(config)) {
        *ret_issued = 0;
        return ERR_OK;
    }
    arena_init(&issuing.arena, ISSUE_ARENA_BYTES_MAX);
    context_path(config, ERASURES_LIST_FILE, path);
    buf_init(&keys, LOG_KEYS_BYTES_MAX);
    enum err err = app_log_key_open(config, session->connection, language, &key, ret_error);
    err = err == ERR_OK ? app_log_key_all(session->connection, key, &keys, ret_error) : err;
    err = err == ERR_OK ? acts_head(session, &issuing.head, ret_error) : err;
    err = err == ERR_OK ? context_open_vault(config, language, session->connection, &issuing.vault, ret_error)
                        : err;
    if (err == ERR_OK) {
        err = vault_derive_key(issuing.vault, purpose, &issuing.key);
        err = err == ERR_OK ? ERR_OK : say(err, language, ret_error);
    }
    err = err == ERR_OK
              ? erasures_list_walk(path, buf_content(&keys), issue_one, &issuing, language, ret_error)
              : err;
    err = err == ERR_OK && issuing.issued > 0 ? carry_out(&issuing, ret_error) : err;
    if (err == ERR_OK) {
        *ret_issued = issuing.issued;
    }
    seal_key_free(issuing.key);
    vault_free(issuing.vault);
    app_log_key_free(key);
    buf_release(&keys);
    arena_release(&issuing.arena);
    return err;
}

bool erasures_issue_is_due(const struct config *config)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    context_path(config, ERASURES_LIST_FILE, path);
    return erasures_list_has_any(path);
}

/* ---- listing ---- */

/* What may be read by everybody who holds the file. */
static enum err fill(const struct acts_head *head, const Dantin__ActErasure *act,
                     Dantin__ErasureListed *listed, struct arena *arena)
{
    listed->has_time_ms = listed->has_epoch = listed->has_size = listed->has_kind = listed->has_record = true;
    listed->time_ms = clock_now_ms();
    listed->epoch = (ProtobufCBinaryData){ID_BYTES, (uint8_t *)(uintptr_t)head->epoch.at}; /* only read */
    listed->size = head->size;
    listed->kind = act->kind;
    listed->record = act->record;
    listed->decision = act->decision;
    listed->n_version = act->n_version;
    listed->version = arena_zalloc(arena, act->n_version, sizeof *listed->version);
    if (listed->version == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < act->n_version; i++) {
        listed->version[i] = act->version[i]->version;
    }
    return ERR_OK;
}

static enum err seal_act(struct vault *vault, const Dantin__Act *act, Dantin__ErasureListed *listed,
                         struct arena *arena)
{
    struct seal_key *key = NULL;
    struct buf packed;
    struct hash *hash = arena_zalloc(arena, 1, sizeof *hash);
    buf_init(&packed, ISSUE_ACT_BYTES_MAX);
    enum err err = hash == NULL ? ERR_TOO_BIG : message_pack(act, &packed);
    err = err == ERR_OK ? vault_derive_key(vault, purpose, &key) : err;
    if (err == ERR_OK) {
        struct bytes plain = buf_content(&packed);
        uint8_t *sealed = arena_alloc(arena, plain.len + SEAL_OVERHEAD_BYTES);
        *hash = hash_of_one(plain);
        err = sealed == NULL ? ERR_TOO_BIG : ERR_OK;
        if (err == ERR_OK) {
            seal(key, bytes_of(hash->at, HASH_BYTES), plain, sealed);
            listed->has_act = listed->has_act_hash = true;
            listed->act = (ProtobufCBinaryData){plain.len + SEAL_OVERHEAD_BYTES, sealed};
            listed->act_hash = (ProtobufCBinaryData){HASH_BYTES, hash->at};
        }
    }
    seal_key_free(key);
    buf_release(&packed);
    return err;
}

/* ---- issuing again ---- */

static enum err issue_one(void *context, const Dantin__ErasureListed *listed, struct error *ret_error)
{
    struct issuing *issuing = context;
    Dantin__Act *act = NULL;
    bool is_there = false;
    enum err err = is_journalled(issuing, view(listed->act_hash), &is_there, ret_error);
    if (err != ERR_OK || is_there) {
        return err;
    }
    if (issuing->when == ERASURES_AT_START && is_put_back(issuing, listed)) {
        return error_set(ret_error, ERR_ROLLED_BACK, "%s",
                         text_get(TEXT_ERASURES_NEED_EPOCH, issuing->language));
    }
    arena_clear(&issuing->arena);
    err = open_act(issuing, listed, &act);
    if (err != ERR_OK) {
        return say(err, issuing->language, ret_error);
    }
    const Dantin__Act *acts[] = {act};
    err = acts_append(issuing->config, issuing->session, acts, 1, issuing->language, NULL, ret_error);
    issuing->issued += err == ERR_OK ? 1 : 0;
    return err;
}

static enum err is_journalled(const struct issuing *issuing, struct bytes act_hash, bool *ret_is_journalled,
                              struct error *ret_error)
{
    char text[2 * HASH_BYTES + 3];
    const char *parameters[] = {text};
    struct pg_result *rows = NULL;
    if (act_hash.len != HASH_BYTES) {
        return say(ERR_MALFORMED, issuing->language, ret_error);
    }
    database_bytea(act_hash, text);
    enum err err = database_run_file(issuing->session->connection, "queries/erasure_listed.sql", parameters,
                                     1, &rows, ret_error);
    if (err == ERR_OK) {
        *ret_is_journalled = PQgetvalue(rows, 0, 0)[0] == 't';
    }
    PQclear(rows);
    return err;
}

/* The journal was longer, or of another epoch, when this was decided: the database is older than the list. One cut between list and
 * journal is not. */
static bool is_put_back(const struct issuing *issuing, const Dantin__ErasureListed *listed)
{
    return !bytes_equal(view(listed->epoch), bytes_of(issuing->head.epoch.at, ID_BYTES)) ||
           listed->size > issuing->head.size;
}

static enum err open_act(struct issuing *issuing, const Dantin__ErasureListed *listed, Dantin__Act **ret_act)
{
    struct bytes sealed = view(listed->act);
    size_t len = seal_plain_bytes(sealed);
    uint8_t *plain = arena_alloc(&issuing->arena, len + 1);
    enum err err =
        plain == NULL ? ERR_TOO_BIG : seal_open(issuing->key, view(listed->act_hash), sealed, plain);
    err = err == ERR_OK ? message_unpack(&dantin__act__descriptor, bytes_of(plain, len), false,
                                         &issuing->arena, (void *)ret_act)
                        : err;
    return err == ERR_OK && (*ret_act)->erasure == NULL ? ERR_MALFORMED : err;
}

static enum err carry_out(struct issuing *issuing, struct error *ret_error)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct erasures_report report = {0};
    enum err err = context_conninfo(issuing->config, issuing->session, conninfo, ret_error);
    err = err == ERR_OK ? vault_load_keys(issuing->session->connection, issuing->vault, ret_error) : err;
    err =
        err == ERR_OK ? erasures_apply(conninfo, issuing->vault, issuing->language, &report, ret_error) : err;
    if (err == ERR_OK && report.left > 0) {
        log_write(LOG_ERROR, "erasures_issued", "issued=%zu done=%zu left=%zu", issuing->issued, report.done,
                  report.left);
    }
    return err;
}

static enum err say(enum err err, enum language language, struct error *ret_error)
{
    return error_set(ret_error, err, "%s: %s", ERASURES_LIST_FILE, err_text(err, language));
}

static struct bytes view(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}
