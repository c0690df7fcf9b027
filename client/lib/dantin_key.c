/* The public interface: another key for the same device.
 *
 *   make next.key ──► seal its announcement, signed by the present key ──► submit ──receipt──► get its certificate ──► adopt
 *
 * Every arrow is durable before the next begins, and each step asks what is done already, so that a renewal cut anywhere goes on
 * when it is called again. Meanwhile nothing is sealed under the key that is going (outbox_check_signer). */
#include <string.h>

#include "client/lib/dantin_session.h"
#include "client/lib/enrol.h"
#include "client/lib/outbox.h"
#include "common/base/clock.h"
#include "common/crypto/seal.h"

static enum err take_next(struct dantin *dantin, const struct dantin_renew_key_request *request,
                          struct keys *next);
static enum err make_next(struct dantin *dantin, const struct dantin_renew_key_request *request,
                          struct keys *next);
static enum err drop_unannounced(struct dantin *dantin);
static enum err announce(struct dantin *dantin, const struct keys *next);
static enum err bring(struct dantin *dantin, const struct keys *next, int64_t until_ms);
static enum err submit(struct dantin *dantin, int64_t until_ms);
static enum err standing_of(struct dantin *dantin, const struct keys *next,
                            enum outbox_key_standing *ret_standing);
static enum err certify(struct dantin *dantin, const struct dantin_renew_key_request *request,
                        const struct keys *next);
static enum err certify_by_files(struct dantin *dantin, const struct dantin_renew_key_request *request,
                                 const struct keys *next);
static enum err write_request(struct dantin *dantin, const struct keys *next);
static enum err adopt(struct dantin *dantin, const char *passphrase);

int dantin_renew_key(struct dantin *dantin, const struct dantin_renew_key_request *request)
{
    struct keys next = {0};
    int64_t until_ms = request->deadline_ms > 0 ? clock_monotonic_ms() + (int64_t)request->deadline_ms : 0;
    enum err err = dantin_session_check(dantin);
    if (err == ERR_OK) {
        err = take_next(dantin, request, &next);
    }
    if (err == ERR_OK) {
        err = announce(dantin, &next);
    }
    if (err == ERR_OK) {
        err = bring(dantin, &next, until_ms);
    }
    if (err == ERR_OK) {
        err = certify(dantin, request, &next);
    }
    keys_release(&next);
    if (err == ERR_OK) {
        err = adopt(dantin, request->passphrase);
    }
    return err == ERR_OK ? (int)submit(dantin, until_ms) : (int)err;
}

