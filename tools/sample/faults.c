/* Faults: parsing what is wished for, and spoiling rows. */
#include "tools/sample/faults.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const char *const fault_names[FAULT_COUNT] = {
    [FAULT_DATES] = "dates", [FAULT_NFD] = "nfd",     [FAULT_CARDS] = "cards",
    [FAULT_CODES] = "codes", [FAULT_ZEROS] = "zeros",
};

static void parse_one(const char *text, size_t len, struct faults *faults);
static size_t spoil_date(struct prng *prng, const struct fault_columns *columns, struct sheet_row *row);
static size_t spoil_code(struct prng *prng, const struct fault_columns *columns, struct sheet_row *row);
static bool decompose(char cell[SAMPLE_TEXT_BYTES]);
static bool drop_zero(char cell[SAMPLE_TEXT_BYTES]);
static void put_text(char cell[SAMPLE_TEXT_BYTES], const char *text);

void faults_parse(const char *spec, struct faults *ret_faults)
{
    *ret_faults = (struct faults){.format = {.delimiter = ','}};
    while (*spec != '\0') {
        size_t len = strcspn(spec, ",");
        parse_one(spec, len, ret_faults);
        spec += len;
        spec += *spec == ',' ? 1 : 0;
    }
}

bool faults_any(const struct faults *faults)
{
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        if (faults->per_million[i] > 0) {
            return true;
        }
    }
    return false;
}

bool faults_apply(struct prng *prng, const struct faults *faults, const struct fault_columns *columns,
                  const char *const *headers, const char *earlier_card, struct sheet_row *row,
                  struct fault_applied *ret_applied)
{
    uint64_t drawn = prng_below(prng, 1000000);
    size_t fault = 0;
    while (fault < FAULT_COUNT && drawn >= faults->per_million[fault]) {
        drawn -= faults->per_million[fault];
        fault++;
    }
    size_t column = 0;
    bool is_done = true;
    const char *expected = "fails";
    switch (fault) {
    case FAULT_DATES:
        column = spoil_date(prng, columns, row);
        break;
    case FAULT_NFD:
        column = columns->name;
        is_done = decompose(row->cells[column]);
        expected = "repaired";
        break;
    case FAULT_CARDS:
        column = columns->card_number;
        is_done = earlier_card[0] != '\0' && row->cells[column][0] != '\0';
        expected = "duplicate";
        if (is_done) {
            put_text(row->cells[column], earlier_card);
        }
        break;
    case FAULT_CODES:
        column = spoil_code(prng, columns, row);
        break;
    case FAULT_ZEROS:
        column = drop_zero(row->cells[columns->ethnicity]) ? columns->ethnicity : columns->religion;
        is_done = column == columns->ethnicity || drop_zero(row->cells[columns->religion]);
        expected = "repaired";
        break;
    default:
        return false;
    }
    if (is_done) {
        *ret_applied = (struct fault_applied){fault_names[fault], headers[column], expected};
    }
    return is_done;
}

static void parse_one(const char *text, size_t len, struct faults *faults)
{
    size_t name_len = strcspn(text, "=,");
    if (strncmp(text, "semicolon", len) == 0 && len == strlen("semicolon")) {
        faults->format.delimiter = ';';
        return;
    }
    if (strncmp(text, "bom", len) == 0 && len == strlen("bom")) {
        faults->format.has_bom = true;
        return;
    }
    if (strncmp(text, "crlf", len) == 0 && len == strlen("crlf")) {
        faults->format.has_crlf = true;
        return;
    }
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        if (strlen(fault_names[i]) == name_len && strncmp(text, fault_names[i], name_len) == 0 &&
            text[name_len] == '=') {
            char *end;
            double per_cent = strtod(text + name_len + 1, &end);
            if (end == text + len - 1 && *end == '%' && per_cent >= 0 && per_cent <= 20) {
                faults->per_million[i] = (unsigned)(per_cent * 10000 + 0.5);
                return;
            }
        }
    }
    sample_fail("--faults: %.*s is not one of dates=P%%, nfd=P%%, cards=P%%, codes=P%%, zeros=P%% (0 to 20), "
                "semicolon, "
                "bom, crlf",
                (int)len, text);
}

/* Slips that no rule lets pass, whatever their date. Returns the column. */
static size_t spoil_date(struct prng *prng, const struct fault_columns *columns, struct sheet_row *row)
{
    size_t column = columns->birth_date;
    switch (prng_below(prng, 4)) {
    case 0: /* a day the month does not have */
        put_text(row->cells[column], "31/02/1975");
        break;
    case 1: /* born on the day of admission: the wrong cell copied */
        put_text(row->cells[column], row->cells[columns->admission_date]);
        break;
    case 2: /* a year mistyped into the future */
        column = columns->admission_date;
        put_text(row->cells[column] + 6, "2091");
        break;
    default: /* a year of two digits */
        column = columns->admission_date;
        memmove(row->cells[column] + 6, row->cells[column] + 8, 3);
        break;
    }
    return column;
}

static size_t spoil_code(struct prng *prng, const struct fault_columns *columns, struct sheet_row *row)
{
    switch (prng_below(prng, 3)) {
    case 0:
        put_text(row->cells[columns->ethnicity], "99");
        return columns->ethnicity;
    case 1:
        put_text(row->cells[columns->occupation], "Phi hành gia");
        return columns->occupation;
    default:
        put_text(row->cells[columns->sex], "X");
        return columns->sex;
    }
}

/* false: it has no mark to part from its letter (or no memory, which leaves the row sound). */
static bool decompose(char cell[SAMPLE_TEXT_BYTES])
{
    utf8proc_uint8_t *decomposed = utf8proc_NFD((const utf8proc_uint8_t *)cell);
    const char *text = (const char *)decomposed;
    bool is_changed = text != NULL && strcmp(text, cell) != 0 && strlen(text) < SAMPLE_TEXT_BYTES;
    if (is_changed) {
        put_text(cell, text);
    }
    free(decomposed);
    return is_changed;
}

static bool drop_zero(char cell[SAMPLE_TEXT_BYTES])
{
    if (cell[0] != '0' || cell[1] == '\0') {
        return false;
    }
    memmove(cell, cell + 1, strlen(cell));
    return true;
}

/* `cell` may be the rest of one; the texts put in are short. */
static void put_text(char cell[SAMPLE_TEXT_BYTES], const char *text)
{
    memcpy(cell, text, strlen(text) + 1);
}
