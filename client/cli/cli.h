/* The `dantin` program: one table (main.c) is parser and help, one file per command.
 *
 * A command gets a struct cli, works through dantin.h, prints to stdout (a table, sentences, or one JSON
 * document with --json) and returns an exit code. Failures are one sentence on stderr. */
#ifndef CLIENT_CLI_CLI_H
#define CLIENT_CLI_CLI_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/include/dantin.h"
#include "common/base/attr.h"
#include "common/base/text.h"

enum { CLI_OPTIONS_MAX = 12, CLI_ARGUMENTS_MAX = 1024, CLI_PATH_BYTES_MAX = 4096 };

/* docs/cli.md lists the same; `dantin --help` prints them. */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_REFUSED = 3, /* done, but some rows or changes were refused */
    CLI_RETRY = 4,   /* not reachable or busy: try again */
    CLI_ACT = 5,     /* damaged or rolled back: someone must act */
};

struct cli;

struct cli_option {
    const char *name;     /* without dashes; NULL ends the table */
    const char *argument; /* NULL: a flag */
    const char *help_vi;
    const char *help_en; /* NULL: not shown */
};

struct cli_command {
    const char *name; /* NULL ends the table */
    const char *arguments;
    size_t arguments_min, arguments_max;
    const char *help_vi;
    const char *help_en;
    struct cli_option options[CLI_OPTIONS_MAX];
    bool needs_home; /* opened before run */
    enum cli_exit (*run)(struct cli *cli);
    enum cli_exit (*check)(struct cli *cli); /* of the command line, before the home is opened; NULL: none */
};

struct cli {
    enum language language;
    const char *home;            /* NULL: the default */
    const char *person;          /* NULL: the only one */
    const char *passphrase_file; /* NULL: ask on the terminal */
    bool is_json;
    const struct cli_command *command;
    const char *values[CLI_OPTIONS_MAX]; /* by index in command->options; NULL: not given, "" for a flag */
    const char *arguments[CLI_ARGUMENTS_MAX];
    size_t argument_count;
    struct dantin *dantin; /* open when command->needs_home */
    bool has_progress;     /* a progress line stands on stderr */
};

/* ---- what commands use
 * ------------------------------------------------------------------------------------------- */

/* Value of an option of the running command; NULL: not given. */
const char *cli_value(const struct cli *cli, const char *name);
bool cli_has(const struct cli *cli, const char *name);
const char *cli_text(const struct cli *cli, enum text_id id);
/* Print a sentence and a line end to stdout; nothing with --json. */
void cli_say(const struct cli *cli, enum text_id format, ...);
/* Tell why a call of dantin.h failed (status: its result), as a sentence on stderr and, with --json, a
 * document on stdout. */
enum cli_exit cli_fail(struct cli *cli, int status);
/* The same, with --json beside what the document holds already; it is freed. NULL: no memory. */
enum cli_exit cli_fail_document(struct cli *cli, int status, cJSON *document);
/* The command line is wrong: the sentence, and where to read; with --json a document on stdout too. */
enum cli_exit cli_usage(struct cli *cli, enum text_id format, const char *what);
/* Exit code for a status of dantin.h. */
enum cli_exit cli_exit_of(int status);
/* Print the document and free it. A NULL document (no memory) fails. */
enum cli_exit cli_print_json(cJSON *document, enum cli_exit exit_code);
/* The dantin_on_progress of every long command: a bar on a terminal, false after Ctrl+C. */
bool cli_progress(void *context, const char *what, uint64_t done, uint64_t total);
void cli_progress_end(struct cli *cli);

/* What dantin_open and its like are told of this command line. */
struct dantin_options cli_options(struct cli *cli);

/* ---- passphrases: passphrase.c ---- */

