/* The public interface: lists of the records in the client's own store. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/csv_names.h"
#include "client/lib/csv_record.h"
#include "common/record/name.h"
#include "common/wire/message.h"

enum { LIST_ARENA_BYTES_MAX = 1 << 20, PICKS_MAX = 8, WORDS_MAX = 16 };

/* A column: a field, or the reference of a list's last edge. */
struct pick {
    const struct field_schema *field;
    const char *name;
    int field_index, list_index; /* one of them is -1 */
};

struct listing {
    const struct dantin *dantin;
    const struct kind_schema *schema;
    struct csv_references *references;
    struct pick picks[PICKS_MAX];
    size_t pick_count;
    struct bytes words[WORDS_MAX]; /* folded, of the match */
    size_t word_count;
    struct arena arena; /* of one row */
    size_t left;
    bool has_more, is_stopped;
    enum err err;
    bool (*on_row)(void *context, const struct dantin_list_row *row);
    void *context;
};

static bool count_record(void *context, const struct id *record, struct bytes body);
static void pick_columns(struct listing *listing);
static void add_pick(struct listing *listing, int field_index, int list_index);
static bool is_of_key(const struct kind_schema *schema, const char *name);
static bool tell_head(const struct listing *listing,
                      bool (*on_head)(void *context, const char *const *names, const char *const *labels,
                                      size_t count));
static enum err split_words(struct listing *listing, const char *match, struct arena *arena);
static bool on_record(void *context, const struct store_record *record);
static enum err tell_row(struct listing *listing, const struct store_record *record);
static enum err write_cell(struct listing *listing, const void *message, const struct pick *pick,
                           const char **ret_cell);
static enum err is_wanted(struct listing *listing, const char *const *cells, const char *key,
                          bool *ret_is_wanted);
static bool has_word(struct bytes folded, struct bytes word);

int dantin_kinds(struct dantin *dantin, bool (*on_kind)(void *context, const struct dantin_kind *kind),
                 void *context)
{
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    bool goes_on = true;

    if (err != ERR_OK) {
        return (int)err;
    }
    for (uint32_t number = 1; err == ERR_OK && goes_on && number <= KIND_MAX; number++) {
        const struct kind_schema *schema = schema_of(number);
        struct dantin_kind kind = {.name = schema->name,
                                   .label =
                                       dantin->language == LANGUAGE_VI ? schema->label_vi : schema->label_en};

        err = store_body_each(store, number, count_record, &kind.records);
        goes_on = err == ERR_OK && on_kind(context, &kind);
    }
    store_close(store);
    return err == ERR_OK ? 0 : handle_fail(dantin, err, NULL);
}

int dantin_list(struct dantin *dantin, const struct dantin_list_request *request,
                bool (*on_head)(void *context, const char *const *names, const char *const *labels,
                                size_t count),
                bool (*on_row)(void *context, const struct dantin_list_row *row), void *context,
                bool *ret_has_more)
{
    struct listing listing = {.dantin = dantin,
                              .schema = schema_of_name(request->kind),
                              .left = request->limit,
                              .on_row = on_row,
                              .context = context};
    struct store *store = NULL;
    struct arena words;
    enum err err;

    if (listing.schema == NULL) {
        return handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_IMPORT_NO_KIND), request->kind);
    }
    err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    arena_init(&words, LIST_ARENA_BYTES_MAX);
    arena_init(&listing.arena, LIST_ARENA_BYTES_MAX);
    err = split_words(&listing, request->match, &words);
    if (err == ERR_OK) {
        err = csv_references_new(store, &listing.references);
    }
    if (err == ERR_OK) {
        pick_columns(&listing);
        if (tell_head(&listing, on_head)) {
            err = store_record_each(store, listing.schema->kind, on_record, &listing);
            err = err == ERR_OK ? listing.err : err;
        }
    }
    csv_references_free(listing.references);
    arena_release(&listing.arena);
    arena_release(&words);
    store_close(store);
    if (err != ERR_OK) {
        return handle_fail(dantin, err, NULL);
    }
    *ret_has_more = listing.has_more;
    return 0;
}

/* ---- helpers ---- */

static bool count_record(void *context, const struct id *record, struct bytes body)
{
    uint64_t *count = context;

    (void)record; /* only how many there are */
    (void)body;
    *count += 1;
    return true;
}

/* What tells records of the kind apart for people: what is required or in a match key. Where the key in front is the match
 * key as one text, its parts are not shown again. Sensitive values are none of a list's. */
static void pick_columns(struct listing *listing)
{
    const struct kind_schema *schema = listing->schema;
    bool has_word = csv_names_has(schema);

    for (size_t i = 0; i < schema->field_count; i++) {
        has_word |= (schema->fields[i].flags & FIELD_UNIQUE) != 0;
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field_schema *field = &schema->fields[i];
        bool is_key = is_of_key(schema, field->name);

        if ((field->flags & FIELD_SENSITIVE) == 0 &&
            (has_word ? is_key || (field->flags & FIELD_REQUIRED) != 0 : !is_key)) {
            add_pick(listing, (int)i, -1);
        }
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        if (has_word && is_of_key(schema, schema->lists[i].name)) {
            add_pick(listing, -1, (int)i);
        }
    }
}

/* The last column gives way to a list: whose cell or parent it is matters more than the last field. */
static void add_pick(struct listing *listing, int field_index, int list_index)
{
    const struct kind_schema *schema = listing->schema;
    struct pick pick = {.field_index = field_index, .list_index = list_index};

    if (field_index >= 0) {
        pick.field = &schema->fields[field_index];
        pick.name = pick.field->name;
    } else {
        pick.field = &schema->lists[list_index].items[EDGE_REFERENCE];
        pick.name = schema->lists[list_index].name;
    }
    if (listing->pick_count < PICKS_MAX) {
        listing->picks[listing->pick_count++] = pick;
    } else if (list_index >= 0) {
        listing->picks[PICKS_MAX - 1] = pick;
    }
}

