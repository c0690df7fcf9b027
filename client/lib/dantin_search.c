/* The public interface: finding people and organisations in the client's own store. */
#include "client/lib/handle.h"

#include <string.h>

#include "common/record/date.h"
#include "common/record/name.h"
#include "common/wire/message.h"

enum { SEARCH_ARENA_BYTES_MAX = 1 << 20 };

struct search {
    struct store *store;
    bool (*on_hit)(void *context, const struct dantin_search_hit *hit);
    void *context;
    struct arena arena; /* one hit at a time */
    size_t left;
    bool is_stopped; /* by the caller */
    enum err err;
};

static bool on_found(void *context, const struct store_record *record);
static enum err give_hit(struct search *search, const struct store_record *record);
static enum err name_of_branch(struct search *search, const struct kind_schema *schema, const void *message,
                               const char **ret_name);
static const char *text_of(struct search *search, const struct kind_schema *schema, const void *message,
                           const char *field);
static const char *date_of(struct search *search, const struct kind_schema *schema, const void *message,
                           const char *field);

int dantin_search(struct dantin *dantin, const char *name, size_t limit,
                  bool (*on_hit)(void *context, const struct dantin_search_hit *hit), void *context)
{
    static const enum record_kind kinds[] = {KIND_MEMBER, KIND_BRANCH};
    struct search search = {.on_hit = on_hit, .context = context, .left = limit};
    struct arena arena;
    struct bytes folded = {0};
    arena_init(&arena, SEARCH_ARENA_BYTES_MAX);
    arena_init(&search.arena, SEARCH_ARENA_BYTES_MAX);
    enum err err = name_fold(bytes_of_text(name), &arena, &folded);
    if (err == ERR_OK && folded.len == 0) {
        err = (enum err)handle_fail(dantin, ERR_USAGE, "%s", handle_text(dantin, TEXT_SEARCH_EMPTY));
        goto done;
    }
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
        goto done;
    }
    err = handle_store_open(dantin, &search.store);
    if (err != ERR_OK) {
        goto done;
    }
    for (size_t i = 0;
         err == ERR_OK && !search.is_stopped && search.left > 0 && i < sizeof kinds / sizeof kinds[0]; i++) {
        err = store_record_search(search.store, kinds[i], folded, search.left, on_found, &search);
        err = err == ERR_OK ? search.err : err;
    }
    store_close(search.store);
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
    }
done:
    arena_release(&search.arena);
    arena_release(&arena);
    return (int)err;
}

/* ---- helpers ---- */

static bool on_found(void *context, const struct store_record *record)
{
    struct search *search = context;
    arena_clear(&search->arena);
    search->err = give_hit(search, record);
    search->left--;
    return search->err == ERR_OK && !search->is_stopped;
}

static enum err give_hit(struct search *search, const struct store_record *record)
{
    const struct kind_schema *schema = schema_of(record->kind);
    ProtobufCMessage *message = NULL;
    char id[ID_HEX_BYTES];
    struct dantin_search_hit hit = {0};
    enum err err = message_unpack(schema->descriptor, record->body, false, &search->arena, &message);
    if (err == ERR_OK) {
        err = name_of_branch(search, schema, message, &hit.branch_name);
    }
    if (err != ERR_OK) {
        return err;
    }
    hex_encode(bytes_of(record->record.at, ID_BYTES), id);
    hit.kind = schema->name;
    hit.id = id;
    hit.name = text_of(search, schema, message, "name");
    hit.file_number = text_of(search, schema, message, "file_number");
    hit.card_number = text_of(search, schema, message, "card_number");
    hit.code = text_of(search, schema, message, "code");
    hit.birth_date = date_of(search, schema, message, "birth_date");
    search->is_stopped = !search->on_hit(search->context, &hit);
    return ERR_OK;
}

/* A member's cell, a branch's parent: the last edge. "" when there is none, or it is not known here. */
static enum err name_of_branch(struct search *search, const struct kind_schema *schema, const void *message,
                               const char **ret_name)
{
    const struct kind_schema *branch_schema = schema_of(KIND_BRANCH);
    struct store_record record = {0};
    struct id branch = {0};
    ProtobufCMessage *branch_message = NULL;
    *ret_name = "";
    int list = schema_list_index(schema, schema->kind == KIND_BRANCH ? "parent" : "branch");
    int edge = list >= 0 ? record_last_edge(schema, message, (size_t)list) : -1;
    if (edge < 0) {
        return ERR_OK;
    }
    struct value value = record_item(schema, message, (size_t)list, (size_t)edge, 0);
    if (!value.is_stated || id_from_bytes(value.text, &branch) != ERR_OK) {
        return ERR_OK;
    }
    enum err err = store_record_get(search->store, KIND_BRANCH, &branch, &search->arena, &record);
    if (err == ERR_NOT_FOUND || (err == ERR_OK && record.body.at == NULL)) {
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = message_unpack(branch_schema->descriptor, record.body, false, &search->arena, &branch_message);
    }
    if (err == ERR_OK) {
        *ret_name = text_of(search, branch_schema, branch_message, "name");
    }
    return err;
}

/* "" when the kind has no such field or it is not stated. */
static const char *text_of(struct search *search, const struct kind_schema *schema, const void *message,
                           const char *field)
{
    int index = schema_field_index(schema, field);
    struct value value = index >= 0 ? record_field(schema, message, (size_t)index) : (struct value){0};
    const char *text = value.is_stated ? arena_text(&search->arena, value.text) : NULL;
    return text != NULL ? text : "";
}

static const char *date_of(struct search *search, const struct kind_schema *schema, const void *message,
                           const char *field)
{
    int index = schema_field_index(schema, field);
    struct value value = index >= 0 ? record_field(schema, message, (size_t)index) : (struct value){0};
    char *text = value.is_stated ? arena_alloc(&search->arena, DATE_TEXT_BYTES) : NULL;
    if (text == NULL) {
        return "";
    }
    date_format_vi((int32_t)value.number, text);
    return text;
}
