/* Who bears the unique numbers (file and card numbers) that the changes of a group state. Rank 5. Pure; memory from the
 * group's arena, and hash tables that numbers_release frees.
 *
 * A bearer is listed from the moment it bears a number and never taken out again: whether it still does is for the
 * caller, who knows what the group did to it since. */
#ifndef SERVER_INGEST_NUMBERS_H
#define SERVER_INGEST_NUMBERS_H

#include "server/store/store.h"

enum { NUMBERS_FIELDS_MAX = SCHEMA_UNIQUE_COUNT };

struct number_bearer {
    const struct number_bearer *next;
    struct id record;
    struct id owner; /* as in the facts; none of a record changed in this group: it is asked itself */
    int32_t left;    /* likewise */
};

struct number;

/* The numbers of one field of one kind. */
struct number_table {
    enum record_kind kind;
    size_t field_index;
    struct number *numbers;
};

struct numbers {
    struct arena *arena;
    struct number_table tables[NUMBERS_FIELDS_MAX];
    size_t table_count;
};

void numbers_init(struct numbers *numbers, struct arena *arena);
void numbers_release(struct numbers *numbers);

/* Ask who bears this number; its text is borrowed. ERR_TOO_BIG: arena. */
MUST_CHECK enum err numbers_ask(struct numbers *numbers, const struct store_number_key *key,
                                bool *ret_is_new);
/* One bears it; key: asked before. ERR_TOO_BIG: arena. */
MUST_CHECK enum err numbers_add(struct numbers *numbers, const struct store_number_key *key,
                                const struct id *record, const struct id *owner, int32_t left);
/* The newest first, one perhaps more than once; NULL: none known. key: asked before. */
const struct number_bearer *numbers_bearers(const struct numbers *numbers,
                                            const struct store_number_key *key);

#endif
