/* The public interface: what became of the devices that speak for this committee, by the entries of the journal that SEAL told
 * (syncer_sealed.c). */
#include "client/lib/handle.h"

#include <stdio.h>

#include "client/lib/store_notice.h"

struct telling {
    void (*on_notice)(void *context, const struct dantin_notice *notice);
    void *context;
    uint64_t seen;
    uint64_t open; /* not seen yet */
};

static void on_stored(void *context, const struct store_notice *notice);
static enum err each(struct dantin *dantin, struct telling *telling);

_Static_assert((int)DANTIN_NOTICE_REVOKED == (int)STORE_NOTICE_REVOKED, "the same in the same order");

int dantin_notices(struct dantin *dantin,
                   void (*on_notice)(void *context, const struct dantin_notice *notice), void *context)
{
    struct telling telling = {.on_notice = on_notice, .context = context};
    return (int)each(dantin, &telling);
}

int dantin_notices_open(struct dantin *dantin, uint64_t *ret_count)
{
    struct telling telling = {.on_notice = NULL};
    enum err err = each(dantin, &telling);
    if (err == ERR_OK) {
        *ret_count = telling.open;
    }
    return (int)err;
}

int dantin_notices_acknowledge(struct dantin *dantin, uint64_t number)
{
    struct store *store = NULL;
    uint64_t seen = 0;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_begin(store);
    if (err == ERR_OK) {
        err = store_notice_seen(store, &seen);
    }
    if (err == ERR_OK && number > seen) {
        err = store_notice_set_seen(store, number);
        err = err == ERR_OK ? store_commit(store) : err;
    }
    store_rollback(store);
    store_close(store);
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

/* ---- helpers ---- */

static enum err each(struct dantin *dantin, struct telling *telling)
{
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_notice_seen(store, &telling->seen);
    if (err == ERR_OK) {
        err = store_notice_each(store, 0, on_stored, telling);
    }
    store_close(store);
    return err == ERR_OK ? ERR_OK : (enum err)handle_fail(dantin, err, NULL);
}

static void on_stored(void *context, const struct store_notice *notice)
{
    struct telling *telling = context;
    struct dantin_notice told = {
        .number = notice->number,
        .what = (enum dantin_notice_what)notice->what,
        .position = notice->position,
        .is_seen = notice->number <= telling->seen,
    };
    telling->open += told.is_seen ? 0 : 1;
    if (telling->on_notice == NULL) {
        return;
    }
    hex_encode(bytes_of(notice->device.at, HASH_BYTES), told.device);
    (void)snprintf(told.role, sizeof told.role, "%.*s", (int)notice->role.len,
                   (const char *)notice->role.at); /* names of roles are short */
    telling->on_notice(telling->context, &told);
}
