/* Record ids, drawn and derived. */
#include "common/record/record_id.h"

#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"

static const char derive_domain[] = "dantin/record"; /* its NUL is part of what is hashed */
static const uint32_t DATE_NOT_STATED = 0x80000000u;

static bool is_text_stated(struct value value);

struct id record_id_make(const uint8_t store_prefix[8], uint64_t counter)
{
    struct id id;
    memcpy(id.at, store_prefix, 8);
    u64_write(id.at + 8, counter);
    return id;
}

struct id record_id_derive(enum record_kind kind, const char *list, const char *code, struct value valid_from)
{
    uint8_t kind_bytes[2];
    uint8_t from_bytes[4];
    u16_write(kind_bytes, (uint16_t)kind);
    u32_write(from_bytes, valid_from.is_stated ? (uint32_t)(int32_t)valid_from.number : DATE_NOT_STATED);
    const struct bytes parts[] = {
        bytes_of(derive_domain, sizeof(derive_domain)),
        bytes_of(kind_bytes, sizeof(kind_bytes)),
        bytes_of(list, strlen(list) + 1),
        bytes_of(code, strlen(code) + 1),
        bytes_of(from_bytes, sizeof(from_bytes)),
    };
    struct hash hash = hash_of(parts, sizeof(parts) / sizeof(parts[0]));
    struct id id;
    memcpy(id.at, hash.at, sizeof(id.at));
    return id;
}

bool record_id_derived(const struct kind_schema *schema, const void *message, struct id *ret_id)
{
    if (schema->derive_list == NULL) {
        return false;
    }
    int list_index = schema_field_index(schema, schema->derive_list);
    int code_index = schema_field_index(schema, schema->derive_code);
    int from_index = schema_field_index(schema, schema->derive_from);
    REQUIRE(list_index >= 0 && code_index >= 0 && from_index >= 0);
    struct value list = record_field(schema, message, (size_t)list_index);
    struct value code = record_field(schema, message, (size_t)code_index);
    if (!is_text_stated(list) || !is_text_stated(code)) {
        return false;
    }
    /* Texts in a message are NUL-terminated, so the views serve as C strings. */
    *ret_id = record_id_derive(schema->kind, (const char *)list.text.at, (const char *)code.text.at,
                               record_field(schema, message, (size_t)from_index));
    return true;
}

static bool is_text_stated(struct value value)
{
    return value.is_stated && value.text.len > 0;
}
