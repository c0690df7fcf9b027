/* The public interface: where the work stands. */
#include "client/lib/handle.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/cells.h"
#include "client/lib/store_notice.h"
#include "client/lib/store_setting.h"
#include "common/base/clock.h"
#include "common/record/date.h"
#include "common/wire/message.h"

enum { STATUS_ARENA_BYTES_MAX = 1 << 20 };

static enum err fill_settings(struct dantin *dantin, struct store *store, struct dantin_status *status);
static void count_notice(void *context, const struct store_notice *notice);
static void copy_text(struct bytes text, char *out, size_t out_bytes);
static enum err branch_name(struct store *store, struct bytes branch, struct arena *arena,
                            struct bytes *ret_name);
static struct value field_of(const struct kind_schema *schema, const void *message, const char *name);

int dantin_status(struct dantin *dantin, struct dantin_status *ret_status)
{
    struct store *store = NULL;
    struct store_counts counts = {0};
    struct cells_counts cells = {0};
    struct dantin_status status = {0};
    uint64_t seen = 0;
    uint64_t notices = 0;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_counts(store, &counts);
    if (err == ERR_OK) {
        err = store_notice_seen(store, &seen);
    }
    if (err == ERR_OK) {
        err = store_notice_each(store, seen, count_notice, &notices);
    }
    if (err == ERR_OK) {
        err = fill_settings(dantin, store, &status);
    }
    if (err == ERR_OK) {
        err = cells_warn(store, date_of_moment(clock_now_ms()), NULL, NULL, &cells);
    }
    store_close(store);
    if (err != ERR_OK) {
        return handle_fail(dantin, err, NULL);
    }
    status.journal_entries = counts.journal_entries;
    status.sealed_entries = counts.sealed_entries;
    status.receipts_sealed = counts.receipts_sealed;
    status.left_behind = counts.left_behind;
    status.alarms = counts.alarms;
    status.notices = notices;
    status.cells_below_minimum = cells.warned[CELLS_BELOW_MINIMUM];
    status.grassroots_below_30 = cells.warned[CELLS_GRASSROOTS_BELOW_30];
    status.grassroots_from_30 = cells.warned[CELLS_GRASSROOTS_FROM_30];
    status.records = counts.records;
    status.open_changes = counts.open_changes;
    status.sealed_waiting = counts.sealed_waiting;
    status.receipts = counts.receipts;
    status.waiting = counts.waiting;
    status.refused_open = counts.refused_open;
    status.conflicts_open = counts.conflicts_open;
    status.last_receipt_ms = counts.last_receipt_ms;
    *ret_status = status;
    return ERR_OK;
}

static enum err fill_settings(struct dantin *dantin, struct store *store, struct dantin_status *status)
{
    struct arena arena;
    struct hash device = store_device(store);
    struct bytes value = {0};
    char path[PLATFORM_PATH_BYTES_MAX];
    arena_init(&arena, STATUS_ARENA_BYTES_MAX);
    enum err err = platform_path_join(dantin->folder, "device.crt", path, sizeof path);
    if (err != ERR_OK) {
        goto done;
    }
    status->is_enrolled = platform_file_exists(path);
    copy_text(bytes_of_text(dantin->server), status->server, sizeof status->server);
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

static void count_notice(void *context, const struct store_notice *notice)
{
    uint64_t *count = context;
    (void)notice;
    (*count)++;
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

static struct value field_of(const struct kind_schema *schema, const void *message, const char *name)
{
    int index = schema_field_index(schema, name);
    return index >= 0 ? record_field(schema, message, (size_t)index) : (struct value){0};
}
