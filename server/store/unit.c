/* Building units and reading binary results: the few type formats of PostgreSQL the store uses. */
#include "server/store/connection.h"

#include <string.h>

#include "common/base/check.h"

enum { POSTGRES_EPOCH_DAYS = 10957 /* 2000-01-01, from which PostgreSQL counts days */ };

static enum err put_number(struct unit_call *call, struct arena *arena, uint64_t value, size_t len);

void unit_init(struct unit *unit, struct unit_call *calls, size_t call_max)
{
    *unit = (struct unit){.calls = calls, .call_max = call_max};
}

struct unit_call *unit_call(struct unit *unit, const struct statement *statement)
{
    REQUIRE(unit->call_count < unit->call_max);
    REQUIRE(statement != NULL);
    struct unit_call *call = &unit->calls[unit->call_count++];
    call->statement = statement;
    call->parameter_count = 0;
    return call;
}

void unit_put_bytes(struct unit_call *call, struct bytes value)
{
    REQUIRE(call->parameter_count < STATEMENT_PARAMETERS_MAX);
    call->parameters[call->parameter_count++] = value;
}

void unit_put_null(struct unit_call *call)
{
    unit_put_bytes(call, (struct bytes){0});
}

void unit_put_hash(struct unit_call *call, const struct hash *value)
{
    unit_put_bytes(call, bytes_of(value->at, HASH_BYTES));
}

void unit_put_id(struct unit_call *call, const struct id *value)
{
    if (id_is_none(value)) {
        unit_put_null(call);
        return;
    }
    unit_put_bytes(call, bytes_of(value->at, ID_BYTES));
}

void unit_put_text(struct unit_call *call, const char *value)
{
    if (value == NULL) {
        unit_put_null(call);
        return;
    }
    unit_put_bytes(call, bytes_of_text(value));
}

enum err unit_put_int64(struct unit_call *call, struct arena *arena, int64_t value)
{
    return put_number(call, arena, (uint64_t)value, 8);
}

enum err unit_put_int32(struct unit_call *call, struct arena *arena, int32_t value)
{
    return put_number(call, arena, (uint32_t)value, 4);
}

enum err unit_put_boolean(struct unit_call *call, struct arena *arena, bool value)
{
    return put_number(call, arena, value ? 1 : 0, 1);
}

enum err unit_put_date(struct unit_call *call, struct arena *arena, int32_t days)
{
    int64_t value = (int64_t)days - POSTGRES_EPOCH_DAYS;
    if (value < INT32_MIN) {
        return ERR_TOO_BIG;
    }
    return put_number(call, arena, (uint32_t)value, 4);
}

struct bytes result_bytes(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column)) {
        return (struct bytes){0};
    }
    return bytes_of(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

int64_t result_int64(const PGresult *result, int row, int column)
{
    struct bytes in = result_bytes(result, row, column);
    if (in.at == NULL) {
        return 0;
    }
    switch (in.len) {
    case 8:
        return (int64_t)u64_read(in.at);
    case 4:
        return (int32_t)u32_read(in.at);
    case 2:
        return (int16_t)u16_read(in.at);
    default:
        return 0;
    }
}

bool result_boolean(const PGresult *result, int row, int column)
{
    struct bytes in = result_bytes(result, row, column);
    return in.at != NULL && in.len == 1 && in.at[0] != 0;
}

int32_t result_date(const PGresult *result, int row, int column)
{
    struct bytes in = result_bytes(result, row, column);
    if (in.at == NULL || in.len != 4) {
        return 0;
    }
    int64_t days = (int64_t)(int32_t)u32_read(in.at) + POSTGRES_EPOCH_DAYS;
    return days > INT32_MAX ? INT32_MAX : (int32_t)days;
}

struct id result_id(const PGresult *result, int row, int column)
{
    struct bytes in = result_bytes(result, row, column);
    struct id id = {0};
    if (in.at != NULL && in.len == ID_BYTES) {
        memcpy(id.at, in.at, ID_BYTES);
    }
    return id;
}

struct hash result_hash(const PGresult *result, int row, int column)
{
    struct bytes in = result_bytes(result, row, column);
    struct hash hash = {0};
    if (in.at != NULL && in.len == HASH_BYTES) {
        memcpy(hash.at, in.at, HASH_BYTES);
    }
    return hash;
}

/* Big-endian, the last `len` bytes of `value`. */
static enum err put_number(struct unit_call *call, struct arena *arena, uint64_t value, size_t len)
{
    uint8_t *at = arena_alloc(arena, 8);
    if (at == NULL) {
        return ERR_TOO_BIG;
    }
    u64_write(at, value);
    unit_put_bytes(call, bytes_of(at + 8 - len, len));
    return ERR_OK;
}
