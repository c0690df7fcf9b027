#include "server/store/catalogue.h"

#include <libpq-fe.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "server/store/answer.h"

enum { CATALOGUE_INDICATORS_MAX = 128, DIMENSIONS_BYTES_MAX = 4096 };
enum { COLUMN_ID, COLUMN_NAME, COLUMN_UNIT, COLUMN_CLAUSE, COLUMN_PERIOD, COLUMN_DIMENSIONS, COLUMN_COUNT };

static void describe(struct indicator *listing);
static bool put_row(PGresult *rows, int row, const struct indicator *indicator, enum language language);
static bool put_cell(PGresult *rows, int row, int column, const char *text);

enum err catalogue_answer(const struct indicator *indicators, size_t count, enum language language,
                          struct id epoch, uint64_t position, struct store_answer **ret_answer)
{
    struct indicator listing = {.id = STORE_QUERY_LIST};
    const struct query_choice choice = {.indicator = &listing, .language = language};
    PGresAttDesc columns[COLUMN_COUNT] = {0};
    struct bytes hashes[CATALOGUE_INDICATORS_MAX];
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    if (count > CATALOGUE_INDICATORS_MAX || rows == NULL) {
        PQclear(rows);
        return rows == NULL ? ERR_NO_MEMORY : ERR_TOO_BIG;
    }
    describe(&listing);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        columns[i].name = (char *)(uintptr_t)listing.columns[i].name; /* copied */
    }
    bool is_good = PQsetResultAttrs(rows, COLUMN_COUNT, columns) == 1;
    for (size_t i = 0; is_good && i < count; i++) {
        hashes[i] = bytes_of(indicators[i].hash.at, HASH_BYTES);
        is_good = put_row(rows, (int)i, &indicators[i], language);
    }
    if (!is_good) {
        PQclear(rows);
        return ERR_NO_MEMORY;
    }
    listing.hash = hash_of(hashes, count);
    return answer_new_take(&choice, epoch, position, rows, ret_answer);
}

static void describe(struct indicator *listing)
{
    static const struct {
        const char *name;
        enum text_id label;
    } columns[COLUMN_COUNT] = {
        [COLUMN_ID] = {"id", TEXT_LISTING_ID},
        [COLUMN_NAME] = {"name", TEXT_LISTING_NAME},
        [COLUMN_UNIT] = {"unit", TEXT_LISTING_UNIT},
        [COLUMN_CLAUSE] = {"clause", TEXT_LISTING_CLAUSE},
        [COLUMN_PERIOD] = {"period", TEXT_LISTING_PERIOD},
        [COLUMN_DIMENSIONS] = {"dimensions", TEXT_LISTING_DIMENSIONS},
    };
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        listing->columns[i] = (struct indicator_column){
            columns[i].name,
            "text",
            {text_get(columns[i].label, LANGUAGE_VI), text_get(columns[i].label, LANGUAGE_EN)}};
    }
    listing->column_count = COLUMN_COUNT;
}

static bool put_row(PGresult *rows, int row, const struct indicator *indicator, enum language language)
{
    struct buf names;
    enum err err = ERR_OK;
    buf_init(&names, DIMENSIONS_BYTES_MAX);
    for (size_t i = 0; err == ERR_OK && i < indicator->dimension_count; i++) {
        err = buf_append_format(&names, "%s%s", i > 0 ? "," : "", indicator->dimensions[i].name);
    }
    if (err == ERR_OK) {
        err = buf_append(&names, bytes_of("", 1)); /* its NUL */
    }
    bool is_good = err == ERR_OK && put_cell(rows, row, COLUMN_ID, indicator->id) &&
                   put_cell(rows, row, COLUMN_NAME, indicator->name[language]) &&
                   put_cell(rows, row, COLUMN_UNIT, indicator->unit[language]) &&
                   put_cell(rows, row, COLUMN_CLAUSE, indicator->clause) &&
                   put_cell(rows, row, COLUMN_PERIOD, indicator_period_name(indicator->period)) &&
                   put_cell(rows, row, COLUMN_DIMENSIONS, (const char *)buf_content(&names).at);
    buf_release(&names);
    return is_good;
}

/* libpq copies the text and does not change it. */
static bool put_cell(PGresult *rows, int row, int column, const char *text)
{
    return PQsetvalue(rows, row, column, (char *)(uintptr_t)text, (int)strlen(text)) == 1;
}
