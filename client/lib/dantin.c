/* The public interface: opening, closing, setting up. */
#include "client/lib/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "client/lib/connection.h"
#include "client/lib/import.h"
#include "common/base/clock.h"
#include "common/crypto/seal.h"
#include "common/record/date.h"

#define FIRST_PERSON "main"

enum { CONFIG_BYTES_MAX = 65536 };

static enum err read_config(struct dantin *dantin);
static int on_config_line(void *context, const char *section, const char *name, const char *value);
static enum err make_home(struct dantin *dantin, const struct dantin_options *options,
                          const struct dantin_init_request *request, struct dantin_init_result *result);
static enum err choose_name(struct dantin *dantin, const char *person);
static enum err make_key(struct dantin *dantin, const struct dantin_options *options, enum key_file_cost cost,
                         char *ret_code);
static enum err make_store(struct dantin *dantin);
static enum err fill_reference(struct dantin *dantin, struct store *store);
static enum err write_request(struct dantin *dantin, const char *csr_path, char *ret_path, size_t path_bytes);
static enum err write_config(struct dantin *dantin, const char *server);
static bool import_progress(void *context, const char *what, uint64_t done, uint64_t total);
static enum text_id text_of_fault(enum keys_fault fault);

const char *dantin_version(void)
{
    return DANTIN_VERSION;
}

int dantin_open(const struct dantin_options *options, struct dantin **ret_dantin)
{
    struct dantin *dantin = NULL;
    struct store *store = NULL;
    enum err err = handle_new(options, &dantin);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = handle_choose(dantin, options);
    if (err == ERR_OK) {
        err = read_config(dantin);
    }
    if (err == ERR_OK) {
        err = handle_unlock(dantin, options);
    }
    if (err == ERR_OK) {
        err = handle_store_open(dantin, &store); /* early word of a missing or damaged store */
        store_close(err == ERR_OK ? store : NULL);
    }
    if (err != ERR_OK) {
        handle_keep_error(dantin);
        handle_free(dantin);
        return (int)err;
    }
    *ret_dantin = dantin;
    return ERR_OK;
}

void dantin_close(struct dantin *dantin)
{
    handle_free(dantin);
}

const char *dantin_error_text(const struct dantin *dantin)
{
    return dantin != NULL ? dantin->error.text : handle_kept_error();
}

void dantin_set_progress(struct dantin *dantin, dantin_on_progress *on_progress, void *context)
{
    dantin->on_progress = on_progress;
    dantin->progress_context = context;
}

int dantin_init(const struct dantin_options *options, const struct dantin_init_request *request,
                struct dantin_init_result *ret_result)
{
    struct dantin *dantin = NULL;
    struct dantin_init_result result = {0};
    enum err err = handle_new(options, &dantin);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = make_home(dantin, options, request, &result);
    if (err == ERR_OK) {
        err = write_request(dantin, request->csr_path, result.csr_path, sizeof result.csr_path);
    }
    if (err == ERR_OK) {
        err = write_config(dantin, request->server); /* last: from here on the home counts as set up */
    }
    if (err == ERR_OK) {
        memcpy(result.person, dantin->person, sizeof result.person);
        *ret_result = result;
    }
    handle_keep_error(dantin);
    handle_free(dantin);
    seal_wipe(&result, sizeof result);
    return (int)err;
}

bool dantin_is_set_up(const struct dantin_options *options)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    struct dantin *dantin = NULL;
    bool is_there = false;
    if (handle_new(options, &dantin) == ERR_OK) {
        is_there = platform_path_join(dantin->home, "dantin.ini", path, sizeof path) == ERR_OK &&
                   platform_file_exists(path);
    }
    handle_free(dantin);
    return is_there;
}

