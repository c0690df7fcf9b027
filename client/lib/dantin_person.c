/* The public interface: persons, passphrases, recovery codes. */
#include "client/lib/handle.h"

#include <string.h>

static enum key_file_cost cost_of(enum dantin_key_cost cost);
static enum err rewrap(struct dantin *dantin, const struct keys *keys, const char *passphrase,
                       enum dantin_key_cost cost);
static enum err recover_next(struct dantin *dantin, const char *code, const char *passphrase,
                             enum dantin_key_cost cost);
static enum err forget(struct dantin *dantin);
static int fail_wrap(struct dantin *dantin, enum err err);

bool dantin_is_person(const char *person)
{
    return keys_is_person(person);
}

bool dantin_is_passphrase(const char *passphrase)
{
    return keys_is_passphrase(passphrase);
}

int dantin_persons(const struct dantin_options *options, bool (*on_person)(void *context, const char *person),
                   void *context)
{
    struct dantin *dantin = NULL;
    char names[KEYS_PERSONS_MAX][KEYS_PERSON_BYTES_MAX + 1];
    size_t count = 0;
    enum err err = handle_new(options, &dantin);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = keys_persons(dantin->home, names, &count);
    if (err == ERR_OK && count == 0) {
        err = (enum err)handle_fail(dantin, ERR_NOT_FOUND, handle_text(dantin, TEXT_HANDLE_NO_HOME),
                                    dantin->home);
    } else if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
    }
    bool goes_on = err == ERR_OK;
    for (size_t i = 0; goes_on && i < count; i++) {
        goes_on = on_person(context, names[i]);
    }
    handle_keep_error(dantin);
    handle_free(dantin);
    return (int)err;
}

int dantin_add_person(struct dantin *dantin, const struct dantin_person_request *request,
                      struct dantin_init_result *ret_result)
{
    char folder[PLATFORM_PATH_BYTES_MAX];
    char path[PLATFORM_PATH_BYTES_MAX];
    struct keys keys = {0};
    struct dantin_init_result result = {0};
    if (!keys_is_person(request->person)) {
        return handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_HANDLE_PERSON_NAME), request->person,
                           (int)KEYS_PERSON_BYTES_MAX);
    }
    enum err err = handle_check_passphrase(dantin, request->passphrase);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = keys_folder(dantin->home, request->person, folder);
    if (err == ERR_OK) {
        err = platform_path_join(folder, "device.csr", path, sizeof path);
    }
    if (err == ERR_OK) {
        err = keys_create(folder, request->passphrase, cost_of(request->cost), dantin->keys.store_key,
                          result.recovery_code, &keys);
    }
    if (err == ERR_OK) {
        err = keys_write_request(&keys, request->csr_path != NULL ? request->csr_path : path, result.csr_path,
                                 sizeof result.csr_path);
    }
    keys_release(&keys);
    if (err == ERR_EXISTS) {
        return handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PERSON_EXISTS), request->person);
    }
    if (err != ERR_OK) {
        return handle_fail(dantin, err, "%s: %s", folder, err_text(err, dantin->language));
    }
    memcpy(result.person, request->person, strlen(request->person) + 1);
    *ret_result = result;
    return ERR_OK;
}

int dantin_set_passphrase(struct dantin *dantin, const char *old, const char *passphrase,
                          enum dantin_key_cost cost)
{
    struct keys keys = {0};
    enum err err = handle_check_passphrase(dantin, passphrase);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = keys_unlock(dantin->folder, old, &keys);
    if (err == ERR_PASSPHRASE) {
        return handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PASSPHRASE_WRONG), dantin->person);
    }
    if (err ==
        ERR_OK) { /* the key that waits first: cut between the two, the old passphrase still opens what is in force */
        err = keys_next_set_passphrase(dantin->folder, old, passphrase, cost_of(cost));
    }
    if (err == ERR_OK || err == ERR_PASSPHRASE) {
        err = rewrap(dantin, &keys, passphrase, cost);
    }
    keys_release(&keys);
    return err == ERR_OK ? ERR_OK : fail_wrap(dantin, err);
}

int dantin_set_recovery_code(struct dantin *dantin, enum dantin_key_cost cost,
                             char ret_code[DANTIN_RECOVERY_CODE_BYTES])
{
    if (keys_next_state(dantin->folder) !=
        KEYS_NEXT_NONE) { /* it brings a code of its own, which would replace this one */
        return handle_fail(dantin, ERR_EXISTS, "%s", handle_text(dantin, TEXT_KEY_UNDERWAY));
    }
    enum err err = keys_set_code(dantin->folder, &dantin->keys, cost_of(cost), ret_code);
    return err == ERR_OK ? ERR_OK : fail_wrap(dantin, err);
}

