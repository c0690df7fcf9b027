/* See import_value.h. */
#include "client/lib/import_value.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/sniff.h"
#include "common/base/check.h"
#include "common/base/utf8.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/decimal.h"
#include "common/record/name.h"

enum { INTEGER_DIGITS_MAX = 9 };

static bool parse_text(const char *label, struct bytes text, struct import_faults *faults,
                       struct value *value);
static bool parse_code(const struct field_schema *field, const char *label, struct bytes text,
                       struct import_faults *faults, struct value *value);
static bool parse_integer(struct bytes text, struct value *value);
static bool parse_boolean(struct bytes text, struct arena *arena, struct value *value);

void import_faults_init(struct import_faults *faults, enum language language)
{
    faults->language = language;
    faults->count = 0;
    buf_init(&faults->text, IMPORT_FAULT_BYTES_MAX);
}

void import_faults_release(struct import_faults *faults)
{
    buf_release(&faults->text);
}

void import_faults_clear(struct import_faults *faults)
{
    faults->count = 0;
    buf_clear(&faults->text);
}

void import_fault(struct import_faults *faults, const char *label, enum text_id format, struct bytes cell)
{
    char shown[IMPORT_CELL_SHOWN_BYTES_MAX + 8];
    char sentence[ERROR_TEXT_BYTES_MAX];
    size_t len = utf8_cut(cell, IMPORT_CELL_SHOWN_BYTES_MAX);

    (void)snprintf(shown, sizeof shown, "%.*s%s", (int)len, (const char *)cell.at,
                   len < cell.len ? "…" : ""); /* fits */
    (void)snprintf(sentence, sizeof sentence, text_get(format, faults->language),
                   shown); /* texts are shorter */
    import_fault_text(faults, label, sentence);
}

void import_fault_text(struct import_faults *faults, const char *label, const char *sentence)
{
    const char *between = faults->count > 0 ? "; " : "";
    const char *colon = label[0] != '\0' ? ": " : "";

    faults->count++;
    /* A row so wrong that its faults do not fit has enough of them told. */
    enum err err = buf_append_format(&faults->text, "%s%s%s%s", between, label, colon, sentence);

    (void)err;
}

enum err import_tidy(struct bytes cell, struct arena *arena, struct bytes *ret_text)
{
    struct bytes text = {0};
    enum err err = name_normalise(cell, arena, &text);

    if (err == ERR_OK && !utf8_is_clean(text)) {
        err = ERR_ENCODING;
    }
    if (err == ERR_OK) {
        *ret_text = text;
    }
    return err;
}

bool import_value_parse(const struct field_schema *field, const char *label, struct bytes cell,
                        struct arena *arena, struct import_faults *faults, struct value *ret_value)
{
    struct value value = {.is_stated = true};
    struct bytes text = {0};
    int32_t days = 0;

    REQUIRE(field->type != FIELD_REFERENCE);
    if (import_tidy(cell, arena, &text) != ERR_OK) {
        import_fault(faults, label, TEXT_IMPORT_BAD_CHARACTER, cell);
        return false;
    }
    if (text.len == 0) {
        *ret_value = (struct value){0};
        return true;
    }
    switch (field->type) {
    case FIELD_TEXT:
        if (!parse_text(label, text, faults, &value)) {
            return false;
        }
        break;
    case FIELD_CODE:
        if (!parse_code(field, label, text, faults, &value)) {
            return false;
        }
        break;
    case FIELD_DATE:
        if (date_parse(text, &days) != ERR_OK) {
            import_fault(faults, label, TEXT_IMPORT_BAD_DATE, text);
            return false;
        }
        value.number = days;
        break;
    case FIELD_INTEGER:
        if (!parse_integer(text, &value)) {
            import_fault(faults, label, TEXT_IMPORT_BAD_INTEGER, text);
            return false;
        }
        break;
    case FIELD_DECIMAL:
        if (decimal_parse(text, &value.number) != ERR_OK) {
            import_fault(faults, label, TEXT_IMPORT_BAD_DECIMAL, text);
            return false;
        }
        break;
    case FIELD_BOOLEAN:
        if (!parse_boolean(text, arena, &value)) {
            import_fault(faults, label, TEXT_IMPORT_BAD_BOOLEAN, text);
            return false;
        }
        break;
    case FIELD_REFERENCE:
        return false; /* see REQUIRE above */
    }
    *ret_value = value;
    return true;
}

bool import_is_scientific(struct bytes text)
{
    size_t i = 0;

    while (i < text.len &&
           ((text.at[i] >= '0' && text.at[i] <= '9') || text.at[i] == '.' || text.at[i] == ',')) {
        i++;
    }
    if (i == 0 || i + 2 >= text.len || (text.at[i] != 'E' && text.at[i] != 'e') || text.at[i + 1] != '+') {
        return false;
    }
    for (i += 2; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool parse_text(const char *label, struct bytes text, struct import_faults *faults,
                       struct value *value)
{
    if (import_is_scientific(text)) {
        import_fault(faults, label, TEXT_IMPORT_SCIENTIFIC, text);
        return false;
    }
    if (text.len > SCHEMA_TEXT_BYTES_MAX) {
        import_fault(faults, label, TEXT_IMPORT_TEXT_TOO_LONG, text);
        return false;
    }
    if (sniff_text_is_legacy(text)) {
        import_fault(faults, label, TEXT_IMPORT_LEGACY_CELL, text);
        return false;
    }
    value->text = text;
    return true;
}

static bool parse_code(const struct field_schema *field, const char *label, struct bytes text,
                       struct import_faults *faults, struct value *value)
{
    const struct code_item *item = codes_find_typed(field->list, text);

    if (item == NULL) {
        import_fault(faults, label,
                     import_is_scientific(text) ? TEXT_IMPORT_SCIENTIFIC : TEXT_IMPORT_BAD_CODE, text);
        return false;
    }
    value->text = bytes_of_text(item->code);
    return true;
}

/* Digits, or digits grouped by three with ".", "," or a space. */
static bool parse_integer(struct bytes text, struct value *value)
{
    int64_t number = 0;
    size_t digits = 0;
    size_t group = 0;
    bool is_grouped = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];

        if (byte >= '0' && byte <= '9') {
            number = number * 10 + (byte - '0');
            digits++;
            group++;
            if (digits > INTEGER_DIGITS_MAX || (is_grouped && group > 3)) {
                return false;
            }
        } else if ((byte == '.' || byte == ',' || byte == ' ') && group > 0 && group <= 3 &&
                   (!is_grouped || group == 3)) {
            is_grouped = true;
            group = 0;
        } else {
            return false;
        }
    }
    if (digits == 0 || (is_grouped && group != 3)) {
        return false;
    }
    value->number = number;
    return true;
}

static bool parse_boolean(struct bytes text, struct arena *arena, struct value *value)
{
    static const char *const yes[] = {"co", "x", "yes", "y", "true", "dung", "1"};
    static const char *const no[] = {"khong", "no", "n", "false", "sai", "0"};
    struct bytes folded;

    if (name_fold(text, arena, &folded) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (bytes_equal(folded, bytes_of_text(yes[i]))) {
            value->number = 1;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (bytes_equal(folded, bytes_of_text(no[i]))) {
            value->number = 0;
            return true;
        }
    }
    return false;
}