int dantin_install_certificate(struct dantin *dantin, const char *certificate_path,
                               const char *authority_path)
{
    enum keys_fault fault = KEYS_FINE;
    enum err err =
        keys_install(dantin->folder, &dantin->keys, certificate_path, authority_path, clock_now_ms(), &fault);
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

/* Folder, key, store and reference data. A set-up that was cut short is taken up where it stopped. */
static enum err make_home(struct dantin *dantin, const struct dantin_options *options,
                          const struct dantin_init_request *request, struct dantin_init_result *result)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char host[CONNECTION_HOST_BYTES_MAX];
    char port[CONNECTION_PORT_BYTES_MAX];
    const char *server = request->server;
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
    err = choose_name(dantin, options->person);
    if (err == ERR_OK) {
        err = make_key(dantin, options,
                       request->cost == DANTIN_KEY_FOR_TESTS ? KEY_FILE_FOR_TESTS : KEY_FILE_STRONG,
                       result->recovery_code);
    }
    return err == ERR_OK ? make_store(dantin) : err;
}

/* The name of the first person. Whoever is here already is the person of a set-up that was cut short. */
static enum err choose_name(struct dantin *dantin, const char *person)
{
    char there[KEYS_PERSON_BYTES_MAX + 1] = FIRST_PERSON;
    const char *name = person;
    enum err err = keys_choose(dantin->home, NULL, there);
    if (person == NULL) {
        name = there;
    } else if (!keys_is_person(person)) {
        return (enum err)handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_HANDLE_PERSON_NAME), person,
                                     (int)KEYS_PERSON_BYTES_MAX);
    }
    if (err == ERR_AMBIGUOUS || (err == ERR_OK && strcmp(there, name) != 0)) {
        return (enum err)handle_fail(dantin, ERR_EXISTS, handle_text(dantin, TEXT_HANDLE_HOME_EXISTS),
                                     dantin->home);
    }
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        memcpy(dantin->person, name, strlen(name) + 1);
        err = keys_folder(dantin->home, dantin->person, dantin->folder);
    }
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

static enum err make_key(struct dantin *dantin, const struct dantin_options *options, enum key_file_cost cost,
                         char *ret_code)
{
    char asked[DANTIN_PASSPHRASE_BYTES] = "";
    const char *passphrase = options->passphrase;
    enum err err = ERR_OK;
    if (passphrase == NULL && options->on_passphrase != NULL &&
        options->on_passphrase(options->context, dantin->person, 0, asked, sizeof asked)) {
        passphrase = asked;
    }
    if (passphrase == NULL) {
        return (enum err)handle_fail(dantin, ERR_PASSPHRASE,
                                     handle_text(dantin, TEXT_HANDLE_PASSPHRASE_NEEDED), dantin->person);
    }
    err = handle_check_passphrase(dantin, passphrase);
    if (err != ERR_OK) {
        goto done;
    }
    err = keys_create(dantin->folder, passphrase, cost, NULL, ret_code, &dantin->keys);
    if (err == ERR_EXISTS) {
        err = keys_unlock(dantin->folder, passphrase, &dantin->keys);
        if (err == ERR_OK) {
            err = keys_set_code(dantin->folder, &dantin->keys, cost, ret_code);
        }
    }
    if (err == ERR_PASSPHRASE) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_PASSPHRASE_WRONG), dantin->person);
    } else if (err != ERR_OK) {
        (void)handle_fail(dantin, err, "%s: %s", dantin->folder, platform_reason());
    }
done:
    seal_wipe(asked, sizeof asked);
    return err;
}

static enum err make_store(struct dantin *dantin)
{
    struct store *store = NULL;
    struct error error = {0};
    handle_set_owner(dantin);
    enum err err = store_open(dantin->home, &dantin->owner, true, &store, &error);
    if (err != ERR_OK) {
        return (enum err)handle_fail_error(dantin, err, &error);
    }
    err = fill_reference(dantin, store);
    store_close(store);
    return err;
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
        err = platform_path_join(dantin->folder, "device.csr", path, sizeof path);
        csr_path = path;
    }
    if (err == ERR_OK) {
        err = keys_write_request(&dantin->keys, csr_path, ret_path, path_bytes);
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
