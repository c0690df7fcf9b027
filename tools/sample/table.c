/* Sheets by the schema. */
#include "tools/sample/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/codes.h"
#include "common/record/date.h"

enum { PATH_BYTES_MAX = 4096, WORD_BYTES_MAX = 160, FILE_BUFFER_BYTES = 1 << 16 };

static void add_columns(struct table *table, const struct kind_schema *schema, const char *word);
static void add_elements(struct table *table, const struct kind_schema *schema, const char *word,
                         const char *star);
static void add_item(struct table *table, const struct list_schema *list, const char *item, unsigned element);
static void add_column(struct table *table, const struct field_schema *column, const char *label,
                       unsigned element);
static const struct list_schema *find_list(const struct kind_schema *schema, const char *name, size_t len);
static void put(struct table *table, const char *text);

void table_open(struct table *table, const char *folder, const char *name, enum record_kind kind,
                const char *columns)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s.csv", folder, name);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        sample_fail("path too long: %s", folder);
    }
    *table = (struct table){.file = fopen(path, "wb")};
    if (table->file == NULL) {
        sample_fail("%s: %s", path, strerror(errno));
    }
    (void)setvbuf(table->file, NULL, _IOFBF, FILE_BUFFER_BYTES);
    const struct kind_schema *schema = schema_of(kind);
    while (*columns != '\0') {
        char word[WORD_BYTES_MAX];
        size_t word_len = strcspn(columns, " ");
        REQUIRE(word_len < sizeof(word));
        memcpy(word, columns, word_len);
        word[word_len] = '\0';
        add_columns(table, schema, word);
        columns += word_len;
        columns += strspn(columns, " ");
    }
    (void)fputc('\n', table->file);
}

void table_open_of(struct table *table, const char *folder, const struct sender *sender, const char *name,
                   enum record_kind kind, const char *columns)
{
    char file[64];
    (void)snprintf(file, sizeof(file), "%s-%s", sender->code, name);
    table_open(table, folder, file, kind, columns);
}

void table_text(struct table *table, const char *text)
{
    put(table, text);
}

void table_code(struct table *table, const char *code)
{
    if (code == NULL || code[0] == '\0') {
        put(table, "");
        return;
    }
    REQUIRE(table->column < table->column_count && table->columns[table->column]->type == FIELD_CODE);
    const struct code_item *item = codes_find(table->columns[table->column]->list, bytes_of_text(code));
    if (item == NULL) {
        sample_fail("no code %s in %s", code, table->columns[table->column]->list);
        return; /* for tools that do not know sample_fail ends the program */
    }
    put(table, item->name_vi);
}

void table_date(struct table *table, int32_t days)
{
    char text[DATE_TEXT_BYTES] = "";
    if (days != NO_DATE) {
        date_format_vi(days, text);
    }
    put(table, text);
}

void table_number(struct table *table, long number)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%ld", number);
    put(table, text);
}

void table_yes(struct table *table, bool is_so)
{
    put(table, is_so ? "có" : "");
}

void table_blank(struct table *table, size_t count)
{
    while (count-- > 0) {
        put(table, "");
    }
}

void table_format(struct table *table, const char *format, ...)
{
    char text[SAMPLE_TEXT_BYTES * 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(table, text);
}

void table_end(struct table *table)
{
    table_blank(table, table->column_count - table->column);
    table->column = 0;
    table->rows++;
    (void)fputc('\n', table->file);
}

void table_close(struct table *table)
{
    bool is_bad = ferror(table->file) != 0;
    if (fclose(table->file) != 0 || is_bad) {
        sample_fail("a sheet could not be written: %s", strerror(errno));
    }
    table->file = NULL;
}

static void add_columns(struct table *table, const struct kind_schema *schema, const char *word)
{
    const char *star = strchr(word, '*');
    const char *dot = strchr(word, '.');
    int field = schema_field_index(schema, word);
    if (strcmp(word, "@id") == 0) {
        add_column(table, NULL, "Mã bản ghi", 1);
    } else if (star != NULL) {
        add_elements(table, schema, word, star);
    } else if (dot != NULL) {
        add_item(table, find_list(schema, word, (size_t)(dot - word)), dot + 1, 1);
    } else if (field >= 0) {
        add_column(table, &schema->fields[field], schema->fields[field].label_vi, 1);
    } else {
        const struct list_schema *list = find_list(schema, word, strlen(word));
        add_column(table, &list->items[0], list->items[0].label_vi, 1);
    }
}

/* "list*count{item,item}" */
static void add_elements(struct table *table, const struct kind_schema *schema, const char *word,
                         const char *star)
{
    char *brace;
    unsigned count = (unsigned)strtoul(star + 1, &brace, 10);
    const struct list_schema *list = find_list(schema, word, (size_t)(star - word));
    for (unsigned element = 1; element <= count; element++) {
        for (const char *at = brace + 1; *at != '\0';) {
            char item[WORD_BYTES_MAX];
            size_t len = strcspn(at, ",}");
            memcpy(item, at, len);
            item[len] = '\0';
            add_item(table, list, item, element);
            at += len + 1;
        }
    }
}

static void add_item(struct table *table, const struct list_schema *list, const char *item, unsigned element)
{
    for (size_t i = 0; i < list->item_count; i++) {
        if (strcmp(list->items[i].name, item) == 0) {
            add_column(table, &list->items[i], list->items[i].label_vi, element);
            return;
        }
    }
    sample_fail("no item %s in %s", item, list->name);
}

static void add_column(struct table *table, const struct field_schema *column, const char *label,
                       unsigned element)
{
    REQUIRE(table->column_count < TABLE_COLUMNS_MAX);
    if (table->column_count > 0) {
        (void)fputc(',', table->file);
    }
    table->columns[table->column_count++] = column;
    bool is_quoted = strpbrk(label, ",\"") != NULL;
    (void)fprintf(table->file, is_quoted ? "\"%s" : "%s", label);
    if (element > 1) {
        (void)fprintf(table->file, " %u", element);
    }
    if (is_quoted) {
        (void)fputc('"', table->file);
    }
}

static const struct list_schema *find_list(const struct kind_schema *schema, const char *name, size_t len)
{
    for (size_t i = 0; i < schema->list_count; i++) {
        if (strlen(schema->lists[i].name) == len && strncmp(schema->lists[i].name, name, len) == 0) {
            return &schema->lists[i];
        }
    }
    sample_fail("no field or list %.*s", (int)len, name);
}

static void put(struct table *table, const char *text)
{
    REQUIRE(table->column < table->column_count);
    if (table->column++ > 0) {
        (void)fputc(',', table->file);
    }
    if (strpbrk(text, ",\"\n\r") == NULL) {
        (void)fputs(text, table->file); /* a failed write shows when the table is closed */
        return;
    }
    (void)fputc('"', table->file);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            (void)fputc('"', table->file);
        }
        (void)fputc(*at, table->file);
    }
    (void)fputc('"', table->file);
}
