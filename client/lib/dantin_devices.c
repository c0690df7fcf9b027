/* The public interface: who else speaks for this committee, by the entries of the journal that SEAL told (syncer_sealed.c). */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/store_setting.h"
#include "client/lib/store_witness.h"

enum { DEVICES_ARENA_BYTES_MAX = 2 << 20, TOLD_BYTES = ID_BYTES + 8 };

struct own_devices {
    struct hash device;                    /* this one */
    struct id sender;                      /* the committee; none: not known yet */
    struct id epoch;                       /* of the newest checkpoint; none: there is none */
    uint64_t told;                         /* entries of it below were told of */
    uint64_t known;                        /* ... and are known */
    const struct store_witness *witnesses; /* of all committees */
    size_t count;
};

static enum err read_devices(struct store *store, struct arena *arena, struct own_devices *ret_devices);
static enum err read_number(struct store *store, const char *name, struct arena *arena, uint64_t *ret_number);
static enum err read_told(struct store *store, struct arena *arena, struct own_devices *devices);
static enum err mark_told(struct store *store, const struct own_devices *devices);

int dantin_new_devices(struct dantin *dantin,
                       void (*on_device)(void *context, const struct dantin_device *device), void *context)
{
    struct arena arena;
    struct store *store = NULL;
    struct own_devices devices = {0};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    arena_init(&arena, DEVICES_ARENA_BYTES_MAX);
    err = read_devices(store, &arena, &devices);
    for (size_t i = 0; err == ERR_OK && i < devices.count; i++) {
        const struct store_witness *one = &devices.witnesses[i];
        bool is_ours = id_equal(&one->sender, &devices.sender) && !hash_equal(&one->device, &devices.device);
        if (is_ours && one->position >= devices.told) {
            struct dantin_device told = {.position = one->position};
            hex_encode(bytes_of(one->device.at, HASH_BYTES), told.device);
            on_device(context, &told);
        }
    }
    if (err == ERR_OK && devices.known > devices.told) {
        err = mark_told(store, &devices);
    }
    arena_release(&arena);
    store_close(store);
    return err == ERR_OK ? 0 : handle_fail(dantin, err, NULL);
}

static enum err read_devices(struct store *store, struct arena *arena, struct own_devices *ret_devices)
{
    struct own_devices devices = {.device = store_device(store)};
    struct bytes sender = {0};
    enum err err = store_setting_get(store, SETTING_SENDER, arena, &sender);
    if (err == ERR_OK) {
        err = id_from_bytes(sender, &devices.sender) == ERR_OK ? ERR_OK : ERR_STORE;
    }
    if (err == ERR_NOT_FOUND) {
        *ret_devices = devices; /* never connected */
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = read_told(store, arena, &devices);
    }
    if (err == ERR_OK) {
        err = read_number(store, SETTING_WITNESS_AFTER, arena, &devices.known);
    }
    if (err == ERR_OK) {
        err = store_witnesses(store, arena, &devices.witnesses, &devices.count);
    }
    if (err == ERR_OK) {
        *ret_devices = devices;
    }
    return err;
}

/* Not there: 0. */
static enum err read_number(struct store *store, const char *name, struct arena *arena, uint64_t *ret_number)
{
    struct bytes value = {0};
    enum err err = store_setting_get(store, name, arena, &value);
    if (err == ERR_NOT_FOUND) {
        *ret_number = 0;
        return ERR_OK;
    }
    if (err == ERR_OK && value.len != sizeof(uint64_t)) {
        return ERR_STORE;
    }
    if (err == ERR_OK) {
        *ret_number = u64_read(value.at);
    }
    return err;
}

/* In a new epoch other entries stand at the positions that were not kept: all are told again. */
static enum err read_told(struct store *store, struct arena *arena, struct own_devices *devices)
{
    struct bytes value = {0};
    struct store_checkpoint newest = {0};
    enum err err = store_checkpoint_newest(store, arena, &newest);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        devices->epoch = newest.epoch;
        err = store_setting_get(store, SETTING_DEVICES_TOLD, arena, &value);
    }
    bool is_of_epoch = err == ERR_OK && value.len == TOLD_BYTES &&
                       bytes_equal(bytes_of(value.at, ID_BYTES), bytes_of(devices->epoch.at, ID_BYTES));
    devices->told = is_of_epoch ? u64_read(value.at + ID_BYTES) : 0;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err mark_told(struct store *store, const struct own_devices *devices)
{
    uint8_t value[TOLD_BYTES];
    memcpy(value, devices->epoch.at, ID_BYTES);
    u64_write(value + ID_BYTES, devices->known);
    enum err err = store_begin(store);
    if (err != ERR_OK) {
        return err;
    }
    err = store_setting_put(store, SETTING_DEVICES_TOLD, bytes_of(value, sizeof value));
    if (err == ERR_OK) {
        err = store_commit(store);
    }
    store_rollback(store);
    return err;
}