int dantin_recover(const struct dantin_options *options, const char *code, const char *passphrase,
                   enum dantin_key_cost cost)
{
    struct dantin *dantin = NULL;
    enum err err = handle_new(options, &dantin);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = handle_choose(dantin, options);
    if (err == ERR_OK) {
        err = handle_check_passphrase(dantin, passphrase);
    }
    if (err != ERR_OK) {
        goto done;
    }
    err = recover_next(dantin, code, passphrase, cost);
    if (err != ERR_NOT_FOUND) {
        goto done;
    }
    err = keys_recover(dantin->folder, code, &dantin->keys);
    if (err == ERR_PASSPHRASE) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_CODE_WRONG), dantin->person);
    } else if (err == ERR_MALFORMED) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_CODE_MALFORMED),
                          (int)KEYS_CODE_CHARACTERS);
    } else if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
    }
    if (err != ERR_OK) {
        goto done;
    }
    err = rewrap(dantin, &dantin->keys, passphrase, cost);
    if (err != ERR_OK) {
        (void)fail_wrap(dantin, err);
    }
done:
    handle_keep_error(dantin);
    handle_free(dantin);
    return (int)err;
}

int dantin_unlock(struct dantin *dantin, unsigned minutes)
{
    if (minutes == 0 || minutes > DANTIN_UNLOCK_MINUTES_MAX) {
        return handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_HANDLE_MINUTES),
                           (int)DANTIN_UNLOCK_MINUTES_MAX);
    }
    enum err err = keys_keep(dantin->folder, &dantin->keys, minutes);
    if (err == ERR_UNSUPPORTED || err == ERR_BUSY) {
        return handle_fail(dantin, err, "%s", handle_text(dantin, TEXT_HANDLE_NO_KEYRING));
    }
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

int dantin_lock(const struct dantin_options *options)
{
    struct dantin *dantin = NULL;
    char names[KEYS_PERSONS_MAX][KEYS_PERSON_BYTES_MAX + 1];
    size_t count = 0;
    enum err err = handle_new(options, &dantin);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = keys_persons(dantin->home, names, &count);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        if (options->person == NULL || strcmp(options->person, names[i]) == 0) {
            err = keys_folder(dantin->home, names[i], dantin->folder);
            err = err == ERR_OK ? forget(dantin) : err;
        }
    }
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
    }
    handle_keep_error(dantin);
    handle_free(dantin);
    return (int)err;
}

/* ---- helpers ---- */

static enum key_file_cost cost_of(enum dantin_key_cost cost)
{
    return cost == DANTIN_KEY_FOR_TESTS ? KEY_FILE_FOR_TESTS : KEY_FILE_STRONG;
}

/* What is kept was had with the passphrase before. */
static enum err rewrap(struct dantin *dantin, const struct keys *keys, const char *passphrase,
                       enum dantin_key_cost cost)
{
    enum err err = forget(dantin);
    return err != ERR_OK ? err : keys_set_passphrase(dantin->folder, keys, passphrase, cost_of(cost));
}

/* While a change of key is under way each of the two keys has its code. ERR_NOT_FOUND: this is not the new one's. */
static enum err recover_next(struct dantin *dantin, const char *code, const char *passphrase,
                             enum dantin_key_cost cost)
{
    enum err err = keys_next_recover(dantin->folder, code, passphrase, cost_of(cost));
    if (err == ERR_OK && keys_next_state(dantin->folder) == KEYS_NEXT_CERTIFIED) {
        err = keys_next_adopt(dantin->folder); /* nothing else is left to do */
    }
    if (err == ERR_MALFORMED) {
        return ERR_NOT_FOUND; /* told with the present key's */
    }
    return err == ERR_OK || err == ERR_NOT_FOUND ? err : (enum err)fail_wrap(dantin, err);
}

static enum err forget(struct dantin *dantin)
{
    enum err err = keys_forget(dantin->folder);
    return err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED ? ERR_OK : err; /* nothing is kept: as wanted */
}

static int fail_wrap(struct dantin *dantin, enum err err)
{
    return handle_fail(dantin, err, "%s: %s", dantin->folder, platform_reason());
}
