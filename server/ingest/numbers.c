/* One hash table per field, one list of bearers per number. */
#include "server/ingest/numbers.h"

#include "common/base/check.h"
#include "common/base/hash_table.h"

struct number {
    struct bytes text;
    const struct number_bearer *bearers;
    UT_hash_handle hh;
};

static const struct number_table *table_of(const struct numbers *numbers, const struct store_number_key *key);
static struct number *find(const struct numbers *numbers, const struct store_number_key *key);

void numbers_init(struct numbers *numbers, struct arena *arena)
{
    *numbers = (struct numbers){.arena = arena};
}

void numbers_release(struct numbers *numbers)
{
    for (size_t i = 0; i < numbers->table_count; i++) {
        HASH_CLEAR(hh, numbers->tables[i].numbers);
    }
    *numbers = (struct numbers){0};
}

enum err numbers_ask(struct numbers *numbers, const struct store_number_key *key, bool *ret_is_new)
{
    if (find(numbers, key) != NULL) {
        *ret_is_new = false;
        return ERR_OK;
    }
    struct number *number = arena_zalloc(numbers->arena, 1, sizeof *number);
    if (number == NULL) {
        return ERR_TOO_BIG;
    }
    if (table_of(numbers, key) == NULL) {
        REQUIRE(numbers->table_count < NUMBERS_FIELDS_MAX); /* fields of the schema */
        numbers->tables[numbers->table_count++] =
            (struct number_table){.kind = key->kind, .field_index = key->field_index};
    }
    struct number_table *table = &numbers->tables[table_of(numbers, key) - numbers->tables];
    number->text = key->text;
    HASH_ADD_KEYPTR(hh, table->numbers, number->text.at, number->text.len, number);
    if (!hash_table_added(&number->hh, numbers->arena)) {
        return ERR_TOO_BIG;
    }
    *ret_is_new = true;
    return ERR_OK;
}

enum err numbers_add(struct numbers *numbers, const struct store_number_key *key, const struct id *record,
                     const struct id *owner, int32_t left)
{
    struct number *number = find(numbers, key);
    REQUIRE(number != NULL);
    struct number_bearer *bearer = arena_zalloc(numbers->arena, 1, sizeof *bearer);
    if (bearer == NULL) {
        return ERR_TOO_BIG;
    }
    *bearer =
        (struct number_bearer){.next = number->bearers, .record = *record, .owner = *owner, .left = left};
    number->bearers = bearer;
    return ERR_OK;
}

const struct number_bearer *numbers_bearers(const struct numbers *numbers, const struct store_number_key *key)
{
    const struct number *number = find(numbers, key);
    REQUIRE(number != NULL);
    return number->bearers;
}

static const struct number_table *table_of(const struct numbers *numbers, const struct store_number_key *key)
{
    for (size_t i = 0; i < numbers->table_count; i++) {
        const struct number_table *table = &numbers->tables[i];
        if (table->kind == key->kind && table->field_index == key->field_index) {
            return table;
        }
    }
    return NULL;
}

static struct number *find(const struct numbers *numbers, const struct store_number_key *key)
{
    const struct number_table *table = table_of(numbers, key);
    struct number *found = NULL;
    if (table != NULL) {
        HASH_FIND(hh, table->numbers, key->text.at, key->text.len, found);
    }
    return found;
}
