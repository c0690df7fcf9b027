/* The public interface: where the work stands. */
#include "client/lib/handle.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "client/lib/store_setting.h"
#include "common/base/clock.h"
#include "common/record/date.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"

enum {
    STATUS_ARENA_BYTES_MAX = 1 << 20,
    STATUS_CELLS_BYTES_MAX = 16 << 20,
};

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
    uint64_t below_minimum;
    enum err err;
};

static enum err fill_settings(struct dantin *dantin, struct store *store, struct dantin_status *status);
static void copy_text(struct bytes text, char *out, size_t out_bytes);
static enum err branch_name(struct store *store, struct bytes branch, struct arena *arena,
                            struct bytes *ret_name);
static enum err count_small_cells(struct store *store, uint64_t *ret_count);
static bool on_member(void *context, const struct store_record *record);
static bool on_branch(void *context, const struct store_record *record);
static bool is_live_cell(const struct kind_schema *schema, const void *message, int32_t today);
static bool edge_on(const struct kind_schema *schema, const void *message, const char *list, int32_t today,
                    struct id *ret_id);
static struct value field_of(const struct kind_schema *schema, const void *message, const char *name);

int dantin_status(struct dantin *dantin, struct dantin_status *ret_status)
{
    struct store *store = NULL;
    struct store_counts counts = {0};
    struct dantin_status status = {0};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_counts(store, &counts);
    if (err == ERR_OK) {
        err = fill_settings(dantin, store, &status);
    }
    if (err == ERR_OK) {
        err = count_small_cells(store, &status.cells_below_minimum);
    }
    store_close(store);
    if (err != ERR_OK) {
        return handle_fail(dantin, err, NULL);
    }
    status.records = counts.records;
    status.open_changes = counts.open_changes;
    status.sealed_waiting = counts.sealed_waiting;
    status.receipts = counts.receipts;
    status.refused_open = counts.refused_open;
    status.conflicts_open = counts.conflicts_open;
    status.last_receipt_ms = counts.last_receipt_ms;
    *ret_status = status;
    return ERR_OK;
}

static enum err fill_settings(struct dantin *dantin, struct store *store, struct dantin_status *status)
{
    struct arena arena;
    struct hash device = {0};
    struct bytes value = {0};
    char path[PLATFORM_PATH_BYTES_MAX];
    arena_init(&arena, STATUS_ARENA_BYTES_MAX);
    enum err err = platform_path_join(dantin->home, "device.crt", path, sizeof path);
    if (err != ERR_OK) {
        goto done;
    }
    status->is_enrolled = platform_file_exists(path);
    copy_text(bytes_of_text(dantin->server), status->server, sizeof status->server);
    err = store_device(store, &device);
    if (err != ERR_OK) {
        goto done;
    }
    hex_encode(bytes_of(device.at, HASH_BYTES), status->device);
    err = store_setting_get(store, SETTING_ROLE, &arena, &value);
    if (err == ERR_OK) {
        copy_text(value, status->role, sizeof status->role);
        err = store_setting_get(store, SETTING_SENDER, &arena, &value);
    }
    if (err == ERR_OK) {
        err = branch_name(store, value, &arena, &value);
    }
    if (err == ERR_OK) {
        copy_text(value, status->sender_name, sizeof status->sender_name);
    }
    if (err == ERR_NOT_FOUND) {
        err = ERR_OK; /* never connected, or a sender this store does not know */
    }
done:
    arena_release(&arena);
    return err;
}

static void copy_text(struct bytes text, char *out, size_t out_bytes)
{
    size_t len = text.len < out_bytes ? text.len : out_bytes - 1;
    if (len > 0) {
        memcpy(out, text.at, len);
    }
    out[len] = '\0';
}

