/* dantind key recipient FILE: a key pair for backups: FILE is the private key, FILE.pub the public one. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crypto/recipient.h"
#include "common/crypto/seal.h"
#include "server/commands/command.h"
#include "server/commands/context.h"

enum { PRIVATE_MODE = 0600, PUBLIC_MODE = 0644 };

enum err command_key_recipient(const struct options *options, struct error *ret_error)
{
    char pem[RECIPIENT_PEM_BYTES_MAX];
    char path[CONTEXT_PATH_BYTES_MAX];
    uint8_t public_key[RECIPIENT_KEY_BYTES];
    struct recipient_key *key = NULL;
    bool is_vi = options->language == LANGUAGE_VI;
    if (options->argument_count != 1) {
        return error_set(ret_error, ERR_USAGE, is_vi ? "cần tên tệp" : "the name of a file is needed");
    }
    (void)umask(077); /* cannot fail */
    (void)snprintf(path, sizeof path, "%s.pub", options->arguments[0]);
    if (access(options->arguments[0], F_OK) == 0 || access(path, F_OK) == 0) {
        return error_set(ret_error, ERR_EXISTS, is_vi ? "%s đã có" : "%s already exists",
                         options->arguments[0]);
    }
    enum err err = recipient_key_generate(&key);
    err = err == ERR_OK ? recipient_key_to_pem(key, pem) : err;
    err = err == ERR_OK
              ? context_write(options->arguments[0], pem, PRIVATE_MODE, options->language, ret_error)
              : err;
    seal_wipe(pem, sizeof pem);
    if (err == ERR_OK) {
        recipient_key_public(key, public_key);
        err = recipient_public_to_pem(public_key, pem);
    }
    err = err == ERR_OK ? context_write(path, pem, PUBLIC_MODE, options->language, ret_error) : err;
    if (err == ERR_OK) {
        (void)printf(is_vi ? "%s: khoá riêng, cất trên phương tiện ngoại tuyến, không để ở máy chủ\n%s: khoá "
                             "công khai, dùng cho "
                             "backup --to\n"
                           : "%s: the private key; keep it offline, not at the server\n%s: the public key, "
                             "for backup --to\n",
                     options->arguments[0], path);
    }
    recipient_key_free(key);
    return err;
}
