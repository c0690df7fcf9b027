/* The inside of a handle: its failures, its store, its progress. */
#include "client/lib/handle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/seal.h"

static _Thread_local struct error kept_error;

static enum err set_home(struct dantin *dantin, const char *home);
static enum err unlock_with(struct dantin *dantin, const char *passphrase);
static enum err unlock_by_asking(struct dantin *dantin, const struct dantin_options *options);

_Static_assert((int)DANTIN_PERSON_BYTES == (int)KEYS_PERSON_BYTES_MAX + 1, "as dantin.h says");
_Static_assert((int)DANTIN_PASSPHRASE_BYTES == (int)KEYS_PASSPHRASE_BYTES_MAX + 1, "as dantin.h says");
_Static_assert((int)KEYS_STORE_KEY_BYTES == (int)STORE_KEY_BYTES, "the home's key opens the store");
_Static_assert((int)DANTIN_RECOVERY_CODE_BYTES == (int)KEYS_CODE_TEXT_BYTES, "as dantin.h says");

enum err handle_new(const struct dantin_options *options, struct dantin **ret_dantin)
{
    struct dantin *dantin = calloc(1, sizeof *dantin);
    enum language language = options->language == DANTIN_EN ? LANGUAGE_EN : LANGUAGE_VI;
    if (dantin == NULL) {
        return error_set(&kept_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    dantin->language = language;
    enum err err = set_home(dantin, options->home);
    if (err != ERR_OK) {
        handle_keep_error(dantin);
        handle_free(dantin);
        return err;
    }
    *ret_dantin = dantin;
    return ERR_OK;
}

void handle_free(struct dantin *dantin)
{
    if (dantin != NULL) {
        keys_release(&dantin->keys);
        seal_wipe(&dantin->owner, sizeof dantin->owner);
        free(dantin);
    }
}

void handle_keep_error(const struct dantin *dantin)
{
    kept_error = dantin->error;
}

const char *handle_kept_error(void)
{
    return kept_error.text;
}

enum err handle_choose(struct dantin *dantin, const struct dantin_options *options)
{
    enum err err = keys_choose(dantin->home, options->person, dantin->person);
    if (err == ERR_NOT_FOUND &&
        (options->person == NULL || keys_choose(dantin->home, NULL, dantin->person) == err)) {
        return (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_NO_HOME), dantin->home);
    }
    if (err == ERR_NOT_FOUND) {
        return (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_NO_PERSON),
                                     options->person);
    }
    if (err == ERR_AMBIGUOUS) {
        return (enum err)handle_fail(dantin, err, "%s", handle_text(dantin, TEXT_HANDLE_WHICH_PERSON));
    }
    if (err == ERR_OK) {
        err = keys_folder(dantin->home, dantin->person, dantin->folder);
    }
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

enum err handle_unlock(struct dantin *dantin, const struct dantin_options *options)
{
    enum err err = options->passphrase != NULL ? unlock_with(dantin, options->passphrase)
                                               : unlock_by_asking(dantin, options);
    if (err == ERR_PASSPHRASE && dantin->error.code != ERR_PASSPHRASE) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PASSPHRASE_WRONG), dantin->person);
    } else if (err != ERR_OK && err != ERR_PASSPHRASE) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_DOCTOR_KEY_BAD),
                          err_text(err, dantin->language));
    }
    if (err == ERR_OK) {
        handle_set_owner(dantin);
    }
    return err;
}

enum err handle_check_passphrase(struct dantin *dantin, const char *passphrase)
{
    if (keys_is_passphrase(passphrase)) {
        return ERR_OK;
    }
    return (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_HANDLE_PASSPHRASE_SHORT),
                                 (int)KEYS_PASSPHRASE_CHARACTERS_MIN);
}

int handle_fail(struct dantin *dantin, enum err code, const char *format, ...)
{
    dantin->error.code = code;
    if (format == NULL) {
        (void)snprintf(dantin->error.text, sizeof dantin->error.text, "%s", err_text(code, dantin->language));
        return (int)code;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(dantin->error.text, sizeof dantin->error.text, format,
                    arguments); /* a long sentence is cut */
    va_end(arguments);
    return (int)code;
}

int handle_fail_error(struct dantin *dantin, enum err code, const struct error *error)
{
    return error->text[0] != '\0' ? handle_fail(dantin, code, "%s", error->text)
                                  : handle_fail(dantin, code, NULL);
}

int handle_fail_seal(struct dantin *dantin, enum err code)
{
    return code == ERR_UNAUTHORISED ? handle_fail(dantin, code, "%s", handle_text(dantin, TEXT_KEY_UNDERWAY))
                                    : handle_fail(dantin, code, NULL);
}

void handle_set_owner(struct dantin *dantin)
{
    dantin->owner.device = dantin->keys.device;
    memcpy(dantin->owner.key, dantin->keys.store_key, sizeof dantin->owner.key);
}

enum err handle_store_open(struct dantin *dantin, struct store **ret_store)
{
    struct error error = {0};
    enum err err = store_open(dantin->home, &dantin->owner, false, ret_store, &error);
    if (err == ERR_NOT_FOUND) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_NO_HOME), dantin->home);
    } else if (err == ERR_SEALED) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_OTHER_STORE), dantin->home);
    } else if (err == ERR_LOCKED) {
        (void)handle_fail(dantin, err, NULL);
    } else if (err == ERR_STORE) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_DOCTOR_STORE_BAD), error.text);
    } else if (err != ERR_OK) {
        (void)handle_fail_error(dantin, err, &error);
    }
    return err;
}

bool handle_progress(const struct dantin *dantin, const char *what, uint64_t done, uint64_t total)
{
    return dantin->on_progress == NULL || dantin->on_progress(dantin->progress_context, what, done, total);
}

const char *handle_text(const struct dantin *dantin, enum text_id id)
{
    return text_get(id, dantin->language);
}

/* ---- helpers ---- */

static enum err set_home(struct dantin *dantin, const char *home)
{
    enum err err = ERR_OK;
    if (home == NULL) {
        err = platform_home(dantin->home, sizeof dantin->home);
    } else if (strlen(home) >= sizeof dantin->home) {
        err = ERR_TOO_BIG;
    } else {
        memcpy(dantin->home, home, strlen(home) + 1);
    }
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

static enum err unlock_with(struct dantin *dantin, const char *passphrase)
{
    return keys_unlock(dantin->folder, passphrase, &dantin->keys);
}

/* Nobody is asked while the system keeps the keys. */
static enum err unlock_by_asking(struct dantin *dantin, const struct dantin_options *options)
{
    char passphrase[DANTIN_PASSPHRASE_BYTES];
    if (keys_kept(dantin->folder, &dantin->keys) == ERR_OK) {
        return ERR_OK;
    }
    enum err err = ERR_PASSPHRASE;
    for (unsigned tries = 0; err == ERR_PASSPHRASE && tries < DANTIN_PASSPHRASE_TRIES_MAX; tries++) {
        bool is_told =
            options->on_passphrase != NULL &&
            options->on_passphrase(options->context, dantin->person, tries, passphrase, sizeof passphrase);
        if (!is_told) {
            if (tries == 0) {
                (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PASSPHRASE_NEEDED),
                                  dantin->person);
            }
            break;
        }
        err = unlock_with(dantin, passphrase);
        seal_wipe(passphrase, sizeof passphrase);
    }
    return err;
}
