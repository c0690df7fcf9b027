/* dantind ticket create: one line for one person, with which one key may ask to be enrolled. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "common/base/text.h"
#include "common/wire/ticket.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/operators.h"
#include "server/commands/sender.h"
#include "server/config.h"
#include "server/ops/certificates.h"
#include "server/store/database.h"

enum { NUMBER_TEXT_BYTES = 24, SECONDS_PER_HOUR = 3600, HOST_NAME_BYTES_MAX = 256 };

static enum err find_address(const struct options *options, const struct config *config,
                             char ret_address[TICKET_SERVER_BYTES_MAX + 1], struct error *ret_error);
static void find_host(const struct config *config, char ret_host[HOST_NAME_BYTES_MAX]);
static unsigned find_port(const struct config *config, enum language language);
static enum err find_pin(const struct options *options, const struct config *config,
                         uint8_t ret_pin[TICKET_PIN_BYTES], struct error *ret_error);
static enum err put(const struct options *options, const struct database_session *session,
                    const struct ticket *ticket, const struct id *sender, struct error *ret_error);

enum err command_ticket_create(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    struct signing_key *key = NULL;
    struct ticket ticket = {.number = 0};
    struct id sender = {0};
    char text[TICKET_TEXT_BYTES_MAX];
    char passphrase[PASSPHRASE_BYTES_MAX] = "";
    enum err err = options->argument_count == 0
                       ? sender_check(options, ret_error)
                       : error_set(ret_error, ERR_USAGE, "%s", err_text(ERR_USAGE, options->language));
    if (err == ERR_OK) {
        err = command_config(options, &config, ret_error);
    }
    if (err == ERR_OK) {
        err = find_address(options, &config, ticket.server, ret_error);
    }
    if (err == ERR_OK) {
        err = find_pin(options, &config, ticket.pin, ret_error);
    }
    if (err == ERR_OK) {
        err = operators_ask(options, passphrase, ret_error);
    }
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = sender_find(options, &config, &session, &sender, ret_error);
    }
    if (err == ERR_OK) {
        err = operators_unlock(options, &config, &session, passphrase, &key, ret_error);
    }
    if (err == ERR_OK) {
        ticket_draw(&ticket);
        ticket.expires_s = (uint32_t)(time(NULL) + (time_t)TICKET_HOURS * SECONDS_PER_HOUR);
        err = put(options, &session, &ticket, &sender, ret_error);
    }
    if (err == ERR_OK) {
        ticket_format(&ticket, text);
        (void)fprintf(stderr, text_get(TEXT_TICKET_MADE, options->language), TICKET_HOURS);
        if (printf("%s\n", text) < 0 || fflush(stdout) != 0) {
            err = error_set(ret_error, ERR_IO, "stdout");
        }
        OPENSSL_cleanse(text, sizeof text);
    }
    OPENSSL_cleanse(&ticket, sizeof ticket);
    OPENSSL_cleanse(passphrase, sizeof passphrase);
    signing_key_free(key);
    context_close_database(&session);
    return err;
}

static enum err find_address(const struct options *options, const struct config *config,
                             char ret_address[TICKET_SERVER_BYTES_MAX + 1], struct error *ret_error)
{
    char host[HOST_NAME_BYTES_MAX];
    int len = 0;
    if (options->address != NULL) {
        char given[CONFIG_TEXT_BYTES_MAX];
        unsigned port = 0;
        if (config_address(options->address, given, &port) != ERR_OK || port == 0) {
            return error_set(ret_error, ERR_USAGE, "--address HOST:PORT");
        }
        len = snprintf(ret_address, TICKET_SERVER_BYTES_MAX + 1, "%s", options->address);
    } else {
        find_host(config, host);
        len = snprintf(ret_address, TICKET_SERVER_BYTES_MAX + 1, "%s:%u", host,
                       find_port(config, options->language));
    }
    return len >= TICKET_SERVER_BYTES_MIN && len <= TICKET_SERVER_BYTES_MAX
               ? ERR_OK
               : error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_TICKET_ADDRESS, options->language));
}

/* The first name of the configuration that means this machine from elsewhere too, else the machine's own. */
static void find_host(const struct config *config, char ret_host[HOST_NAME_BYTES_MAX])
{
    for (const char *at = config->names; *at != '\0';) {
        at += strspn(at, ", \t");
        size_t len = strcspn(at, ", \t");
        bool is_local = strncmp(at, "localhost", len) == 0 || strncmp(at, "127.", 4) == 0;
        if (len > 0 && len < HOST_NAME_BYTES_MAX && !is_local) {
            memcpy(ret_host, at, len);
            ret_host[len] = '\0';
            return;
        }
        at += len;
    }
    if (gethostname(ret_host, HOST_NAME_BYTES_MAX - 1) != 0) {
        (void)snprintf(ret_host, HOST_NAME_BYTES_MAX, "localhost");
    }
    ret_host[HOST_NAME_BYTES_MAX - 1] = '\0';
}

/* Of the running server (DIR/run/ports), else of the configuration. */
static unsigned find_port(const struct config *config, enum language language)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char text[CONTEXT_FILE_BYTES_MAX];
    char host[CONFIG_TEXT_BYTES_MAX];
    size_t len = 0;
    unsigned port = 0;
    struct error ignored = {0}; /* no server runs */
    context_path(config, "run/ports", path);
    if (context_read(path, language, text, &len, &ignored) == ERR_OK &&
        sscanf(text, "listen=%u", &port) == 1) {
        return port;
    }
    return config_address(config->listen, host, &port) == ERR_OK ? port : 0;
}

static enum err find_pin(const struct options *options, const struct config *config,
                         uint8_t ret_pin[TICKET_PIN_BYTES], struct error *ret_error)
{
    char path[CONTEXT_PATH_BYTES_MAX];
    char text[CONTEXT_FILE_BYTES_MAX];
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    size_t len = 0;
    context_path(config, "server.crt", path);
    enum err err = context_read(path, options->language, text, &len, ret_error);
    if (err == ERR_OK) {
        err = certificate_key(bytes_of(text, len), key);
        if (err != ERR_OK) {
            return error_set(ret_error, err, "%s: %s", path, err_text(err, options->language));
        }
        struct hash hash = sign_spki_hash(key);
        memcpy(ret_pin, hash.at, TICKET_PIN_BYTES);
    }
    return err;
}

static enum err put(const struct options *options, const struct database_session *session,
                    const struct ticket *ticket, const struct id *sender, struct error *ret_error)
{
    char number[NUMBER_TEXT_BYTES];
    char expires[NUMBER_TEXT_BYTES];
    char code_hash[HASH_HEX_BYTES];
    char uuid[SENDER_UUID_BYTES];
    struct hash hash = ticket_code_hash(ticket->code);
    (void)snprintf(number, sizeof number, "%lu", (unsigned long)ticket->number);
    (void)snprintf(expires, sizeof expires, "%lu", (unsigned long)ticket->expires_s);
    hex_encode(bytes_of(hash.at, sizeof hash.at), code_hash);
    sender_uuid(sender, uuid);
    const char *parameters[] = {number,
                                code_hash,
                                uuid,
                                options->role,
                                options->is_province ? "true" : "false",
                                options->is_exact ? "true" : "false",
                                options->operator_name,
                                expires};
    return database_run_file(session->connection, "queries/ticket_put.sql", parameters, 8, NULL, ret_error);
}
