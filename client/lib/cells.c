/* See cells.h. Members are counted by cell, then the cells are looked at one by one. */
#include "client/lib/cells.h"

#include <string.h>

#include <uthash.h>

#include "common/rules/rules.h"
#include "common/wire/message.h"

enum { CELLS_BYTES_MAX = 16 << 20, RECORD_ARENA_BYTES_MAX = 1 << 20 };

/* Official members of a cell today. */
struct cell {
    struct id branch; /* key */
    uint64_t official_count;
    UT_hash_handle hh;
};

struct cell_walk {
    struct cell *cells;
    struct arena cell_arena; /* the cells */
    struct arena arena;      /* one record at a time */
    int32_t today;
    void (*on_cell)(void *context, struct bytes name, uint64_t official_members);
    void *context;
    struct cells_counts counts;
    enum err err;
};

static bool on_member(void *context, const struct id *record, struct bytes body);
static bool on_branch(void *context, const struct id *record, struct bytes body);
static bool is_live_cell(const struct kind_schema *schema, const void *message, int32_t today);
static bool edge_on(const struct kind_schema *schema, const void *message, const char *list, int32_t today,
                    struct id *ret_id);
static struct value field_of(const struct kind_schema *schema, const void *message, const char *name);

enum err cells_below_minimum(struct store *store, int32_t today,
                             void (*on_cell)(void *context, struct bytes name, uint64_t official_members),
                             void *context, struct cells_counts *ret_counts)
{
    struct cell_walk walk = {.today = today, .on_cell = on_cell, .context = context};
    arena_init(&walk.cell_arena, CELLS_BYTES_MAX);
    arena_init(&walk.arena, RECORD_ARENA_BYTES_MAX);
    enum err err = store_body_each(store, KIND_MEMBER, on_member, &walk);
    if (err == ERR_OK && walk.err == ERR_OK) {
        err = store_body_each(store, KIND_BRANCH, on_branch, &walk);
    }
    HASH_CLEAR(hh, walk.cells);
    arena_release(&walk.cell_arena);
    arena_release(&walk.arena);
    if (err == ERR_OK) {
        err = walk.err;
    }
    if (err == ERR_OK) {
        *ret_counts = walk.counts;
    }
    return err;
}

static bool on_member(void *context, const struct id *record, struct bytes body)
{
    struct cell_walk *walk = context;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    ProtobufCMessage *message = NULL;
    struct id branch = {0};
    struct cell *cell = NULL;
    (void)record; /* members are counted, not named */
    arena_clear(&walk->arena);
    walk->err = message_unpack(schema->descriptor, body, false, &walk->arena, &message);
    if (walk->err != ERR_OK) {
        return false;
    }
    walk->counts.members++;
    if (strcmp(rules_member_status(message, walk->today), "official") != 0 ||
        !edge_on(schema, message, "branch", walk->today, &branch)) {
        return true;
    }
    HASH_FIND(hh, walk->cells, &branch, sizeof branch, cell);
    if (cell == NULL) {
        cell = arena_zalloc(&walk->cell_arena, 1, sizeof *cell);
        if (cell == NULL) {
            walk->err = ERR_NO_MEMORY;
            return false;
        }
        cell->branch = branch;
        HASH_ADD(hh, walk->cells, branch, sizeof cell->branch, cell);
    }
    cell->official_count++;
    return true;
}

static bool on_branch(void *context, const struct id *record, struct bytes body)
{
    struct cell_walk *walk = context;
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    ProtobufCMessage *message = NULL;
    struct cell *cell = NULL;
    arena_clear(&walk->arena);
    walk->err = message_unpack(schema->descriptor, body, false, &walk->arena, &message);
    if (walk->err != ERR_OK) {
        return false;
    }
    if (!is_live_cell(schema, message, walk->today)) {
        return true;
    }
    HASH_FIND(hh, walk->cells, record, sizeof *record, cell);
    uint64_t official_count = cell != NULL ? cell->official_count : 0;
    if (rules_cell_is_below_minimum(official_count, walk->today)) {
        walk->counts.below_minimum++;
        if (walk->on_cell != NULL) {
            walk->on_cell(walk->context, field_of(schema, message, "name").text, official_count);
        }
    }
    return true;
}

static bool is_live_cell(const struct kind_schema *schema, const void *message, int32_t today)
{
    struct bytes kind = field_of(schema, message, "kind").text;
    struct value established = field_of(schema, message, "established_date");
    struct value dissolved = field_of(schema, message, "dissolved_date");
    bool is_cell =
        bytes_equal(kind, bytes_of_text("cell")) || bytes_equal(kind, bytes_of_text("grassroots_cell"));
    return is_cell && !(established.is_stated && established.number > today) &&
           !(dissolved.is_stated && dissolved.number <= today);
}

/* The edge in force today; false: none. */
static bool edge_on(const struct kind_schema *schema, const void *message, const char *list, int32_t today,
                    struct id *ret_id)
{
    int list_index = schema_list_index(schema, list);
    if (list_index < 0) {
        return false;
    }
    size_t count = record_list_count(schema, message, (size_t)list_index);
    for (size_t i = 0; i < count; i++) {
        struct value to = record_item(schema, message, (size_t)list_index, i, EDGE_TO);
        struct value from = record_item(schema, message, (size_t)list_index, i, EDGE_FROM);
        struct value reference = record_item(schema, message, (size_t)list_index, i, EDGE_REFERENCE);
        bool is_in_force = (!from.is_stated || from.number <= today) && (!to.is_stated || today < to.number);
        if (is_in_force && reference.is_stated && id_from_bytes(reference.text, ret_id) == ERR_OK) {
            return true;
        }
    }
    return false;
}

static struct value field_of(const struct kind_schema *schema, const void *message, const char *name)
{
    int index = schema_field_index(schema, name);
    return index >= 0 ? record_field(schema, message, (size_t)index) : (struct value){0};
}