static bool is_of_key(const struct kind_schema *schema, const char *name)
{
    for (size_t key = 0; key < MATCH_KEYS_MAX; key++) {
        for (size_t i = 0; i < MATCH_FIELDS_MAX && schema->match_keys[key].fields[i] != NULL; i++) {
            if (strcmp(schema->match_keys[key].fields[i], name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool tell_head(const struct listing *listing, bool (*on_head)(void *context, const char *const *names,
                                                                     const char *const *labels, size_t count))
{
    const char *names[PICKS_MAX];
    const char *labels[PICKS_MAX];

    for (size_t i = 0; i < listing->pick_count; i++) {
        const struct field_schema *field = listing->picks[i].field;

        names[i] = listing->picks[i].name;
        labels[i] = listing->dantin->language == LANGUAGE_VI ? field->label_vi : field->label_en;
    }
    return on_head(listing->context, names, labels, listing->pick_count);
}

/* Words past WORDS_MAX are not looked for. */
static enum err split_words(struct listing *listing, const char *match, struct arena *arena)
{
    struct bytes folded = {0};
    enum err err = match == NULL ? ERR_OK : name_fold(bytes_of_text(match), arena, &folded);
    size_t start = 0;

    for (size_t i = 0; err == ERR_OK && i <= folded.len && listing->word_count < WORDS_MAX; i++) {
        if (i < folded.len && folded.at[i] != ' ') {
            continue;
        }
        if (i > start) {
            listing->words[listing->word_count++] = bytes_of(folded.at + start, i - start);
        }
        start = i + 1;
    }
    return err;
}

static bool on_record(void *context, const struct store_record *record)
{
    struct listing *listing = context;

    if (record->body.at == NULL) {
        return true; /* removed */
    }
    arena_clear(&listing->arena);
    listing->err = tell_row(listing, record);
    return listing->err == ERR_OK && !listing->is_stopped && !listing->has_more;
}

static enum err tell_row(struct listing *listing, const struct store_record *record)
{
    const char *cells[PICKS_MAX] = {NULL};
    char id[ID_HEX_BYTES];
    struct bytes label = {0};
    void *message = NULL;
    bool is_wanted_row = false;
    enum err err = message_unpack(listing->schema->descriptor, record->body, true, &listing->arena, &message);

    for (size_t i = 0; err == ERR_OK && i < listing->pick_count; i++) {
        err = write_cell(listing, message, &listing->picks[i], &cells[i]);
    }
    if (err == ERR_OK) {
        err = csv_references_label(listing->references, record->kind, &record->record,
                                   listing->dantin->language, &listing->arena, &label);
    }
    const char *key = err == ERR_OK ? arena_text(&listing->arena, label) : NULL;

    if (err == ERR_OK) {
        err = key == NULL ? ERR_TOO_BIG : is_wanted(listing, cells, key, &is_wanted_row);
    }
    if (err != ERR_OK || !is_wanted_row) {
        return err;
    }
    if (listing->left == 0) {
        listing->has_more = true;
        return ERR_OK;
    }
    hex_encode(bytes_of(record->record.at, ID_BYTES), id);
    struct dantin_list_row row = {.id = id, .key = key, .cells = cells};

    listing->left--;
    listing->is_stopped = !listing->on_row(listing->context, &row);
    return ERR_OK;
}

static enum err write_cell(struct listing *listing, const void *message, const struct pick *pick,
                           const char **ret_cell)
{
    const struct kind_schema *schema = listing->schema;
    struct value value = {0};
    struct bytes text = {0};

    if (pick->field_index >= 0) {
        value = record_field(schema, message, (size_t)pick->field_index);
    } else {
        int last = record_last_edge(schema, message, (size_t)pick->list_index);

        if (last >= 0) {
            value = record_item(schema, message, (size_t)pick->list_index, (size_t)last, EDGE_REFERENCE);
        }
    }
    enum err err = csv_record_value(pick->field, value, listing->references, listing->dantin->language,
                                    &listing->arena, &text);

    if (err == ERR_OK) {
        *ret_cell = arena_text(&listing->arena, text);
        err = *ret_cell == NULL ? ERR_TOO_BIG : ERR_OK;
    }
    return err;
}

/* Every word of the match begins some word of the row. */
static enum err is_wanted(struct listing *listing, const char *const *cells, const char *key,
                          bool *ret_is_wanted)
{
    bool is_found[WORDS_MAX] = {false};
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && listing->word_count > 0 && i <= listing->pick_count; i++) {
        struct bytes folded = {0};

        err = name_fold(bytes_of_text(i < listing->pick_count ? cells[i] : key), &listing->arena, &folded);
        for (size_t word = 0; err == ERR_OK && word < listing->word_count; word++) {
            is_found[word] |= has_word(folded, listing->words[word]);
        }
    }
    *ret_is_wanted = true;
    for (size_t word = 0; word < listing->word_count; word++) {
        *ret_is_wanted &= is_found[word];
    }
    return err;
}

static bool has_word(struct bytes folded, struct bytes word)
{
    for (size_t at = 0; at + word.len <= folded.len; at++) {
        if ((at == 0 || folded.at[at - 1] == ' ') && memcmp(folded.at + at, word.at, word.len) == 0) {
            return true;
        }
    }
    return false;
}
