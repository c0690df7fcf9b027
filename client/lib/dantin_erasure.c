/* The public interface: what was blanked here because the province forgot a person. */
#include "client/lib/handle.h"

#include <stdio.h>

#include "client/lib/store_erase.h"

enum { DECISION_BYTES_MAX = 1024 };

struct telling {
    const struct dantin *dantin;
    void (*on_erasure)(void *context, const struct dantin_erasure *erasure);
    void *context;
    size_t count;
};

static void on_stored(void *context, const struct store_erasure *erasure);
static enum err set_told(struct store *store);

int dantin_erasures(struct dantin *dantin,
                    void (*on_erasure)(void *context, const struct dantin_erasure *erasure), void *context)
{
    struct telling telling = {.dantin = dantin, .on_erasure = on_erasure, .context = context};
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_erasure_each_untold(store, on_stored, &telling);
    if (err == ERR_OK && telling.count > 0) {
        err = set_told(store);
    }
    store_close(store);
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

static void on_stored(void *context, const struct store_erasure *erasure)
{
    struct telling *telling = context;
    const struct kind_schema *schema = schema_of(erasure->kind);
    char record[ID_HEX_BYTES];
    char decision[DECISION_BYTES_MAX];
    hex_encode(bytes_of(erasure->record.at, ID_BYTES), record);
    (void)snprintf(decision, sizeof decision, "%.*s", (int)erasure->decision.len,
                   (const char *)erasure->decision.at); /* a long one is cut */
    const struct dantin_erasure told = {
        .kind = telling->dantin->language == LANGUAGE_EN ? schema->label_en : schema->label_vi,
        .record = record,
        .decision = decision,
        .position = erasure->position,
    };
    telling->count++;
    telling->on_erasure(telling->context, &told);
}

static enum err set_told(struct store *store)
{
    enum err err = store_begin(store);
    err = err == ERR_OK ? store_erasures_set_told(store) : err;
    err = err == ERR_OK ? store_commit(store) : err;
    store_rollback(store);
    return err;
}
