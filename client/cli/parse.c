/* See parse.h. Global options may stand before or after the command: --help --version --lang --home --json.
 */
#include "client/cli/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 26 };

static const struct cli_option global_options[] = {
    {"help", NULL, "in hướng dẫn", "print this help"},
    {"version", NULL, "in phiên bản", "print the version"},
    {"lang", "vi|en", "ngôn ngữ (mặc định vi, hoặc $DANTIN_LANG)", "language (default vi, or $DANTIN_LANG)"},
    {"home", "FOLDER", "thư mục kho (mặc định $DANTIN_HOME, hoặc ~/.local/share/dantin)",
     "the store's folder (default $DANTIN_HOME, or ~/.local/share/dantin)"},
    {"person", "NAME", "người dùng nào của máy này (không cần khi chỉ có một)",
     "which person of this PC (not needed when there is only one)"},
    {"passphrase-file", "FILE", "đọc mật khẩu từ tệp này (-: đầu vào chuẩn) thay vì hỏi",
     "read the passphrase from this file (-: standard input) instead of asking"},
    {"json", NULL, "in kết quả dạng JSON", "print results as JSON"},
    {0},
};
enum {
    GLOBAL_HELP,
    GLOBAL_VERSION,
    GLOBAL_LANG,
    GLOBAL_HOME,
    GLOBAL_PERSON,
    GLOBAL_PASSPHRASE,
    GLOBAL_JSON,
    GLOBAL_COUNT
};

static enum language language_of(int argc, char **argv);
static bool is_json_asked(int argc, char **argv);
static const struct cli_command *find_command(const struct cli_command *commands, const char *name);
static int find_option(const struct cli_option *options, size_t count_max, const char *text,
                       const char **ret_value);
static bool take_option(struct cli *cli, const char *global_values[GLOBAL_COUNT], int argc, char **argv,
                        int *index);
static void print_help(const struct cli *cli, const struct cli_command *commands);
static void print_command_help(const struct cli *cli);
static void print_options(const struct cli *cli, const struct cli_option *options, size_t count_max);
static void print_exit_codes(const struct cli *cli);
static size_t option_count(const struct cli_option *options, size_t count_max);

bool cli_parse(struct cli *cli, const struct cli_command *commands, int argc, char **argv,
               enum cli_exit *ret_exit)
{
    const char *global_values[GLOBAL_COUNT] = {NULL};
    bool only_arguments = false;

    *cli = (struct cli){.language = language_of(argc, argv), .is_json = is_json_asked(argc, argv)};
    *ret_exit = CLI_USAGE;
    /* The command is found first, so that its options may stand anywhere. */
    for (int i = 1; i < argc && cli->command == NULL; i++) {
        if (argv[i][0] == '-') {
            const char *value = NULL;
            int option = find_option(global_options, GLOBAL_COUNT, argv[i], &value);

            i += option >= 0 && global_options[option].argument != NULL && value == NULL;
            continue;
        }
        cli->command = find_command(commands, argv[i]);
        if (cli->command == NULL) {
            (void)cli_usage(cli, TEXT_CLI_NO_COMMAND, argv[i]);
            return false;
        }
        argv[i] = NULL; /* taken */
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i] == NULL) {
            continue;
        }
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!take_option(cli, global_values, argc, argv, &i)) {
                return false;
            }
        } else if (cli->argument_count == CLI_ARGUMENTS_MAX) {
            (void)cli_usage(cli, TEXT_CLI_TOO_MANY, argv[i]);
            return false;
        } else {
            cli->arguments[cli->argument_count++] = argv[i];
        }
    }
    cli->home = global_values[GLOBAL_HOME];
    cli->person = global_values[GLOBAL_PERSON];
    cli->passphrase_file = global_values[GLOBAL_PASSPHRASE];
    cli->is_json = global_values[GLOBAL_JSON] != NULL;
    *ret_exit = CLI_OK;
    if (global_values[GLOBAL_VERSION] != NULL) {
        (void)printf("dantin %s\n", dantin_version()); /* main checks stdout at the end */
        return false;
    }
    if (global_values[GLOBAL_HELP] != NULL || cli->command == NULL) {
        if (cli->command == NULL) {
            print_help(cli, commands);
        } else {
            print_command_help(cli);
        }
        *ret_exit = global_values[GLOBAL_HELP] != NULL ? CLI_OK : CLI_USAGE;
        return false;
    }
    if (cli->argument_count < cli->command->arguments_min) {
        *ret_exit = cli_usage(cli, TEXT_CLI_TOO_FEW, cli->command->arguments);
        return false;
    }
    if (cli->argument_count > cli->command->arguments_max) {
        *ret_exit = cli_usage(cli, TEXT_CLI_TOO_MANY, cli->arguments[cli->command->arguments_max]);
        return false;
    }
    return true;
}

const char *cli_value(const struct cli *cli, const char *name)
{
    size_t count = option_count(cli->command->options, CLI_OPTIONS_MAX);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(cli->command->options[i].name, name) == 0) {
            return cli->values[i];
        }
    }
    return NULL;
}

bool cli_has(const struct cli *cli, const char *name)
{
    return cli_value(cli, name) != NULL;
}

/* The language is needed for the very first complaint, so it is looked for before anything else. */
static enum language language_of(int argc, char **argv)
{
    const char *text = getenv("DANTIN_LANG");

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0) {
            text = argv[i] + 7;
        } else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc) {
            text = argv[i + 1];
        }
    }
    return text != NULL && strncmp(text, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_VI;
}

