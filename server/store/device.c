/* Looking up devices and checkpoints, and marking what was lost or cloned. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "server/store/facts.h"
#include "server/store/store_internal.h"

/* One call under way: the callback that is meant. */
struct lookup {
    void (*on_device)(void *context, enum err err, const struct store_device *device,
                      const struct store_head *head);
    void (*on_checkpoint)(void *context, enum err err, const struct store_known_checkpoint *checkpoint);
    void (*on_key)(void *context, enum err err, const uint8_t *public_key);
    void (*on_done)(void *context, enum err err);
    void *context;
};

static struct lookup *lookup_new(void *context);
static enum err plain_error(enum err err);
static void on_device_found(void *context, const struct unit_result *result);
static void on_key_found(void *context, const struct unit_result *result);
static void on_checkpoint_found(void *context, const struct unit_result *result);
static void on_listening(void *context, const struct unit_result *result);
static void on_marked(void *context, const struct unit_result *result);
static void on_seen(void *context, const struct unit_result *result);

void store_find_device(struct store *store, const struct hash *device, const struct hash *spki_hash,
                       void (*on_device)(void *context, enum err err, const struct store_device *device,
                                         const struct store_head *head),
                       void *context)
{
    struct lookup *lookup = lookup_new(context);
    lookup->on_device = on_device;
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_FIND_DEVICE));
    unit_put_bytes(call, device == NULL ? bytes_of(NULL, 0) : bytes_of(device->at, HASH_BYTES));
    unit_put_hash(call, spki_hash);
    connection_send(store->lookup_connection, &unit, 0, on_device_found, lookup);
}

void store_find_key(struct store *store, const struct hash *device, uint64_t sequence,
                    void (*on_key)(void *context, enum err err, const uint8_t *public_key), void *context)
{
    struct lookup *lookup = lookup_new(context);
    uint8_t number[8];
    lookup->on_key = on_key;
    u64_write(number, sequence); /* past 2^63 it reads as negative and finds nothing, which is right */
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_DEVICE_KEY_AT));
    unit_put_hash(call, device);
    unit_put_bytes(call, bytes_of(number, sizeof number));
    connection_send(store->lookup_connection, &unit, 0, on_key_found, lookup);
}

void store_find_checkpoint(struct store *store, const struct id *epoch, uint64_t size,
                           void (*on_checkpoint)(void *context, enum err err,
                                                 const struct store_known_checkpoint *checkpoint),
                           void *context)
{
    struct lookup *lookup = lookup_new(context);
    lookup->on_checkpoint = on_checkpoint;
    uint8_t number[8];
    u64_write(number, size); /* past 2^63 it reads as negative and finds nothing, which is right */
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_FIND_CHECKPOINT));
    unit_put_id(call, epoch);
    unit_put_bytes(call, bytes_of(number, sizeof number));
    connection_send(store->lookup_connection, &unit, 0, on_checkpoint_found, lookup);
}

void store_mark_rolled_back(struct store *store, void (*on_done)(void *context, enum err err), void *context)
{
    struct lookup *lookup = lookup_new(context);
    lookup->on_done = on_done;
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    (void)unit_call(&unit, statement_of(STATEMENT_MARK_ROLLED_BACK));
    connection_send(store->mark_connection, &unit, 0, on_marked, lookup);
}

void store_quarantine_device(struct store *store, const struct hash *device,
                             void (*on_done)(void *context, enum err err), void *context)
{
    struct lookup *lookup = lookup_new(context);
    lookup->on_done = on_done;
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    unit_put_hash(unit_call(&unit, statement_of(STATEMENT_QUARANTINE_DEVICE)), device);
    connection_send(store->mark_connection, &unit, 0, on_marked, lookup);
}

void store_note_seen(struct store *store, const struct hash *device, int64_t certificate_until_s)
{
    struct unit_call calls[1];
    struct unit unit;
    uint8_t until[8];
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_DEVICE_SEEN));
    u64_write(until, (uint64_t)certificate_until_s);
    unit_put_hash(call, device);
    unit_put_bytes(call, bytes_of(until, sizeof until));
    connection_send(store->mark_connection, &unit, 0, on_seen, NULL);
}

