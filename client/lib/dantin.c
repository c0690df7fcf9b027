/* The public interface: opening, closing, setting up. */
#include "client/lib/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "client/lib/connection.h"
#include "client/lib/import.h"
#include "client/lib/keys.h"
#include "client/lib/store_setting.h"
#include "common/base/clock.h"
#include "common/record/date.h"

enum { CONFIG_BYTES_MAX = 65536 };

/* Sentence of the last failed dantin_open or dantin_init of this thread: there is no handle to keep it. */
static _Thread_local struct error open_error;

static enum err set_home(struct dantin *dantin, const char *home);
static enum err read_config(struct dantin *dantin);
static int on_config_line(void *context, const char *section, const char *name, const char *value);
static enum err make_home(struct dantin *dantin, const char *server);
static enum err make_key(struct dantin *dantin, struct store *store);
static enum err fill_reference(struct dantin *dantin, struct store *store);
static enum err write_request(struct dantin *dantin, const char *csr_path, char *ret_path, size_t path_bytes);
static enum err write_config(struct dantin *dantin, const char *server);
static enum err load_device(struct dantin *dantin, struct hash *ret_device);
static bool import_progress(void *context, const char *what, uint64_t done, uint64_t total);
static enum text_id text_of_fault(enum keys_fault fault);

const char *dantin_version(void)
{
    return DANTIN_VERSION;
}

int dantin_open(const char *home, enum dantin_language language, struct dantin **ret_dantin)
{
    struct dantin *dantin = calloc(1, sizeof *dantin);
    struct store *store = NULL;
    if (dantin == NULL) {
        return (int)error_set(&open_error, ERR_NO_MEMORY, "%s",
                              err_text(ERR_NO_MEMORY, (enum language)language));
    }
    dantin->language = language == DANTIN_EN ? LANGUAGE_EN : LANGUAGE_VI;
    enum err err = set_home(dantin, home);
    if (err == ERR_OK) {
        err = read_config(dantin);
    }
    if (err == ERR_OK) {
        err = handle_store_open(dantin, &store); /* early word of a missing or damaged store */
        store_close(err == ERR_OK ? store : NULL);
    }
    if (err != ERR_OK) {
        open_error = dantin->error;
        free(dantin);
        return (int)err;
    }
    *ret_dantin = dantin;
    return ERR_OK;
}

void dantin_close(struct dantin *dantin)
{
    free(dantin);
}

const char *dantin_error_text(const struct dantin *dantin)
{
    return dantin != NULL ? dantin->error.text : open_error.text;
}

void dantin_set_progress(struct dantin *dantin, dantin_on_progress *on_progress, void *context)
{
    dantin->on_progress = on_progress;
    dantin->progress_context = context;
}

int dantin_init(const char *home, enum dantin_language language, const char *server, const char *csr_path,
                char *ret_csr_path, size_t ret_csr_path_bytes)
{
    struct dantin *dantin = calloc(1, sizeof *dantin);
    if (dantin == NULL) {
        return (int)error_set(&open_error, ERR_NO_MEMORY, "%s",
                              err_text(ERR_NO_MEMORY, (enum language)language));
    }
    dantin->language = language == DANTIN_EN ? LANGUAGE_EN : LANGUAGE_VI;
    enum err err = set_home(dantin, home);
    if (err == ERR_OK) {
        err = make_home(dantin, server);
    }
    if (err == ERR_OK) {
        err = write_request(dantin, csr_path, ret_csr_path, ret_csr_path_bytes);
    }
    if (err == ERR_OK) {
        err = write_config(dantin, server); /* last: from here on the home counts as set up */
    }
    open_error = dantin->error;
    free(dantin);
    return (int)err;
}

int dantin_install_certificate(struct dantin *dantin, const char *certificate_path,
                               const char *authority_path)
{
    struct hash device = {0};
    enum keys_fault fault = KEYS_FINE;
    enum err err = load_device(dantin, &device);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = keys_install(dantin->home, &device, certificate_path, authority_path, clock_now_ms(), &fault);
    if (err == ERR_CONFIG) {
        return handle_fail(dantin, err, handle_text(dantin, text_of_fault(fault)), certificate_path);
    }
    if (err != ERR_OK) {
        return handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_CERTIFICATE_FILE), certificate_path,
                           authority_path, err_text(err, dantin->language));
    }
    return ERR_OK;
}

/* ---- the home ---- */

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

/* dantin.ini; without one the server stays "". */
static enum err read_config(struct dantin *dantin)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    struct buf text;
    buf_init(&text, CONFIG_BYTES_MAX);
    enum err err = platform_path_join(dantin->home, "dantin.ini", path, sizeof path);
    if (err == ERR_OK) {
        err = platform_file_read(path, &text);
    }
    if (err == ERR_OK) {
        err = buf_append(&text, bytes_of("", 1)); /* the NUL inih wants */
    }
    if (err == ERR_OK && ini_parse_string((const char *)buf_content(&text).at, on_config_line, dantin) != 0) {
        err = ERR_CONFIG;
    }
    buf_release(&text);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    return err == ERR_OK
               ? ERR_OK
               : (enum err)handle_fail(dantin, err, "%s: %s", path, err_text(err, dantin->language));
}

