/* The terminal without echo. */
#include "server/commands/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "common/base/text.h"
#include "server/commands/command.h"

static enum err read_file(const char *path, enum language language, char *out, struct error *ret_error);
static enum err ask(const char *prompt, const char *name, enum language language, char *out,
                    struct error *ret_error);
static size_t characters_of(const char *text);

enum err passphrase_read(const struct options *options, const char *name, bool is_new,
                         char ret_text[PASSPHRASE_BYTES_MAX], struct error *ret_error)
{
    enum language language = options->language;
    char again[PASSPHRASE_BYTES_MAX] = "";
    char text[PASSPHRASE_BYTES_MAX] = "";
    enum err err = ERR_OK;
    if (options->passphrase_file != NULL) {
        err = read_file(options->passphrase_file, language, text, ret_error);
    } else {
        err = ask(text_get(TEXT_PASSPHRASE_ASK, language), name, language, text, ret_error);
        if (err == ERR_OK && is_new) {
            err = ask(text_get(TEXT_PASSPHRASE_AGAIN, language), name, language, again, ret_error);
        }
        if (err == ERR_OK && is_new && strcmp(text, again) != 0) {
            err = error_set(ret_error, ERR_PASSPHRASE, "%s", text_get(TEXT_PASSPHRASE_DIFFERS, language));
        }
    }
    if (err == ERR_OK && is_new && characters_of(text) < PASSPHRASE_CHARACTERS_MIN) {
        err = error_set(ret_error, ERR_PASSPHRASE, text_get(TEXT_PASSPHRASE_TOO_SHORT, language),
                        PASSPHRASE_CHARACTERS_MIN);
    }
    if (err == ERR_OK) {
        memcpy(ret_text, text, sizeof text);
    }
    OPENSSL_cleanse(text, sizeof text);
    OPENSSL_cleanse(again, sizeof again);
    return err;
}

static enum err read_file(const char *path, enum language language, char *out, struct error *ret_error)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL) {
        return error_set(ret_error, ERR_IO, "%s: %s", path, strerror(errno));
    }
    bool is_read = fgets(out, PASSPHRASE_BYTES_MAX, file) != NULL;
    bool is_whole = is_read && (strchr(out, '\n') != NULL || feof(file) != 0);
    if (file != stdin) {
        (void)fclose(file); /* it was only read */
    }
    out[strcspn(out, "\r\n")] = '\0';
    return is_whole && out[0] != '\0'
               ? ERR_OK
               : error_set(ret_error, ERR_PASSPHRASE, "%s: %s", path, err_text(ERR_PASSPHRASE, language));
}

static enum err ask(const char *prompt, const char *name, enum language language, char *out,
                    struct error *ret_error)
{
    struct termios kept;
    struct termios silent;
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    size_t len = 0;
    char character = '\0';
    if (terminal < 0 || tcgetattr(terminal, &kept) != 0) {
        if (terminal >= 0) {
            (void)close(terminal);
        }
        return error_set(ret_error, ERR_PASSPHRASE, text_get(TEXT_PASSPHRASE_NO_TERMINAL, language), name);
    }
    silent = kept;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)dprintf(terminal, prompt, name);
    (void)tcsetattr(terminal, TCSAFLUSH, &silent); /* at worst it is seen */
    while (read(terminal, &character, 1) == 1 && character != '\n') {
        if (len < PASSPHRASE_BYTES_MAX - 1) {
            out[len++] = character;
        }
    }
    out[len] = '\0';
    (void)tcsetattr(terminal, TCSAFLUSH, &kept);
    (void)dprintf(terminal, "\n");
    (void)close(terminal);
    return ERR_OK;
}

static size_t characters_of(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0;
    }
    return count;
}
