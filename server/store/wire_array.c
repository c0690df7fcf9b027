#include "server/store/wire_array.h"

#include <string.h>

enum {
    ARRAY_HEADER_BYTES = 20, /* dimensions, has-null flag, element type, count, lower bound */
    LENGTH_BYTES = 4,
    COLUMN_HEADER_BYTES = 8, /* type, length */
    POSTGRES_EPOCH_DAYS = 10957,
};
static const uint32_t NULL_LENGTH = UINT32_MAX; /* -1 */

static uint8_t *reserve(struct wire_array *array, size_t len);
static void put_column(struct wire_array *array, enum wire_type type, const void *at, size_t len);

void wire_array_begin(struct wire_array *array, struct buf *out, uint32_t element_type)
{
    *array = (struct wire_array){.out = out, .start = buf_content(out).len, .err = ERR_OK};
    uint8_t *at = reserve(array, ARRAY_HEADER_BYTES);
    if (at == NULL) {
        return;
    }
    u32_write(at, 1);
    u32_write(at + 4, 1);
    u32_write(at + 8, element_type);
    u32_write(at + 12, 0); /* the count, set by wire_array_end */
    u32_write(at + 16, 1);
    buf_commit(out, ARRAY_HEADER_BYTES);
}

void wire_array_put(struct wire_array *array, struct bytes value)
{
    size_t len = value.at == NULL ? 0 : value.len;
    uint8_t *at = reserve(array, LENGTH_BYTES + len);
    if (at == NULL) {
        return;
    }
    u32_write(at, value.at == NULL ? NULL_LENGTH : (uint32_t)len);
    if (len > 0) {
        memcpy(at + LENGTH_BYTES, value.at, len);
    }
    buf_commit(array->out, LENGTH_BYTES + len);
    array->count++;
}

void wire_array_put_id(struct wire_array *array, const struct id *id)
{
    struct bytes value = {0};
    if (!id_is_none(id)) {
        value = bytes_of(id->at, ID_BYTES);
    }
    wire_array_put(array, value);
}

void wire_array_put_int64(struct wire_array *array, int64_t value)
{
    uint8_t at[8];
    u64_write(at, (uint64_t)value);
    wire_array_put(array, bytes_of(at, sizeof at));
}

void wire_row_begin(struct wire_array *array, uint32_t column_count)
{
    array->row_start = buf_content(array->out).len;
    uint8_t *at = reserve(array, LENGTH_BYTES + 4);
    if (at == NULL) {
        return;
    }
    u32_write(at + LENGTH_BYTES, column_count);
    buf_commit(array->out, LENGTH_BYTES + 4);
    array->count++;
}

void wire_row_put(struct wire_array *array, enum wire_type type, struct bytes value)
{
    put_column(array, type, value.at, value.len);
}

void wire_row_put_id(struct wire_array *array, const struct id *id)
{
    put_column(array, WIRE_UUID, id_is_none(id) ? NULL : id->at, ID_BYTES);
}

void wire_row_put_int64(struct wire_array *array, int64_t value)
{
    uint8_t at[8];
    u64_write(at, (uint64_t)value);
    put_column(array, WIRE_INT64, at, sizeof at);
}

void wire_row_put_int32(struct wire_array *array, int32_t value)
{
    uint8_t at[4];
    u32_write(at, (uint32_t)value);
    put_column(array, WIRE_INT32, at, sizeof at);
}

void wire_row_put_int16(struct wire_array *array, int16_t value)
{
    uint8_t at[2];
    u16_write(at, (uint16_t)value);
    put_column(array, WIRE_INT16, at, sizeof at);
}

void wire_row_put_boolean(struct wire_array *array, bool value)
{
    uint8_t at = value ? 1 : 0;
    put_column(array, WIRE_BOOLEAN, &at, 1);
}

void wire_row_put_date(struct wire_array *array, int64_t days)
{
    int64_t value = days - POSTGRES_EPOCH_DAYS;
    if (days < INT32_MIN || days > INT32_MAX || value <= INT32_MIN) {
        array->err = array->err == ERR_OK ? ERR_MALFORMED : array->err;
        return;
    }
    uint8_t at[4];
    u32_write(at, (uint32_t)value);
    put_column(array, WIRE_DATE, at, sizeof at);
}

void wire_row_end(struct wire_array *array)
{
    if (array->err != ERR_OK) {
        return;
    }
    struct bytes content = buf_content(array->out);
    size_t row_bytes = content.len - array->row_start - LENGTH_BYTES;
    u32_write(array->out->at + array->out->start + array->row_start, (uint32_t)row_bytes);
}

enum err wire_array_end(struct wire_array *array, struct wire_range *ret_range)
{
    if (array->err != ERR_OK) {
        return array->err;
    }
    u32_write(array->out->at + array->out->start + array->start + 12, array->count);
    *ret_range = (struct wire_range){array->start, buf_content(array->out).len - array->start};
    return ERR_OK;
}

struct bytes wire_range_bytes(const struct buf *out, struct wire_range range)
{
    return bytes_of(buf_content(out).at + range.start, range.len);
}

static uint8_t *reserve(struct wire_array *array, size_t len)
{
    uint8_t *at;
    if (array->err == ERR_OK) {
        array->err = buf_reserve(array->out, len, &at);
    }
    return array->err == ERR_OK ? at : NULL;
}

static void put_column(struct wire_array *array, enum wire_type type, const void *value, size_t len)
{
    size_t value_bytes = value == NULL ? 0 : len;
    uint8_t *at = reserve(array, COLUMN_HEADER_BYTES + value_bytes);
    if (at == NULL) {
        return;
    }
    u32_write(at, (uint32_t)type);
    u32_write(at + 4, value == NULL ? NULL_LENGTH : (uint32_t)value_bytes);
    if (value_bytes > 0) {
        memcpy(at + COLUMN_HEADER_BYTES, value, value_bytes);
    }
    buf_commit(array->out, COLUMN_HEADER_BYTES + value_bytes);
}