/* Returns 0 for a line nobody understands. */
static int on_config_line(void *context, const char *section, const char *name, const char *value)
{
    struct dantin *dantin = context;
    size_t len = strlen(value);
    if (section[0] != '\0' || strcmp(name, "server") != 0 || len >= sizeof dantin->server) {
        return 0;
    }
    memcpy(dantin->server, value, len + 1);
    return 1;
}

/* Folder, store, key and reference data. A set-up that was cut short is taken up where it stopped. */
static enum err make_home(struct dantin *dantin, const char *server)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char host[CONNECTION_HOST_BYTES_MAX];
    char port[CONNECTION_PORT_BYTES_MAX];
    struct store *store = NULL;
    struct error error = {0};
    if (strlen(server) >= HANDLE_SERVER_BYTES_MAX || strpbrk(server, "\r\n;#") != NULL ||
        connection_split_server(server, host, port) != ERR_OK) {
        return (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_HANDLE_SERVER), server);
    }
    enum err err = platform_path_join(dantin->home, "dantin.ini", path, sizeof path);
    if (err != ERR_OK) {
        return (enum err)handle_fail(dantin, err, NULL);
    }
    if (platform_file_exists(path)) {
        return (enum err)handle_fail(dantin, ERR_EXISTS, handle_text(dantin, TEXT_HANDLE_HOME_EXISTS),
                                     dantin->home);
    }
    err = platform_folder_make(dantin->home);
    if (err != ERR_OK) {
        return (enum err)handle_fail(dantin, err, "%s: %s", dantin->home, platform_reason());
    }
    err = store_open(dantin->home, true, &store, &error);
    if (err != ERR_OK) {
        return (enum err)handle_fail_error(dantin, err, &error);
    }
    err = make_key(dantin, store);
    if (err == ERR_OK) {
        err = fill_reference(dantin, store);
    }
    store_close(store);
    return err;
}

static enum err make_key(struct dantin *dantin, struct store *store)
{
    struct hash device = {0};
    struct arena arena;
    struct bytes kept = {0};
    arena_init(&arena, CONFIG_BYTES_MAX);
    enum err err = keys_create(dantin->home, &device);
    if (err == ERR_EXISTS) {
        struct keys keys = {0};
        uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
        err = keys_load(dantin->home, &keys);
        if (err == ERR_OK) {
            signing_key_public(keys.key, public_key);
            device = sign_spki_hash(public_key);
        }
        keys_release(&keys);
    }
    if (err == ERR_OK && store_setting_get(store, SETTING_DEVICE, &arena, &kept) == ERR_NOT_FOUND) {
        err = store_begin(store);
        if (err == ERR_OK) {
            err = store_setting_put(store, SETTING_DEVICE, bytes_of(device.at, HASH_BYTES));
        }
        if (err == ERR_OK) {
            err = store_commit(store);
        }
        store_rollback(store);
    }
    arena_release(&arena);
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

static enum err fill_reference(struct dantin *dantin, struct store *store)
{
    struct error error = {0};
    struct import_result result;
    struct import_options options = {
        .language = dantin->language,
        .today = date_of_moment(clock_now_ms()),
        .on_progress = import_progress,
        .progress_context = dantin,
    };
    enum err err = import_reference(store, RECORD_REFERENCE, &options, &result, &error);
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail_error(dantin, err, &error);
}

static bool import_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    return handle_progress(context, what, done, total);
}

static enum err write_request(struct dantin *dantin, const char *csr_path, char *ret_path, size_t path_bytes)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    enum err err = ERR_OK;
    if (csr_path == NULL) {
        err = platform_path_join(dantin->home, "device.csr", path, sizeof path);
        csr_path = path;
    }
    if (err == ERR_OK) {
        err = keys_write_request(dantin->home, csr_path, ret_path, path_bytes);
    }
    return err == ERR_OK
               ? ERR_OK
               : (enum err)handle_fail(dantin, err, "%s: %s", csr_path, err_text(err, dantin->language));
}

static enum err write_config(struct dantin *dantin, const char *server)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char text[HANDLE_SERVER_BYTES_MAX + 16];
    (void)snprintf(text, sizeof text, "server = %s\n", server);
    enum err err = platform_path_join(dantin->home, "dantin.ini", path, sizeof path);
    if (err == ERR_OK) {
        err = platform_file_replace(path, bytes_of_text(text), false);
    }
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, "%s: %s", path, platform_reason());
}

static enum err load_device(struct dantin *dantin, struct hash *ret_device)
{
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_device(store, ret_device);
    store_close(store);
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, ERR_STORE, NULL);
}

static enum text_id text_of_fault(enum keys_fault fault)
{
    switch (fault) {
    case KEYS_OTHER_KEY:
        return TEXT_KEYS_OTHER_KEY;
    case KEYS_OTHER_DEVICE:
        return TEXT_KEYS_OTHER_DEVICE;
    case KEYS_OTHER_AUTHORITY:
        return TEXT_KEYS_OTHER_AUTHORITY;
    case KEYS_OUT_OF_DATE:
        return TEXT_KEYS_OUT_OF_DATE;
    case KEYS_UNREADABLE:
    case KEYS_FINE:
    default:
        return TEXT_KEYS_UNREADABLE;
    }
}
