/* Passphrases and recovery codes: asking for them, and dantin passphrase, dantin recover. Keeping keys: unlock.c. */
#include "client/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { NEW_TRIES_MAX = 5 };

static volatile sig_atomic_t is_cancelled;

static void on_cancel(int signal_number);
static bool on_person(void *context, const char *person);
static bool read_line(int descriptor, char *out, size_t out_bytes);
static bool ask_twice(struct cli *cli, const char *person, char *out, size_t out_bytes);
static enum cli_exit need_option(struct cli *cli, const char *option);
static enum cli_exit change_passphrase(struct cli *cli, enum dantin_key_cost cost);
static enum cli_exit draw_code(struct cli *cli, enum dantin_key_cost cost);
static enum cli_exit say_done(struct cli *cli);

bool cli_read_secret(struct cli *cli, const char *path, char *out, size_t out_bytes)
{
    bool is_input = strcmp(path, "-") == 0;
    int descriptor = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = descriptor >= 0 && read_line(descriptor, out, out_bytes);
    if (descriptor >= 0 && !is_input) {
        (void)close(descriptor); /* only read */
    }
    if (!is_read) {
        char sentence[ERROR_TEXT_BYTES_MAX];
        (void)snprintf(sentence, sizeof sentence, cli_text(cli, TEXT_CLI_SECRET_FILE), path, out_bytes - 1);
        (void)fprintf(stderr, "dantin: %s\n", sentence); /* nobody to tell when stderr is gone */
    }
    return is_read;
}

bool cli_ask_secret(const char *question, char *out, size_t out_bytes)
{
    struct termios kept;
    struct sigaction cancel = {.sa_handler = on_cancel};
    struct sigaction before;
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &kept) != 0) {
        if (terminal >= 0) {
            (void)close(terminal);
        }
        return false;
    }
    struct termios silent = kept;
    silent.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
    is_cancelled = 0;
    (void)sigaction(SIGINT, &cancel, &before); /* the terminal must show what is typed again after Ctrl+C */
    bool is_asked = tcsetattr(terminal, TCSAFLUSH, &silent) == 0 &&
                    write(terminal, question, strlen(question)) == (ssize_t)strlen(question);
    bool is_read = is_asked && read_line(terminal, out, out_bytes) && !is_cancelled;
    (void)tcsetattr(terminal, TCSAFLUSH, &kept);
    (void)sigaction(SIGINT, &before, NULL);
    (void)!write(terminal, "\n", 1); /* only for the eye */
    (void)close(terminal);
    return is_read;
}

bool cli_passphrase(void *context, const char *person, unsigned tries, char *out, size_t out_bytes)
{
    struct cli *cli = context;
    char question[ERROR_TEXT_BYTES_MAX];
    if (cli->passphrase_file != NULL) {
        return tries == 0 && cli_read_secret(cli, cli->passphrase_file, out, out_bytes);
    }
    (void)snprintf(question, sizeof question,
                   cli_text(cli, tries == 0 ? TEXT_CLI_ASK_PASSPHRASE : TEXT_CLI_ASK_AGAIN), person);
    return cli_ask_secret(question, out, out_bytes);
}

bool cli_new_passphrase(void *context, const char *person, unsigned tries, char *out, size_t out_bytes)
{
    struct cli_new_passphrase *wanted = context;
    if (wanted->path != NULL) {
        return tries == 0 && cli_read_secret(wanted->cli, wanted->path, out, out_bytes);
    }
    return ask_twice(wanted->cli, person, out, out_bytes);
}

const char *cli_person(const struct cli *cli)
{
    static char only[DANTIN_PERSON_BYTES];
    struct dantin_options options = {.home = cli->home};
    only[0] = '\0';
    if (cli->person != NULL) {
        return cli->person;
    }
    return dantin_persons(&options, on_person, only) == 0 ? only : "";
}

