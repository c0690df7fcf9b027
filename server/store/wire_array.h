/* PostgreSQL's binary form of arrays, of simple values and of rows (composite types). Rank 4. Pure.
 *
 * Use: begin → values, or per row: row_begin, columns in the type's order, row_end → end. Errors are
 * remembered and reported by end, so that callers stay readable. The encoded array is a stretch of `out`,
 * named by offsets because `out` may move. */
#ifndef SERVER_STORE_WIRE_ARRAY_H
#define SERVER_STORE_WIRE_ARRAY_H

#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

/* Object ids of built-in types; final in PostgreSQL. */
enum wire_type {
    WIRE_BOOLEAN = 16,
    WIRE_BYTEA = 17,
    WIRE_INT64 = 20,
    WIRE_INT16 = 21,
    WIRE_INT32 = 23,
    WIRE_TEXT = 25,
    WIRE_DATE = 1082,
    WIRE_UUID = 2950,
};

struct wire_range {
    size_t start; /* offset into the content of `out` */
    size_t len;
};

struct wire_array {
    struct buf *out;
    size_t start;     /* of the array, as an offset into the content */
    size_t row_start; /* of the row's length word */
    uint32_t count;
    enum err err; /* the first error met */
};

/* element_type: a wire_type, or the oid of a composite type of this database. */
void wire_array_begin(struct wire_array *array, struct buf *out, uint32_t element_type);
/* One element; at == NULL is null. */
void wire_array_put(struct wire_array *array, struct bytes value);
void wire_array_put_id(struct wire_array *array, const struct id *id); /* none gives null */
void wire_array_put_int64(struct wire_array *array, int64_t value);

void wire_row_begin(struct wire_array *array, uint32_t column_count);
void wire_row_put(struct wire_array *array, enum wire_type type, struct bytes value);
void wire_row_put_id(struct wire_array *array, const struct id *id);
void wire_row_put_int64(struct wire_array *array, int64_t value);
void wire_row_put_int32(struct wire_array *array, int32_t value);
void wire_row_put_int16(struct wire_array *array, int16_t value);
void wire_row_put_boolean(struct wire_array *array, bool value);
/* Days since 1970-01-01. A date PostgreSQL cannot hold is remembered as ERR_MALFORMED. */
void wire_row_put_date(struct wire_array *array, int64_t days);
void wire_row_end(struct wire_array *array);

/* ERR_TOO_BIG: past the buffer's cap. ERR_NO_MEMORY. ERR_MALFORMED: a value that does not fit its type. */
MUST_CHECK enum err wire_array_end(struct wire_array *array, struct wire_range *ret_range);

/* The stretch as bytes; valid until `out` changes. */
struct bytes wire_range_bytes(const struct buf *out, struct wire_range range);

#endif
