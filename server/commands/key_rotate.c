/* dantind key rotate [--master]: new keys for what is sealed (server/store/vault_rotate.h); --receipt: another key for the log. */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/text.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/log_key_change.h"
#include "server/config.h"
#include "server/store/vault_rotate.h"

static enum err rotate_receipt(const struct options *options, struct error *ret_error);

enum err command_key_rotate(const struct options *options, struct error *ret_error)
{
    if (options->is_receipt) {
        return options->is_master ? error_set(ret_error, ERR_USAGE, "--receipt | --master")
                                  : rotate_receipt(options, ret_error);
    }
    struct config config;
    struct database_session session = {0};
    struct vault *vault = NULL;
    struct vault_rotated rotated = {0};
    bool is_vi = options->language == LANGUAGE_VI;
    const struct vault_rotation rotation = {.with_master = options->is_master, .language = options->language};
    enum err err = command_config(options, &config, ret_error);
    err = err == ERR_OK ? context_open_database(options, &config, &session, ret_error) : err;
    err = err == ERR_OK
              ? context_open_vault(&config, options->language, session.connection, &vault, ret_error)
              : err;
    err = err == ERR_OK ? vault_rotate(session.connection, vault, &rotation, &rotated, ret_error) : err;
    if (err == ERR_OK && rotated.was_taken_up) {
        (void)printf(is_vi ? "Đã hoàn tất lần đổi khoá dở dang: niêm phong lại %" PRIu64 " giá trị\n"
                           : "The exchange that was interrupted is complete: %" PRIu64
                             " values sealed anew\n",
                     rotated.values);
    } else if (err == ERR_OK) {
        (void)printf(is_vi ? "Đã đổi khoá của %" PRIu64 " đơn vị, niêm phong lại %" PRIu64 " giá trị\n"
                           : "New keys for %" PRIu64 " senders, %" PRIu64 " values sealed anew\n",
                     rotated.senders, rotated.values);
    }
    if (err == ERR_OK && options->is_master) {
        char path[CONTEXT_PATH_BYTES_MAX];
        context_master_path(&config, path);
        (void)printf(
            is_vi ? "Khoá chủ mới: %s. Hãy tạo bản sao lưu mới; bản cũ cần khoá chủ cũ trong chính nó.\n"
                  : "New master key: %s. Make a new backup; an older one opens with the older key it "
                    "holds.\n",
            path);
    }
    vault_free(vault);
    context_close_database(&session);
    return err;
}

static enum err rotate_receipt(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    bool was_taken_up = false;
    enum err err = command_config(options, &config, ret_error);
    err = err == ERR_OK ? context_open_database(options, &config, &session, ret_error) : err;
    err =
        err == ERR_OK ? log_key_change(&config, &session, options->language, &was_taken_up, ret_error) : err;
    if (err == ERR_OK) {
        (void)printf(
            "%s\n", text_get(was_taken_up ? TEXT_LOG_KEY_TAKEN_UP : TEXT_LOG_KEY_CHANGED, options->language));
    }
    context_close_database(&session);
    return err;
}