/* The key that waits, or a new one. */
static enum err take_next(struct dantin *dantin, const struct dantin_renew_key_request *request,
                          struct keys *next)
{
    enum outbox_key_standing standing = OUTBOX_KEY_ANNOUNCED;
    enum err err = keys_next_unlock(dantin->folder, request->passphrase, next);
    if (err == ERR_OK) {
        err = standing_of(dantin, next, &standing);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (standing == OUTBOX_KEY_UNKNOWN) { /* perhaps cut before its code was told */
        keys_release(next);
        err = keys_next_drop(dantin->folder);
        err = err == ERR_OK ? ERR_NOT_FOUND : err;
    }
    if (err == ERR_PASSPHRASE) { /* made before the passphrase was set anew */
        err = drop_unannounced(dantin);
        if (err != ERR_OK) {
            return err;
        }
        err = ERR_NOT_FOUND;
    }
    if (err == ERR_NOT_FOUND) {
        return make_next(dantin, request, next);
    }
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

static enum err make_next(struct dantin *dantin, const struct dantin_renew_key_request *request,
                          struct keys *next)
{
    char code[KEYS_CODE_TEXT_BYTES];
    enum key_file_cost cost = request->cost == DANTIN_KEY_FOR_TESTS ? KEY_FILE_FOR_TESTS : KEY_FILE_STRONG;
    enum err err = keys_next_create(dantin->folder, request->passphrase, cost, code, next);
    if (err == ERR_PASSPHRASE) {
        return (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PASSPHRASE_WRONG),
                                     dantin->person);
    }
    if (err != ERR_OK) {
        return (enum err)handle_fail(dantin, err, "%s: %s", dantin->folder, err_text(err, dantin->language));
    }
    request->on_code(request->context, code);
    seal_wipe(code, sizeof code);
    return ERR_OK;
}

/* ERR_PASSPHRASE: the province may know of it, so it must not be lost sight of. */
static enum err drop_unannounced(struct dantin *dantin)
{
    struct store *store = NULL;
    const struct outbox_signer signer = {.key = dantin->keys.key, .device = dantin->keys.device};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = outbox_check_signer(store, &signer);
    store_close(store);
    if (err == ERR_UNAUTHORISED) {
        return (enum err)handle_fail(dantin, ERR_PASSPHRASE, handle_text(dantin, TEXT_KEY_OTHER_PASSPHRASE),
                                     dantin->person);
    }
    if (err == ERR_OK) {
        err = keys_next_drop(dantin->folder);
    }
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

static enum err announce(struct dantin *dantin, const struct keys *next)
{
    struct store *store = NULL;
    const struct outbox_signer signer = {.key = dantin->keys.key, .device = dantin->keys.device};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = outbox_seal_key(store, &signer, next->key);
    store_close(store);
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail_seal(dantin, err);
}

/* The announcement to the province. ERR_OK: it was taken, or may have been: then the province certifies the new key. */
static enum err bring(struct dantin *dantin, const struct keys *next, int64_t until_ms)
{
    enum outbox_key_standing standing = OUTBOX_KEY_UNKNOWN;
    enum err submitted = submit(dantin, until_ms);
    struct error why = dantin->error;
    enum err err = standing_of(dantin, next, &standing);
    if (err != ERR_OK) {
        return err;
    }
    if (standing == OUTBOX_KEY_UNKNOWN) {
        err = keys_next_drop(dantin->folder);
        return (enum err)(
            err == ERR_OK ? handle_fail(dantin, ERR_FORBIDDEN, "%s", handle_text(dantin, TEXT_KEY_REFUSED))
                          : handle_fail(dantin, err, NULL));
    }
    /* Taken, it makes the province cut us off, perhaps before the receipt came. */
    bool is_cut_off = submitted == ERR_UNAUTHORISED || submitted == ERR_FORBIDDEN;
    if (standing == OUTBOX_KEY_IN_FORCE || is_cut_off) {
        return ERR_OK;
    }
    return (enum err)handle_fail_error(dantin, submitted == ERR_OK ? ERR_PROTOCOL : submitted, &why);
}

static enum err submit(struct dantin *dantin, int64_t until_ms)
{
    struct syncer_job job = {.purpose = SYNCER_SUBMIT};
    return dantin_session_run(dantin, &job, true, until_ms);
}

static enum err standing_of(struct dantin *dantin, const struct keys *next,
                            enum outbox_key_standing *ret_standing)
{
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = outbox_key_standing(store, next->key, ret_standing);
    store_close(store);
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

/* The key that went may still ask for the certificate of the one that came. */
static enum err certify(struct dantin *dantin, const struct dantin_renew_key_request *request,
                        const struct keys *next)
{
    struct enrol_answer answer = {0};
    struct error error = {0};
    struct arena arena;
    enum keys_fault fault = KEYS_FINE;
    if (request->certificate_path != NULL) {
        return certify_by_files(dantin, request, next);
    }
    arena_init(&arena, ENROL_ARENA_BYTES_MAX);
    enum err err =
        enrol_renew(dantin->server, &dantin->keys, next, dantin->language, &arena, &answer, &error);
    if (err == ERR_UNSUPPORTED) {
        err = write_request(dantin, next);
    } else if (err != ERR_OK) {
        err = (enum err)handle_fail_error(dantin, err, &error);
    } else {
        err = keys_next_certify(dantin->folder, next, answer.certificate, answer.authority, clock_now_ms(),
                                &fault);
        if (err != ERR_OK) {
            (void)handle_fail(dantin, err, handle_text(dantin, TEXT_ENROL_BAD_CERTIFICATE),
                              err_text(err, dantin->language));
        }
    }
    arena_release(&arena);
    return err;
}

static enum err certify_by_files(struct dantin *dantin, const struct dantin_renew_key_request *request,
                                 const struct keys *next)
{
    enum keys_fault fault = KEYS_FINE;
    enum err err = keys_next_certify_files(dantin->folder, next, request->certificate_path,
                                           request->authority_path, clock_now_ms(), &fault);
    if (err == ERR_OK) {
        return ERR_OK;
    }
    return (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_CERTIFICATE_FILE),
                                 request->certificate_path, request->authority_path,
                                 err_text(err, dantin->language));
}

/* The authority's key is not at the server: people carry request and certificate. */
static enum err write_request(struct dantin *dantin, const struct keys *next)
{
    char wanted[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = platform_path_join(dantin->folder, "next.csr", wanted, sizeof wanted);
    if (err == ERR_OK) {
        err = keys_write_request(next, wanted, path, sizeof path);
    }
    return err == ERR_OK
               ? (enum err)handle_fail(dantin, ERR_UNSUPPORTED, handle_text(dantin, TEXT_KEY_NO_AUTHORITY),
                                       path)
               : (enum err)handle_fail(dantin, err, "%s: %s", wanted, err_text(err, dantin->language));
}

static enum err adopt(struct dantin *dantin, const char *passphrase)
{
    struct keys adopted = {0};
    enum err err = keys_next_adopt(dantin->folder);
    if (err == ERR_OK) {
        err = keys_unlock(dantin->folder, passphrase, &adopted);
    }
    if (err != ERR_OK) {
        return (enum err)handle_fail(dantin, err, "%s: %s", dantin->folder, err_text(err, dantin->language));
    }
    keys_release(&dantin->keys);
    dantin->keys = adopted;
    return ERR_OK;
}