/* Complaints about the command line are documents too. */
static bool is_json_asked(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static const struct cli_command *find_command(const struct cli_command *commands, const char *name)
{
    for (const struct cli_command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

static size_t option_count(const struct cli_option *options, size_t count_max)
{
    size_t count = 0;

    while (count < count_max && options[count].name != NULL) {
        count++;
    }
    return count;
}

/* "--name", "--name=value" or "-h". *ret_value: what follows '=', else untouched. -1: no such option. */
static int find_option(const struct cli_option *options, size_t count_max, const char *text,
                       const char **ret_value)
{
    size_t count = option_count(options, count_max);

    if (strcmp(text, "-h") == 0) {
        text = "--help";
    }
    for (size_t i = 0; i < count && strncmp(text, "--", 2) == 0; i++) {
        size_t len = strlen(options[i].name);

        if (strncmp(text + 2, options[i].name, len) != 0) {
            continue;
        }
        if (text[2 + len] == '\0') {
            return (int)i;
        }
        if (text[2 + len] == '=' && options[i].argument != NULL) {
            *ret_value = text + 3 + len;
            return (int)i;
        }
    }
    return -1;
}

static bool take_option(struct cli *cli, const char *global_values[GLOBAL_COUNT], int argc, char **argv,
                        int *index)
{
    const char *text = argv[*index];
    const char *value = NULL;
    const struct cli_option *options = global_options;
    const char **values = global_values;
    int option = find_option(global_options, GLOBAL_COUNT, text, &value);

    if (option < 0 && cli->command != NULL) {
        options = cli->command->options;
        values = cli->values;
        option = find_option(options, CLI_OPTIONS_MAX, text, &value);
    }
    if (option < 0) {
        (void)cli_usage(cli, TEXT_CLI_NO_OPTION, text);
        return false;
    }
    if (options[option].argument == NULL) {
        value = "";
    } else if (value == NULL) {
        if (*index + 1 >= argc || argv[*index + 1] == NULL) {
            (void)cli_usage(cli, TEXT_CLI_NO_VALUE, text);
            return false;
        }
        *index += 1;
        value = argv[*index];
    }
    if (options == global_options && option == GLOBAL_LANG && strcmp(value, "vi") != 0 &&
        strcmp(value, "en") != 0) {
        (void)cli_usage(cli, TEXT_CLI_NO_LANGUAGE, value);
        return false;
    }
    values[option] = value;
    return true;
}

static const char *in_language(const struct cli *cli, const char *vi, const char *en)
{
    return cli->language == LANGUAGE_VI ? vi : en;
}

static void print_help(const struct cli *cli, const struct cli_command *commands)
{
    (void)printf("%s\n\n%s: dantin %s\n\n%s:\n", cli_text(cli, TEXT_CLI_PURPOSE),
                 cli_text(cli, TEXT_CLI_USAGE_WORD), cli_text(cli, TEXT_CLI_SYNOPSIS),
                 cli_text(cli, TEXT_CLI_COMMANDS)); /* main checks stdout */
    for (const struct cli_command *command = commands; command->name != NULL; command++) {
        (void)printf("  %-10s %s\n", command->name, in_language(cli, command->help_vi, command->help_en));
    }
    (void)printf("\n%s:\n", cli_text(cli, TEXT_CLI_OPTIONS));
    print_options(cli, global_options, GLOBAL_COUNT);
    print_exit_codes(cli);
    (void)printf("\n%s\n", cli_text(cli, TEXT_CLI_MORE_HELP));
}

static void print_command_help(const struct cli *cli)
{
    const struct cli_command *command = cli->command;
    bool has_options = command->options[0].name != NULL;

    (void)printf("%s\n\n%s: dantin %s%s%s%s%s\n\n%s:\n", in_language(cli, command->help_vi, command->help_en),
                 cli_text(cli, TEXT_CLI_USAGE_WORD), command->name, command->arguments[0] != '\0' ? " " : "",
                 command->arguments, has_options ? " " : "",
                 has_options ? cli_text(cli, TEXT_CLI_SOME_OPTIONS) : "",
                 cli_text(cli, TEXT_CLI_OPTIONS)); /* main checks stdout */
    print_options(cli, command->options, CLI_OPTIONS_MAX);
    print_options(cli, global_options, GLOBAL_COUNT);
    print_exit_codes(cli);
}

static void print_options(const struct cli *cli, const struct cli_option *options, size_t count_max)
{
    size_t count = option_count(options, count_max);

    for (size_t i = 0; i < count; i++) {
        char form[64];

        if (options[i].help_en == NULL) {
            continue; /* for tests only */
        }

        (void)snprintf(form, sizeof form, "--%s%s%s", options[i].name, options[i].argument != NULL ? " " : "",
                       options[i].argument != NULL ? options[i].argument : ""); /* option names are short */
        (void)printf("  %-*s %s\n", HELP_COLUMN, form,
                     in_language(cli, options[i].help_vi, options[i].help_en));
    }
}

static void print_exit_codes(const struct cli *cli)
{
    static const enum text_id texts[] = {TEXT_CLI_EXIT_OK,      TEXT_CLI_EXIT_FAILED, TEXT_CLI_EXIT_USAGE,
                                         TEXT_CLI_EXIT_REFUSED, TEXT_CLI_EXIT_RETRY,  TEXT_CLI_EXIT_ACT};

    (void)printf("\n%s:\n", cli_text(cli, TEXT_CLI_EXIT_CODES));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)printf("  %zu  %s\n", i, cli_text(cli, texts[i]));
    }
}