enum cli_exit cli_open_asking(struct cli *cli, char *out, size_t out_bytes)
{
    struct dantin_options options = cli_options(cli);
    if (!cli_passphrase(cli, cli_person(cli), 0, out, out_bytes)) {
        return cli->passphrase_file != NULL ? CLI_FAILED : need_option(cli, "--passphrase-file");
    }
    options.passphrase = out;
    int status = dantin_open(&options, &cli->dantin);
    if (status != 0) {
        explicit_bzero(out, out_bytes);
        return cli_fail(cli, status);
    }
    return CLI_OK;
}

bool cli_key_cost(struct cli *cli, enum dantin_key_cost *ret_cost)
{
    const char *cost = cli_value(cli, "kdf-cost");
    if (cost == NULL) {
        *ret_cost = DANTIN_KEY_STRONG;
        return true;
    }
    if (strcmp(cost, "for-tests") != 0) {
        (void)cli_usage(cli, TEXT_CLI_KDF_COST, cost);
        return false;
    }
    (void)fprintf(stderr, "dantin: %s\n", cli_text(cli, TEXT_CLI_KDF_WARNING));
    *ret_cost = DANTIN_KEY_FOR_TESTS;
    return true;
}

void cli_show_code(struct cli *cli, cJSON *document, const char *person, const char *code)
{
    if (cli->is_json) {
        (void)cJSON_AddStringToObject(document, "recovery_code",
                                      code); /* cli_print_json sees a NULL document */
    } else {
        cli_say(cli, TEXT_CLI_RECOVERY_CODE, person, code);
    }
}

enum cli_exit check_passphrase(struct cli *cli)
{
    bool is_known = strcmp(cli->arguments[0], "change") == 0 || strcmp(cli->arguments[0], "new-code") == 0;
    return is_known ? CLI_OK : cli_usage(cli, TEXT_CLI_NO_COMMAND, cli->arguments[0]);
}

enum cli_exit command_passphrase(struct cli *cli)
{
    enum dantin_key_cost cost = DANTIN_KEY_STRONG;
    if (!cli_key_cost(cli, &cost)) {
        return CLI_USAGE;
    }
    return strcmp(cli->arguments[0], "change") == 0 ? change_passphrase(cli, cost) : draw_code(cli, cost);
}

enum cli_exit command_recover(struct cli *cli)
{
    char code[DANTIN_PASSPHRASE_BYTES];
    char passphrase[DANTIN_PASSPHRASE_BYTES];
    enum dantin_key_cost cost = DANTIN_KEY_STRONG;
    const char *path = cli_value(cli, "code");
    struct cli_new_passphrase wanted = {.cli = cli, .path = cli_value(cli, "new-passphrase-file")};
    struct dantin_options options = cli_options(cli);
    enum cli_exit exit_code = CLI_OK;
    if (!cli_key_cost(cli, &cost)) {
        return CLI_USAGE;
    }
    bool is_told = path != NULL ? cli_read_secret(cli, path, code, sizeof code)
                                : cli_ask_secret(cli_text(cli, TEXT_CLI_ASK_CODE), code, sizeof code);
    if (!is_told) {
        return path != NULL ? CLI_FAILED : need_option(cli, "--code");
    }
    if (!cli_new_passphrase(&wanted, cli_person(cli), 0, passphrase, sizeof passphrase)) {
        exit_code = wanted.path != NULL ? CLI_FAILED : need_option(cli, "--new-passphrase-file");
        goto done;
    }
    int status = dantin_recover(&options, code, passphrase, cost);
    exit_code = status == 0 ? say_done(cli) : cli_fail(cli, status);
done:
    explicit_bzero(code, sizeof code);
    explicit_bzero(passphrase, sizeof passphrase);
    return exit_code;
}

/* ---- helpers ---- */

static bool on_person(void *context, const char *person)
{
    char *only = context;
    bool is_first = only[0] == '\0';
    (void)snprintf(only, DANTIN_PERSON_BYTES, "%s", is_first ? person : ""); /* names are short */
    return is_first;
}

