/* indicators_doc: print docs/indicators.md from the files of sql/indicators. */
#include <stdio.h>
#include <string.h>

#include "common/base/embed.h"
#include "common/base/text.h"
#include "server/store/indicator.h"
#include "server/store/statements.h"

enum { ARENA_BYTES_MAX = 4 << 20 };

static bool print_indicator(const struct embedded_file *file, struct arena *arena);
static void print_columns(const struct indicator *indicator);
static void print_dimensions(const struct indicator *indicator);
static void print_explanation(const char *text);
static bool is_header(const char *line, size_t len);

int main(void)
{
    struct arena arena;
    bool is_sound = true;
    arena_init(&arena, ARENA_BYTES_MAX);
    (void)puts("# Indicators\n\n"
               "Made by `indicators_doc` from `sql/indicators/`, one file each; do not edit. `dantin report "
               "ID` asks for one, `dantin "
               "trace ID` for\n"
               "the records behind it. Unless said otherwise a row is a sender below the unit, or a direct "
               "branch where there is none; the "
               "last row is\n"
               "the whole unit. A period runs from its first day to the date, both included.\n");
    (void)puts("| id | | clause |\n|---|---|---|");
    for (const struct embedded_file *file = embedded_sql; file->path != NULL; file++) {
        if (strncmp(file->path, "indicators/", 11) == 0) {
            struct indicator indicator;
            struct error error = {0};
            arena_clear(&arena);
            is_sound = is_sound && indicator_parse(file->path, bytes_of(file->at, file->len),
                                                   embedded_sql_text, &arena, &indicator, &error) == ERR_OK;
            if (is_sound) {
                printf("| [%s](#%s) | %s · %s | %s |\n", indicator.id, indicator.id,
                       indicator.name[LANGUAGE_VI], indicator.name[LANGUAGE_EN], indicator.clause);
            }
        }
    }
    for (const struct embedded_file *file = embedded_sql; file->path != NULL && is_sound; file++) {
        arena_clear(&arena);
        is_sound = strncmp(file->path, "indicators/", 11) != 0 || print_indicator(file, &arena);
    }
    arena_release(&arena);
    return is_sound && fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}

static bool print_indicator(const struct embedded_file *file, struct arena *arena)
{
    static const char *const periods[] = {
        [PERIOD_YEAR] = "year", [PERIOD_QUARTER] = "quarter", [PERIOD_MONTH] = "month"};
    struct indicator indicator;
    struct error error = {0};
    if (indicator_parse(file->path, bytes_of(file->at, file->len), embedded_sql_text, arena, &indicator,
                        &error) != ERR_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return false;
    }
    printf("\n## %s\n\n%s · %s. Unit: %s · %s. Clause %s.", indicator.id, indicator.name[LANGUAGE_VI],
           indicator.name[LANGUAGE_EN], indicator.unit[LANGUAGE_VI], indicator.unit[LANGUAGE_EN],
           indicator.clause);
    if (indicator.period != PERIOD_NONE) {
        printf(" Period: the %s to date, or from the day asked for.", periods[indicator.period]);
    }
    printf(" Traced to:");
    for (size_t i = 0; i < indicator.trace_kind_count; i++) {
        printf("%s %s", i > 0 ? "," : "", indicator.trace_kinds[i]->name);
    }
    (void)puts(".\n");
    print_explanation((const char *)file->at);
    print_dimensions(&indicator);
    print_columns(&indicator);
    return true;
}

static void print_dimensions(const struct indicator *indicator)
{
    for (size_t i = 0; i < indicator->dimension_count; i++) {
        printf("%s`%s`%s", i == 0 ? "Dimensions (`--by`): " : ", ", indicator->dimensions[i].name,
               i + 1 == indicator->dimension_count ? ".\n\n" : "");
    }
}

static void print_columns(const struct indicator *indicator)
{
    (void)puts("| column | type | | |\n|---|---|---|---|");
    for (size_t i = 0; i < indicator->column_count; i++) {
        const struct indicator_column *column = &indicator->columns[i];
        printf("| %s | %s | %s | %s |\n", column->name, column->type, column->label[LANGUAGE_VI],
               column->label[LANGUAGE_EN]);
    }
}

/* The comment lines of the header that are not entries of it. */
static void print_explanation(const char *text)
{
    bool is_printed = false;
    for (const char *line = text; strncmp(line, "--", 2) == 0;) {
        size_t len = strcspn(line, "\n");
        if (len > 3 && !is_header(line, len)) {
            printf("%.*s\n", (int)len - 3, line + 3);
            is_printed = true;
        }
        line += len + (line[len] == '\n');
    }
    if (is_printed) {
        (void)puts("");
    }
}

static bool is_header(const char *line, size_t len)
{
    static const char *const keys[] = {"indicator", "name",   "unit",      "clause",
                                       "period",    "fields", "dimension", "column"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t key_len = strlen(keys[i]);
        if (len > key_len + 4 && strncmp(line + 3, keys[i], key_len) == 0 && line[3 + key_len] == ':') {
            return true;
        }
    }
    return false;
}