void device_listen(struct store *store)
{
    struct unit_call calls[1];
    struct unit unit;
    unit_init(&unit, calls, 1);
    (void)unit_call(&unit, statement_of(STATEMENT_LISTEN_DEVICE));
    connection_send(store->lookup_connection, &unit, 0, on_listening, store);
}

void device_word(struct store *store, const char *payload)
{
    struct hash device;
    if (store->on_device_changed != NULL && hex_decode(payload, device.at, sizeof device.at) == ERR_OK) {
        store->on_device_changed(store->device_context, &device);
    }
}

/* What was said before we listened was missed. */
static void on_listening(void *context, const struct unit_result *result)
{
    struct store *store = context;
    if (result->err == ERR_OK && store->on_device_changed != NULL) {
        store->on_device_changed(store->device_context, NULL);
    } else if (result->err != ERR_OK && result->err != ERR_CANCELLED) {
        connection_reset(
            store->lookup_connection); /* not to hear of revocations is worse than to connect again */
    }
}

static struct lookup *lookup_new(void *context)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    REQUIRE(lookup != NULL); /* without it the callback's promise cannot be kept */
    lookup->context = context;
    return lookup;
}

/* Nothing here depends on data a rule could judge. */
static enum err plain_error(enum err err)
{
    return err == ERR_RULE ? ERR_DATABASE : err;
}

static void on_device_found(void *context, const struct unit_result *result)
{
    struct lookup lookup = *(struct lookup *)context;
    struct store_device device;
    struct store_head head;
    enum err err = plain_error(result->err);
    free(context);
    if (err == ERR_OK && PQntuples(result->results[0]) == 0) {
        err = ERR_NOT_FOUND;
    }
    if (err == ERR_OK) {
        facts_read_head(result->results[0], 0, 0, &head);
        err = facts_read_device(result->results[0], 0, 5, &device);
        device.is_former_key = result_boolean(result->results[0], 0, 14);
    }
    lookup.on_device(lookup.context, err, err == ERR_OK ? &device : NULL, err == ERR_OK ? &head : NULL);
}

static void on_key_found(void *context, const struct unit_result *result)
{
    struct lookup lookup = *(struct lookup *)context;
    struct bytes key = {0};
    enum err err = plain_error(result->err);
    free(context);
    if (err == ERR_OK && PQntuples(result->results[0]) == 0) {
        err = ERR_NOT_FOUND;
    }
    if (err == ERR_OK) {
        key = result_bytes(result->results[0], 0, 0);
        err = key.len == SIGN_PUBLIC_KEY_BYTES ? ERR_OK : ERR_DATABASE;
    }
    lookup.on_key(lookup.context, err, err == ERR_OK ? key.at : NULL);
}

static void on_checkpoint_found(void *context, const struct unit_result *result)
{
    struct lookup lookup = *(struct lookup *)context;
    struct store_known_checkpoint checkpoint = {0};
    enum err err = plain_error(result->err);
    free(context);
    if (err == ERR_OK) {
        const PGresult *rows = result->results[0];
        checkpoint.is_known_epoch = result_boolean(rows, 0, 0);
        checkpoint.is_left = result_bytes(rows, 0, 1).at != NULL;
        checkpoint.kept = (uint64_t)result_int64(rows, 0, 1);
        checkpoint.note = result_bytes(rows, 0, 2);
        checkpoint.log_keys = result_bytes(rows, 0, 3);
    }
    lookup.on_checkpoint(lookup.context, err, err == ERR_OK ? &checkpoint : NULL);
}

static void on_seen(void *context, const struct unit_result *result)
{
    (void)context;
    (void)result; /* store.h */
}

static void on_marked(void *context, const struct unit_result *result)
{
    struct lookup lookup = *(struct lookup *)context;
    free(context);
    lookup.on_done(lookup.context, plain_error(result->err));
}