static enum cli_exit change_passphrase(struct cli *cli, enum dantin_key_cost cost)
{
    char old[DANTIN_PASSPHRASE_BYTES];
    char passphrase[DANTIN_PASSPHRASE_BYTES];
    struct cli_new_passphrase wanted = {.cli = cli, .path = cli_value(cli, "new-passphrase-file")};
    enum cli_exit exit_code = cli_open_asking(cli, old, sizeof old);
    if (exit_code != CLI_OK) {
        return exit_code;
    }
    if (!cli_new_passphrase(&wanted, cli_person(cli), 0, passphrase, sizeof passphrase)) {
        exit_code = wanted.path != NULL ? CLI_FAILED : need_option(cli, "--new-passphrase-file");
    } else {
        int status = dantin_set_passphrase(cli->dantin, old, passphrase, cost);
        exit_code = status == 0 ? say_done(cli) : cli_fail(cli, status);
        explicit_bzero(passphrase, sizeof passphrase);
    }
    explicit_bzero(old, sizeof old);
    return exit_code;
}

static enum cli_exit draw_code(struct cli *cli, enum dantin_key_cost cost)
{
    char passphrase[DANTIN_PASSPHRASE_BYTES];
    char code[DANTIN_RECOVERY_CODE_BYTES];
    enum cli_exit exit_code = cli_open_asking(cli, passphrase, sizeof passphrase);
    if (exit_code != CLI_OK) {
        return exit_code;
    }
    explicit_bzero(passphrase, sizeof passphrase);
    int status = dantin_set_recovery_code(cli->dantin, cost, code);
    if (status != 0) {
        return cli_fail(cli, status);
    }
    cJSON *document = cli->is_json ? cJSON_CreateObject() : NULL;
    cli_show_code(cli, document, cli_person(cli), code);
    explicit_bzero(code, sizeof code);
    return cli->is_json ? cli_print_json(document, CLI_OK) : CLI_OK;
}

static enum cli_exit say_done(struct cli *cli)
{
    if (cli->is_json) {
        cJSON *document = cJSON_CreateObject();
        (void)cJSON_AddBoolToObject(document, "changed", true); /* cli_print_json sees a NULL document */
        return cli_print_json(document, CLI_OK);
    }
    cli_say(cli, TEXT_CLI_PASSPHRASE_DONE);
    return CLI_OK;
}

static enum cli_exit need_option(struct cli *cli, const char *option)
{
    return cli_usage(cli, TEXT_CLI_NEEDS_SECRET, option);
}

static bool ask_twice(struct cli *cli, const char *person, char *out, size_t out_bytes)
{
    char again[DANTIN_PASSPHRASE_BYTES];
    const char *complaint = "";
    bool is_told = false;
    for (unsigned i = 0; !is_told && i < NEW_TRIES_MAX; i++) {
        char question[ERROR_TEXT_BYTES_MAX];
        size_t len = (size_t)snprintf(question, sizeof question, "%s", complaint); /* a short text */
        (void)snprintf(question + len, sizeof question - len, cli_text(cli, TEXT_CLI_ASK_NEW), person);
        if (!cli_ask_secret(question, out, out_bytes)) {
            break;
        }
        if (!dantin_is_passphrase(out)) {
            complaint = cli_text(cli, TEXT_CLI_ASK_SHORT);
            continue;
        }
        if (!cli_ask_secret(cli_text(cli, TEXT_CLI_ASK_NEW_AGAIN), again, sizeof again)) {
            break;
        }
        is_told = strcmp(out, again) == 0;
        complaint = cli_text(cli, TEXT_CLI_ASK_DIFFERENT);
    }
    explicit_bzero(again, sizeof again);
    return is_told;
}

/* Read by single bytes: standard input may hold more than the secret. */
static bool read_line(int descriptor, char *out, size_t out_bytes)
{
    size_t len = 0;
    for (;;) {
        char character = '\n';
        ssize_t got = read(descriptor, &character, 1);
        if (got < 0) {
            if (errno == EINTR && !is_cancelled) {
                continue;
            }
            return false;
        }
        if (got == 0 || character == '\n') {
            break;
        }
        if (len + 1 >= out_bytes || character == '\0') {
            return false;
        }
        out[len++] = character;
    }
    if (len > 0 && out[len - 1] == '\r') {
        len--;
    }
    out[len] = '\0';
    return true;
}

static void on_cancel(int signal_number)
{
    (void)signal_number;
    is_cancelled = 1;
}
