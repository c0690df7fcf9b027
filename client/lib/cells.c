/* See cells.h. The branches in force are learnt, then each member is counted where it is and at the grassroots organisation above,
 * then the branches are looked at one by one. */
#include "client/lib/cells.h"

#include <string.h>

#include <uthash.h>

#include "common/rules/rules.h"
#include "common/wire/message.h"

enum { CELLS_BYTES_MAX = 16 << 20, RECORD_ARENA_BYTES_MAX = 1 << 20, LEVELS_MAX = 16 };

/* A branch in force today, and its members today. */
struct branch {
    struct id id; /* key */
    struct id parent;
    bool is_cell, is_grassroots;
    struct bytes name;
    uint64_t official_count; /* in it */
    uint64_t member_count;   /* in it and, of a grassroots organisation, under it */
    UT_hash_handle hh;
};

struct cell_walk {
    struct branch *branches;
    struct arena branch_arena; /* the branches */
    struct arena arena;        /* one record at a time */
    int32_t today;
    struct cells_counts counts;
    enum err err;
};

static bool on_branch_record(void *context, const struct id *record, struct bytes body);
static bool on_member_record(void *context, const struct id *record, struct bytes body);
static void count_member(struct cell_walk *walk, const struct id *branch, bool is_official);
static struct branch *find_branch(const struct cell_walk *walk, const struct id *id);
static bool breaks(const struct branch *branch, enum cells_warning warning, int32_t today);
static bool is_live(const struct kind_schema *schema, const void *message, int32_t today);
static bool edge_on(const struct kind_schema *schema, const void *message, const char *list, int32_t today,
                    struct id *ret_id);
static struct value field_of(const struct kind_schema *schema, const void *message, const char *name);

enum err cells_warn(struct store *store, int32_t today,
                    void (*on_branch)(void *context, enum cells_warning warning, struct bytes name,
                                      uint64_t members),
                    void *context, struct cells_counts *ret_counts)
{
    struct cell_walk walk = {.today = today};
    arena_init(&walk.branch_arena, CELLS_BYTES_MAX);
    arena_init(&walk.arena, RECORD_ARENA_BYTES_MAX);
    enum err err = store_body_each(store, KIND_BRANCH, on_branch_record, &walk);
    if (err == ERR_OK && walk.err == ERR_OK) {
        err = store_body_each(store, KIND_MEMBER, on_member_record, &walk);
    }
    err = err == ERR_OK ? walk.err : err;
    for (unsigned warning = 0; err == ERR_OK && warning < CELLS_WARNINGS; warning++) {
        for (struct branch *branch = walk.branches; branch != NULL; branch = branch->hh.next) {
            if (!breaks(branch, (enum cells_warning)warning, today)) {
                continue;
            }
            walk.counts.warned[warning]++;
            if (on_branch != NULL) {
                on_branch(context, (enum cells_warning)warning, branch->name,
                          warning == CELLS_BELOW_MINIMUM ? branch->official_count : branch->member_count);
            }
        }
    }
    HASH_CLEAR(hh, walk.branches);
    arena_release(&walk.branch_arena);
    arena_release(&walk.arena);
    if (err == ERR_OK) {
        *ret_counts = walk.counts;
    }
    return err;
}

static bool on_branch_record(void *context, const struct id *record, struct bytes body)
{
    struct cell_walk *walk = context;
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    ProtobufCMessage *message = NULL;
    arena_clear(&walk->arena);
    walk->err = message_unpack(schema->descriptor, body, false, &walk->arena, &message);
    if (walk->err != ERR_OK) {
        return false;
    }
    if (!is_live(schema, message, walk->today)) {
        return true;
    }
    struct branch *branch = arena_zalloc(&walk->branch_arena, 1, sizeof *branch);
    struct bytes name = field_of(schema, message, "name").text;
    if (branch == NULL || (branch->name = arena_copy(&walk->branch_arena, name)).at == NULL) {
        walk->err = ERR_NO_MEMORY;
        return false;
    }
    struct bytes kind = field_of(schema, message, "kind").text;
    bool is_grassroots_cell = bytes_equal(kind, bytes_of_text("grassroots_cell"));
    branch->id = *record;
    branch->is_cell = is_grassroots_cell || bytes_equal(kind, bytes_of_text("cell"));
    branch->is_grassroots = is_grassroots_cell || bytes_equal(kind, bytes_of_text("grassroots_committee"));
    (void)edge_on(schema, message, "parent", walk->today, &branch->parent); /* none: the top */
    HASH_ADD(hh, walk->branches, id, sizeof branch->id, branch);
    return true;
}

static bool on_member_record(void *context, const struct id *record, struct bytes body)
{
    struct cell_walk *walk = context;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    ProtobufCMessage *message = NULL;
    struct id branch = {0};
    (void)record; /* members are counted, not named */
    arena_clear(&walk->arena);
    walk->err = message_unpack(schema->descriptor, body, false, &walk->arena, &message);
    if (walk->err != ERR_OK) {
        return false;
    }
    walk->counts.members++;
    const char *status = rules_member_status(message, walk->today);
    bool is_official = strcmp(status, "official") == 0;
    bool is_member = is_official || strcmp(status, "probationary") == 0;
    if (is_member && edge_on(schema, message, "branch", walk->today, &branch)) {
        count_member(walk, &branch, is_official);
    }
    return true;
}

/* A tree deeper than LEVELS_MAX, or one in a circle, has no grassroots organisation to count in. */
static void count_member(struct cell_walk *walk, const struct id *branch, bool is_official)
{
    struct branch *at = find_branch(walk, branch);
    if (at != NULL) {
        at->official_count += is_official;
    }
    for (unsigned level = 0; at != NULL && level < LEVELS_MAX; level++) {
        if (at->is_grassroots) {
            at->member_count++;
            return;
        }
        at = find_branch(walk, &at->parent);
    }
}

static struct branch *find_branch(const struct cell_walk *walk, const struct id *id)
{
    struct branch *found = NULL;
    HASH_FIND(hh, walk->branches, id, sizeof *id, found);
    return found;
}

static bool breaks(const struct branch *branch, enum cells_warning warning, int32_t today)
{
    switch (warning) {
    case CELLS_BELOW_MINIMUM:
        return branch->is_cell && rules_cell_is_below_minimum(branch->official_count, today);
    case CELLS_GRASSROOTS_BELOW_30:
        return branch->is_grassroots && !branch->is_cell &&
               !rules_grassroots_is_committee(branch->member_count, today);
    case CELLS_GRASSROOTS_FROM_30:
        return branch->is_grassroots && branch->is_cell &&
               rules_grassroots_is_committee(branch->member_count, today);
    case CELLS_WARNINGS:
        break;
    }
    return false;
}

static bool is_live(const struct kind_schema *schema, const void *message, int32_t today)
{
    struct value established = field_of(schema, message, "established_date");
    struct value dissolved = field_of(schema, message, "dissolved_date");
    return !(established.is_stated && established.number > today) &&
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