/* ERR_NOT_FOUND: no branch of that id is known here. */
static enum err branch_name(struct store *store, struct bytes branch, struct arena *arena,
                            struct bytes *ret_name)
{
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    struct store_record record = {0};
    struct id id = {0};
    ProtobufCMessage *message = NULL;
    if (id_from_bytes(branch, &id) != ERR_OK) {
        return ERR_NOT_FOUND;
    }
    enum err err = store_record_get(store, KIND_BRANCH, &id, arena, &record);
    if (err == ERR_OK && record.body.at == NULL) {
        err = ERR_NOT_FOUND;
    }
    if (err == ERR_OK) {
        err = message_unpack(schema->descriptor, record.body, false, arena, &message);
    }
    if (err == ERR_OK) {
        *ret_name = field_of(schema, message, "name").text;
    }
    return err;
}

/* ---- cells with too few members ---- */

static enum err count_small_cells(struct store *store, uint64_t *ret_count)
{
    struct cell_walk walk = {.today = date_of_moment(clock_now_ms())};
    arena_init(&walk.cell_arena, STATUS_CELLS_BYTES_MAX);
    arena_init(&walk.arena, STATUS_ARENA_BYTES_MAX);
    enum err err = store_record_each(store, KIND_MEMBER, on_member, &walk);
    if (err == ERR_OK && walk.err == ERR_OK) {
        err = store_record_each(store, KIND_BRANCH, on_branch, &walk);
    }
    HASH_CLEAR(hh, walk.cells);
    arena_release(&walk.cell_arena);
    arena_release(&walk.arena);
    if (err == ERR_OK) {
        err = walk.err;
    }
    if (err == ERR_OK) {
        *ret_count = walk.below_minimum;
    }
    return err;
}

static bool on_member(void *context, const struct store_record *record)
{
    struct cell_walk *walk = context;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    ProtobufCMessage *message = NULL;
    struct id branch = {0};
    struct cell *cell = NULL;
    if (record->body.at == NULL) {
        return true;
    }
    arena_clear(&walk->arena);
    walk->err = message_unpack(schema->descriptor, record->body, false, &walk->arena, &message);
    if (walk->err != ERR_OK) {
        return false;
    }
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

static bool on_branch(void *context, const struct store_record *record)
{
    struct cell_walk *walk = context;
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    ProtobufCMessage *message = NULL;
    struct cell *cell = NULL;
    if (record->body.at == NULL) {
        return true;
    }
    arena_clear(&walk->arena);
    walk->err = message_unpack(schema->descriptor, record->body, false, &walk->arena, &message);
    if (walk->err != ERR_OK) {
        return false;
    }
    if (is_live_cell(schema, message, walk->today)) {
        HASH_FIND(hh, walk->cells, &record->record, sizeof record->record, cell);
        walk->below_minimum += cell == NULL || cell->official_count < CELL_OFFICIAL_MEMBERS_MIN;
    }
    return true;
}

static bool is_live_cell(const struct kind_schema *schema, const void *message, int32_t today)
{
    struct bytes kind = field_of(schema, message, "kind").text;
    struct value dissolved = field_of(schema, message, "dissolved_date");
    bool is_cell =
        bytes_equal(kind, bytes_of_text("cell")) || bytes_equal(kind, bytes_of_text("grassroots_cell"));
    return is_cell && !(dissolved.is_stated && dissolved.number <= today);
}

/* The edge in force today; false: none. */
static bool edge_on(const struct kind_schema *schema, const void *message, const char *list, int32_t today,
                    struct id *ret_id)
{
    enum { ITEM_REFERENCE, ITEM_FROM, ITEM_TO };
    int list_index = schema_list_index(schema, list);
    if (list_index < 0) {
        return false;
    }
    size_t count = record_list_count(schema, message, (size_t)list_index);
    for (size_t i = 0; i < count; i++) {
        struct value to = record_item(schema, message, (size_t)list_index, i, ITEM_TO);
        struct value from = record_item(schema, message, (size_t)list_index, i, ITEM_FROM);
        struct value reference = record_item(schema, message, (size_t)list_index, i, ITEM_REFERENCE);
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