/* The first line of a file, or of standard input ("-"), as it stands. False, and said on stderr: it cannot be read, or is too long. */
bool cli_read_secret(struct cli *cli, const char *path, char *out, size_t out_bytes);
/* Ask on the terminal, without showing what is typed. False: there is no terminal, or the question was cancelled. */
bool cli_ask_secret(const char *question, char *out, size_t out_bytes);
/* The on_passphrase of dantin_options: from --passphrase-file, else from the terminal. */
bool cli_passphrase(void *context, const char *person, unsigned tries, char *out, size_t out_bytes);
/* The same for a passphrase that is to be: from `path` when it is not NULL, else typed twice. context: a struct cli_new_passphrase. */
struct cli_new_passphrase {
    struct cli *cli;
    const char *path;
};
bool cli_new_passphrase(void *context, const char *person, unsigned tries, char *out, size_t out_bytes);
/* Whom the command line means, "" when that is not clear (which the library will tell). Valid until the next call. */
const char *cli_person(const struct cli *cli);
/* Ask for the passphrase in any case, also while unlocked, and open cli->dantin with it: for what nobody else who sits down at the PC
 * may do. The passphrase is in out then, to be wiped. */
enum cli_exit cli_open_asking(struct cli *cli, char *out, size_t out_bytes);
/* Of --kdf-cost, which is for tests and warns. False: no such cost (said). */
bool cli_key_cost(struct cli *cli, enum dantin_key_cost *ret_cost);
/* A recovery code for people, in a frame, or for --json in the document. */
void cli_show_code(struct cli *cli, cJSON *document, const char *person, const char *code);

/* On stderr, after every command without --json: that there are notices about devices the person has not acknowledged. */
void cli_tell_notices(struct cli *cli);

/* ---- commands
 * ---------------------------------------------------------------------------------------------------- */

enum cli_exit check_import(struct cli *cli);
enum cli_exit check_passphrase(struct cli *cli);
enum cli_exit check_person(struct cli *cli);
enum cli_exit check_enrol(struct cli *cli);
enum cli_exit check_key(struct cli *cli);
enum cli_exit check_election(struct cli *cli);
enum cli_exit check_submit(struct cli *cli);
enum cli_exit check_decision(struct cli *cli);
enum cli_exit check_rejection(struct cli *cli);
enum cli_exit check_report(struct cli *cli);
enum cli_exit check_search(struct cli *cli);
enum cli_exit check_rules(struct cli *cli);
enum cli_exit check_list(struct cli *cli);
enum cli_exit check_put(struct cli *cli);
enum cli_exit check_receipt(struct cli *cli);
enum cli_exit check_alarm(struct cli *cli);
enum cli_exit check_remove(struct cli *cli);
enum cli_exit check_kind_argument(struct cli *cli); /* the first argument is a kind */

enum cli_exit command_init(struct cli *cli);
enum cli_exit command_enrol(struct cli *cli);
enum cli_exit command_key(struct cli *cli);
enum cli_exit command_install(struct cli *cli);
enum cli_exit command_passphrase(struct cli *cli);
enum cli_exit command_recover(struct cli *cli);
enum cli_exit command_person(struct cli *cli);
enum cli_exit command_unlock(struct cli *cli);
enum cli_exit command_lock(struct cli *cli);
enum cli_exit command_import(struct cli *cli);
enum cli_exit command_status(struct cli *cli);
enum cli_exit command_submit(struct cli *cli);
enum cli_exit command_receipts(struct cli *cli);
enum cli_exit command_waiting(struct cli *cli);
enum cli_exit command_approve(struct cli *cli);
enum cli_exit command_reject(struct cli *cli);
enum cli_exit command_receipt(struct cli *cli);
enum cli_exit command_alarm(struct cli *cli);
enum cli_exit command_notices(struct cli *cli);
enum cli_exit command_report(struct cli *cli);
enum cli_exit command_trace(struct cli *cli);
enum cli_exit command_pivot(struct cli *cli);
enum cli_exit command_looked(struct cli *cli);
enum cli_exit command_search(struct cli *cli);
enum cli_exit command_export(struct cli *cli);
enum cli_exit command_election(struct cli *cli);
enum cli_exit command_rules(struct cli *cli);
enum cli_exit command_list(struct cli *cli);
enum cli_exit command_show(struct cli *cli);
enum cli_exit command_put(struct cli *cli);
enum cli_exit command_remove(struct cli *cli);
enum cli_exit command_doctor(struct cli *cli);

#endif
