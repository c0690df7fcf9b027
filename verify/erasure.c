/* What an erasure would leave of what is kept must be what is kept. */
#include "verify/erasure.h"

#include "common/record/erase.h"
#include "common/wire/message.h"

static const char *fault_of_body(const struct kind_schema *schema, struct bytes body, struct arena *arena);

const char *erasure_fault(const Dantin__ActErasure *act, struct arena *arena)
{
    const struct kind_schema *schema = schema_of(act->kind);
    const char *fault = NULL;
    if (schema == NULL || !schema_is_personal(schema)) {
        return "erasure: kind";
    }
    if (act->decision == NULL || act->decision[0] == '\0') {
        return "erasure: decision";
    }
    for (size_t i = 0; i < act->n_version && fault == NULL; i++) {
        const ProtobufCBinaryData *body = &act->version[i]->body;
        fault =
            act->version[i]->has_body ? fault_of_body(schema, bytes_of(body->data, body->len), arena) : NULL;
    }
    return fault;
}

static const char *fault_of_body(const struct kind_schema *schema, struct bytes body, struct arena *arena)
{
    void *message = NULL;
    struct buf kept;
    struct buf left;
    buf_init(&kept, SCHEMA_RECORD_BYTES_MAX);
    buf_init(&left, SCHEMA_RECORD_BYTES_MAX);
    enum err err = message_unpack(schema->descriptor, body, false, arena, (void *)&message);
    if (err == ERR_OK) {
        err = message_pack(message, &kept);
    }
    if (err == ERR_OK) {
        err = record_erase(schema, arena, message, NULL);
    }
    if (err == ERR_OK) {
        err = message_pack(message, &left);
    }
    bool is_same = err == ERR_OK && bytes_equal(buf_content(&kept), buf_content(&left));
    buf_release(&left);
    buf_release(&kept);
    if (arena->is_out_of_memory) {
        return "";
    }
    return is_same ? NULL : "erasure: body";
}
