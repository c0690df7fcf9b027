/* The content of a waiting change is read from the entry that brought it. */
#include "server/store/waiting.h"

#include "common/wire/payload.h"
#include "server/store/statements.h"
#include "server/store/wire_array.h"

enum {
    CALL_ROWS = 2,
    CALL_PAYLOADS = 3,
    PAYLOAD_ARENA_BYTES_MAX = 8 << 20, /* one payload, unpacked */
};

static enum err read_row(const PGresult *rows, int row, struct store_waiting *ret_waiting);
static enum err read_contents(const PGresult *payloads, struct vault *vault, struct arena *arena,
                              struct store_waiting *waiting, size_t count);
static enum err read_payload(struct bytes payload_zstd, struct arena *scratch, struct arena *arena,
                             struct store_waiting *waiting, size_t count);

enum err waiting_compose(const struct id *versions, size_t version_count, struct buf *array,
                         struct unit *unit)
{
    struct wire_array names;
    struct wire_range range;
    buf_clear(array);
    unit_init(unit, unit->calls, unit->call_max);
    (void)unit_call(unit, statement_of(STATEMENT_GROUP_BEGIN));
    (void)unit_call(unit, statement_of(STATEMENT_GROUP_LOCK));
    struct unit_call *rows = unit_call(unit, statement_of(STATEMENT_FACT_WAITING));
    struct unit_call *payloads = unit_call(unit, statement_of(STATEMENT_FACT_WAITING_PAYLOAD));
    wire_array_begin(&names, array, WIRE_UUID);
    for (size_t i = 0; i < version_count; i++) {
        wire_array_put_id(&names, &versions[i]);
    }
    enum err err = wire_array_end(&names, &range);
    if (err == ERR_OK) {
        unit_put_bytes(rows, wire_range_bytes(array, range));
        unit_put_bytes(payloads, wire_range_bytes(array, range));
    }
    return err;
}

enum err waiting_read(const struct unit_result *result, struct vault *vault, struct arena *arena,
                      const struct store_waiting **ret_waiting, size_t *ret_count)
{
    const PGresult *rows = result->results[CALL_ROWS];
    size_t count = (size_t)PQntuples(rows);
    struct store_waiting *waiting = arena_zalloc(arena, count + 1, sizeof *waiting);
    enum err err = waiting == NULL ? ERR_TOO_BIG : ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = read_row(rows, (int)i, &waiting[i]);
    }
    if (err == ERR_OK) {
        err = read_contents(result->results[CALL_PAYLOADS], vault, arena, waiting, count);
    }
    if (err == ERR_OK) {
        *ret_waiting = waiting;
        *ret_count = count;
    }
    return err;
}

enum err waiting_open_payload(const PGresult *rows, int row, int column, struct vault *vault,
                              struct arena *arena, struct bytes *ret_payload_zstd)
{
    struct hash envelope_hash = result_hash(rows, row, column + 1);
    struct id sender = result_id(rows, row, column + 3);
    struct bytes wrapped = result_bytes(rows, row, column + 4);
    struct vault_place place = vault_place_of_payload(&envelope_hash);
    enum err err = vault_follow_master(vault, result_bytes(rows, row, column + 5));
    if (err == ERR_OK && wrapped.at == NULL) {
        err = ERR_DATABASE; /* sealed under a key that is nowhere */
    }
    if (err == ERR_OK) {
        err = vault_add_key(vault, (uint32_t)result_int64(rows, row, column + 2), &sender, wrapped);
    }
    if (err == ERR_OK) {
        err = vault_open_copy(vault, &place, result_bytes(rows, row, column), arena, ret_payload_zstd);
    }
    return err == ERR_MALFORMED || err == ERR_NOT_FOUND ? ERR_DATABASE : err;
}

static enum err read_row(const PGresult *rows, int row, struct store_waiting *ret_waiting)
{
    int64_t kind = result_int64(rows, row, 3);
    if (kind < 1 || kind > KIND_MAX) {
        return ERR_DATABASE;
    }
    *ret_waiting = (struct store_waiting){
        .version = result_id(rows, row, 0),
        .position = (uint64_t)result_int64(rows, row, 1),
        .index = (uint32_t)result_int64(rows, row, 2),
        .key = {.kind = (enum record_kind)kind,
                .record = result_id(rows, row, 4),
                .base = result_id(rows, row, 5)},
        .device = result_hash(rows, row, 6),
        .sender = result_id(rows, row, 7),
        .change_hash = result_hash(rows, row, 8),
        .is_decided = result_boolean(rows, row, 9),
    };
    return ERR_OK;
}

/* Rows and payloads both stand in the order of positions. */
static enum err read_contents(const PGresult *payloads, struct vault *vault, struct arena *arena,
                              struct store_waiting *waiting, size_t count)
{
    struct arena scratch;
    enum err err = ERR_OK;
    size_t at = 0;
    arena_init(&scratch, PAYLOAD_ARENA_BYTES_MAX);
    vault_trim(vault);
    for (int row = 0; row < PQntuples(payloads) && err == ERR_OK; row++) {
        uint64_t position = (uint64_t)result_int64(payloads, row, 0);
        while (at < count && waiting[at].position < position) {
            at++;
        }
        size_t end = at;
        while (end < count && waiting[end].position == position) {
            end++;
        }
        struct bytes payload_zstd = {0};
        arena_clear(&scratch);
        err = waiting_open_payload(payloads, row, 1, vault, &scratch, &payload_zstd);
        if (err == ERR_OK) {
            err = read_payload(payload_zstd, &scratch, arena, waiting + at, end - at);
        }
        at = end;
    }
    arena_release(&scratch);
    return err;
}

/* The waiting changes of one entry. */
static enum err read_payload(struct bytes payload_zstd, struct arena *scratch, struct arena *arena,
                             struct store_waiting *waiting, size_t count)
{
    struct payload payload;
    enum err err = payload_decode(payload_zstd, scratch, &payload);
    if (err != ERR_OK) {
        return scratch->is_out_of_memory ? ERR_NO_MEMORY : ERR_DATABASE; /* it could be read when it came */
    }
    for (size_t i = 0; i < count; i++) {
        if (waiting[i].index >= payload.change_count) {
            return ERR_DATABASE;
        }
        struct bytes change = payload.changes[waiting[i].index];
        if (waiting[i].is_decided || change.at == NULL) {
            continue;
        }
        waiting[i].change = arena_copy(arena, change);
        if (waiting[i].change.at == NULL) {
            return ERR_TOO_BIG;
        }
    }
    return ERR_OK;
}
