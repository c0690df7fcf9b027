/* Composing the statements of a rotation: for every sealed column of a kind or list, of its newest and of all versions. */
#include "server/store/reseal_sql.h"

#include <stdio.h>

#include "common/base/check.h"

enum { NAME_BYTES_MAX = 128 };

struct key_column {
    const char *name;
    const char *type;
};

static const struct key_column id_key = {"id", "uuid"};
static const struct key_column since_key = {"since", "bigint"};
static const struct key_column element_key = {"element", "integer"};
static const struct key_column position_key = {"position", "bigint"};

static void add(struct reseal_place *places, size_t *count, struct reseal_place place, const char *table,
                const char *column, const char *belongs_to, const struct key_column *const *keys);
static void add_field(struct reseal_place *places, size_t *count, const struct kind_schema *schema,
                      const struct list_schema *list, const struct field_schema *field);
static void put_keys(char *out, const struct key_column *const *keys, size_t count, bool are_parameters);

size_t reseal_places(struct reseal_place *places)
{
    size_t count = 0;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            add_field(places, &count, schema, NULL, &schema->fields[i]);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                add_field(places, &count, schema, &schema->lists[i], &schema->lists[i].items[j]);
            }
        }
    }
    const struct key_column *const keys[] = {&position_key};
    struct reseal_place payload = {.list = "", .field = "payload", .key_count = 1};
    add(places, &count, payload, "dantin.journal", "payload", "encode(envelope_hash, 'hex')", keys);
    return count;
}

static void add_field(struct reseal_place *places, size_t *count, const struct kind_schema *schema,
                      const struct list_schema *list, const struct field_schema *field)
{
    char column[NAME_BYTES_MAX];
    if (!field_is_sealed(field)) {
        return;
    }
    (void)snprintf(column, sizeof column, "%s%s%s", list != NULL ? list->name : "", list != NULL ? "_" : "",
                   field->name);
    for (int is_version = 0; is_version < 2; is_version++) {
        const struct key_column *keys[RESEAL_KEYS_MAX];
        char table[NAME_BYTES_MAX];
        struct reseal_place place = {
            .schema = schema, .list = list != NULL ? list->name : "", .field = field->name};
        keys[place.key_count++] = &id_key;
        if (is_version) {
            keys[place.key_count++] = &since_key;
        }
        if (list != NULL) {
            keys[place.key_count++] = &element_key;
        }
        (void)snprintf(table, sizeof table, "dantin.%s%s%s%s", schema->name, list != NULL ? "_" : "",
                       list != NULL ? list->name : "", is_version ? "_version" : "");
        add(places, count, place, table, column, "replace(id::text, '-', '')", keys);
    }
}

static void add(struct reseal_place *places, size_t *count, struct reseal_place place, const char *table,
                const char *column, const char *belongs_to, const struct key_column *const *keys)
{
    char names[NAME_BYTES_MAX];
    char parameters[NAME_BYTES_MAX];
    size_t n = place.key_count;
    REQUIRE(*count < RESEAL_PLACES_MAX);
    put_keys(names, keys, n, false);
    put_keys(parameters, keys, n, true);
    (void)snprintf(place.read_first, sizeof place.read_first,
                   "select %s, %s, %s from %s where %s is not null order by %s limit $1::bigint", names,
                   belongs_to, column, table, column, names);
    (void)snprintf(place.read_next, sizeof place.read_next,
                   "select %s, %s, %s from %s where %s is not null and (%s) > (%s) order by %s"
                   " limit $%zu::bigint",
                   names, belongs_to, column, table, column, names, parameters, names, n + 1);
    (void)snprintf(place.write, sizeof place.write,
                   "update %s set %s = $%zu::bytea where (%s) = (%s) and %s = $%zu::bytea", table, column,
                   n + 2, names, parameters, column, n + 1);
    (void)snprintf(place.is_older_left, sizeof place.is_older_left,
                   "select exists (select from %s where substring(%s from 1 for 4) < $1::bytea)", table,
                   column);
    places[(*count)++] = place;
}

static void put_keys(char *out, const struct key_column *const *keys, size_t count, bool are_parameters)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        const char *comma = i > 0 ? ", " : "";
        int more = are_parameters
                       ? snprintf(out + len, NAME_BYTES_MAX - len, "%s$%zu::%s", comma, i + 1, keys[i]->type)
                       : snprintf(out + len, NAME_BYTES_MAX - len, "%s%s", comma, keys[i]->name);
        REQUIRE(more > 0 && (size_t)more < NAME_BYTES_MAX - len);
        len += (size_t)more;
    }
}
