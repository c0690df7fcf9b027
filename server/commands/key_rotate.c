/* dantind key rotate [--master]: new keys for what is sealed (server/store/vault_rotate.h). */
#include <inttypes.h>
#include <stdio.h>

#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/config.h"
#include "server/store/vault_rotate.h"

enum err command_key_rotate(const struct options *options, struct error *ret_error)
{
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
