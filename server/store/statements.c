#include "server/store/statements.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/embed.h"

/* Filled once by statements_load, constant after. */
static struct statement statements[STATEMENT_COUNT] = {
#define STATEMENT(symbol, file) [STATEMENT_##symbol] = {#file, NULL},
    STORE_STATEMENTS(STATEMENT)
#undef STATEMENT
};
static const char *const paths[STATEMENT_COUNT] = {
#define STATEMENT(symbol, file) [STATEMENT_##symbol] = "queries/" #file ".sql",
    STORE_STATEMENTS(STATEMENT)
#undef STATEMENT
};

enum err statements_load(void)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        statements[i].sql = embedded_sql_text(paths[i]);
        if (statements[i].sql == NULL) {
            return ERR_INTERNAL;
        }
    }
    return ERR_OK;
}

const struct statement *statement_of(enum statement_id id)
{
    REQUIRE(id < STATEMENT_COUNT);
    REQUIRE(statements[id].sql != NULL);
    return &statements[id];
}

const char *embedded_sql_text(const char *path)
{
    for (unsigned long i = 0; i < embedded_sql_count; i++) {
        if (strcmp(embedded_sql[i].path, path) == 0) {
            return (const char *)embedded_sql[i].at;
        }
    }
    return NULL;
}
