/* What every command uses: sentences, failures, JSON, progress. */
#include "client/cli/cli.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"

enum { BAR_CELLS = 30, PROGRESS_MS = 100 };

static volatile sig_atomic_t is_interrupted;

static enum cli_exit print_error(cJSON *document, int status, const char *text, enum cli_exit exit_code);
static void on_interrupt(int signal_number);

const char *cli_text(const struct cli *cli, enum text_id id)
{
    return text_get(id, cli->language);
}

struct dantin_options cli_options(struct cli *cli)
{
    return (struct dantin_options){
        .home = cli->home,
        .language = cli->language == LANGUAGE_VI ? DANTIN_VI : DANTIN_EN,
        .person = cli->person,
        .on_passphrase = cli_passphrase,
        .context = cli,
    };
}

void cli_say(const struct cli *cli, enum text_id format, ...)
{
    va_list arguments;

    if (cli->is_json) {
        return;
    }
    va_start(arguments, format);
    (void)vprintf(cli_text(cli, format), arguments); /* main checks stdout at the end */
    va_end(arguments);
    (void)putchar('\n');
}

enum cli_exit cli_fail(struct cli *cli, int status)
{
    return cli_fail_document(cli, status, cJSON_CreateObject());
}

enum cli_exit cli_fail_document(struct cli *cli, int status, cJSON *document)
{
    const char *text = dantin_error_text(cli->dantin);

    cli_progress_end(cli);
    if (text == NULL || text[0] == '\0') {
        text = err_text((enum err)status, cli->language);
    }
    (void)fprintf(stderr, "dantin: %s\n", text); /* nobody to tell when stderr is gone */
    if (cli->is_json) {
        return print_error(document, status, text, cli_exit_of(status));
    }
    cJSON_Delete(document);
    return cli_exit_of(status);
}

enum cli_exit cli_usage(struct cli *cli, enum text_id format, const char *what)
{
    char sentence[ERROR_TEXT_BYTES_MAX];

    (void)snprintf(sentence, sizeof sentence, cli_text(cli, format), what); /* a cut argument is fine */
    (void)fprintf(stderr, "dantin: %s\n%s\n", sentence,
                  cli_text(cli, cli->command == NULL ? TEXT_CLI_SEE_HELP : TEXT_CLI_SEE_COMMAND_HELP));
    return cli->is_json ? print_error(cJSON_CreateObject(), ERR_USAGE, sentence, CLI_USAGE) : CLI_USAGE;
}

enum cli_exit cli_exit_of(int status)
{
    switch ((enum err)status) {
    case ERR_OK:
        return CLI_OK;
    case ERR_USAGE:
        return CLI_USAGE;
    case ERR_AGAIN:
    case ERR_BUSY:
    case ERR_LOCKED:
    case ERR_CLOSED:
    case ERR_TIMED_OUT:
    case ERR_UNREACHABLE:
    case ERR_TLS:
    case ERR_DATABASE:
    case ERR_UNKNOWN_COMMIT:
    case ERR_DEADLINE:
    case ERR_SUPERSEDED:
    case ERR_SHUTTING_DOWN:
    case ERR_NEWER_SCHEMA:
    case ERR_BASE_MISSING:
    case ERR_BAD_SEQUENCE: /* one before it was lost on its way: the next session goes on from what the province holds */
        return CLI_RETRY;
    case ERR_STORE:
    case ERR_CLONED:
    case ERR_ROLLED_BACK:
    case ERR_BAD_SIGNATURE:
    case ERR_INTERNAL:
        return CLI_ACT;
    default:
        return CLI_FAILED;
    }
}

enum cli_exit cli_print_json(cJSON *document, enum cli_exit exit_code)
{
    char *text = document == NULL ? NULL : cJSON_Print(document);

    cJSON_Delete(document);
    if (text == NULL) {
        return CLI_FAILED;
    }
    (void)puts(text); /* main checks stdout at the end */
    cJSON_free(text);
    return exit_code;
}

bool cli_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    static int64_t shown_ms;
    static bool is_watching;
    struct cli *cli = context;
    int64_t now_ms = clock_monotonic_ms();

    if (!is_watching) {
        struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

        (void)sigaction(SIGINT, &action,
                        NULL); /* without it Ctrl+C simply ends the program, which is safe too */
        is_watching = true;
    }
    if (isatty(STDERR_FILENO) && now_ms - shown_ms >= PROGRESS_MS) {
        char bar[BAR_CELLS + 1];
        size_t full = total == 0 ? 0 : (size_t)((double)done / (double)total * BAR_CELLS);

        for (size_t i = 0; i < BAR_CELLS; i++) {
            bar[i] = i < full ? '#' : '.';
        }
        bar[BAR_CELLS] = '\0';
        shown_ms = now_ms;
        if (total > 0) {
            (void)fprintf(stderr, "\r%s [%s] %3.0f%%", what, bar, 100.0 * (double)done / (double)total);
        } else {
            (void)fprintf(stderr, "\r%s %llu", what, (unsigned long long)done);
        }
        cli->has_progress = true;
    }
    return !is_interrupted;
}

void cli_progress_end(struct cli *cli)
{
    if (cli->has_progress) {
        (void)fprintf(stderr, "\r\033[K"); /* the line goes, what follows takes its place */
        cli->has_progress = false;
    }
}

/* Frees the document. */
static enum cli_exit print_error(cJSON *document, int status, const char *text, enum cli_exit exit_code)
{
    cJSON *error = cJSON_AddObjectToObject(document, "error");

    (void)cJSON_AddNumberToObject(error, "number", status); /* a NULL parent gives NULL; print_json sees it */
    (void)cJSON_AddStringToObject(error, "code", err_name((enum err)status));
    (void)cJSON_AddStringToObject(error, "text", text);
    (void)cJSON_AddBoolToObject(error, "may_retry", err_may_retry((enum err)status));
    return cli_print_json(document, exit_code);
}

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}
