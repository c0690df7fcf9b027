/* dantind key rotate --receipt: the log goes on under another key, by an act that the key before it signs.
 *
 *   lock ─► receipt.key.next made, on disk ─► told to the list of erasures ─► act committed ─► receipt.key.next becomes receipt.key
 *
 * Which key is in force the journal says, so a kill at any arrow leaves both keys and no doubt: before the commit the old one signs
 * and the next try takes up the key that lies there; after it whoever starts finds the new one by its old name or its new one. */
#include "server/commands/log_key_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/durable.h"
#include "server/acts.h"
#include "server/app_log_key.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/erasures_list.h"

enum { KEY_MODE = 0600 };

static enum err take_over(const struct config *config, enum language language, struct error *ret_error);
static enum err prepare(const struct config *config, enum language language, struct app_log_key **ret_next,
                        struct error *ret_error);
static enum err tell_erasures(const struct config *config, const struct database_session *session,
                              const struct app_log_key *present, const struct app_log_key *next,
                              enum language language, struct error *ret_error);
static enum err sync_folder(const struct config *config, enum language language, struct error *ret_error);

enum err log_key_change(const struct config *config, const struct database_session *session,
                        enum language language, bool *ret_was_taken_up, struct error *ret_error)
{
    struct app_log_key *present = NULL;
    struct app_log_key *next = NULL;
    enum err err = acts_lock(session, ret_error);
    if (err == ERR_OK) {
        err = app_log_key_open(config, session->connection, language, &present, ret_error);
    }
    bool was_cut_short = err == ERR_OK && present->is_next;
    if (err == ERR_OK && !was_cut_short) {
        err = prepare(config, language, &next, ret_error);
    }
    if (err == ERR_OK && !was_cut_short) {
        err = tell_erasures(config, session, present, next, language, ret_error);
    }
    if (err == ERR_OK && !was_cut_short) {
        err = acts_change_log_key(config, session, next, language, ret_error);
    }
    if (err == ERR_OK) {
        err = take_over(config, language, ret_error);
    }
    if (err == ERR_OK) {
        *ret_was_taken_up = was_cut_short;
    }
    app_log_key_free(next);
    app_log_key_free(present);
    return err;
}

/* One that lies there may be in an act whose fate nobody knew: it is taken up, never replaced. */
static enum err prepare(const struct config *config, enum language language, struct app_log_key **ret_next,
                        struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char pem[SIGN_PEM_BYTES_MAX];
    struct signing_key *key = NULL;
    enum err err = app_log_key_read(config, LOG_KEY_NEXT_FILE, language, ret_next, ret_error);
    if (err != ERR_NOT_FOUND) {
        return err;
    }
    context_path(config, LOG_KEY_NEXT_FILE, path);
    err = signing_key_generate(&key);
    if (err == ERR_OK) {
        err = signing_key_to_pem(key, pem);
    }
    err = err == ERR_OK ? context_write(path, pem, KEY_MODE, language, ret_error)
                        : error_set(ret_error, err, "%s", err_text(err, language));
    OPENSSL_cleanse(pem, sizeof pem);
    signing_key_free(key);
    if (err == ERR_OK) {
        err = sync_folder(config, language,
                          ret_error); /* or a power cut takes the key the journal goes under */
    }
    return err == ERR_OK ? app_log_key_read(config, LOG_KEY_NEXT_FILE, language, ret_next, ret_error) : err;
}

/* Before the act: what the list has by the new key, a database of before must be able to check. */
static enum err tell_erasures(const struct config *config, const struct database_session *session,
                              const struct app_log_key *present, const struct app_log_key *next,
                              enum language language, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    struct buf keys;
    context_path(config, ERASURES_LIST_FILE, path);
    buf_init(&keys, LOG_KEYS_BYTES_MAX);
    enum err err = app_log_key_all(session->connection, present, &keys, ret_error);
    if (err == ERR_OK) {
        err = erasures_list_follow(path, present->key, buf_content(&keys), next->public_key, language,
                                   ret_error);
    }
    buf_release(&keys);
    return err;
}

static enum err take_over(const struct config *config, enum language language, struct error *ret_error)
{
    char from[CONTEXT_PATH_BYTES_MAX];
    char to[CONTEXT_PATH_BYTES_MAX];
    context_path(config, LOG_KEY_NEXT_FILE, from);
    context_path(config, LOG_KEY_FILE, to);
    return rename(from, to) == 0 ? sync_folder(config, language, ret_error)
                                 : error_set(ret_error, ERR_IO, "%s: %s", to, strerror(errno));
}

/* The names in it: what was only written is not there for sure after a power cut. */
static enum err sync_folder(const struct config *config, enum language language, struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    context_path(config, LOG_KEY_FILE, path);
    return durable_name(path) == ERR_OK
               ? ERR_OK
               : error_set(ret_error, ERR_IO,
                           language == LANGUAGE_VI ? "không ghi được %s: %s" : "cannot write %s: %s",
                           config->data, strerror(errno));
}
