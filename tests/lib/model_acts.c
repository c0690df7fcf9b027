/* What acts do to the model's devices. An epoch's is the group's head_after; operators and witnesses nobody asks for. */
#include <string.h>

#include "common/base/check.h"
#include "tests/lib/model_internal.h"

void model_apply_act(struct store *store, const struct store_act *act)
{
    struct model_device *device = model_device(store, &act->device);
    if (act->kind == STORE_ACT_DEVICE) {
        struct store_device added = {
            .device = act->device, .sender = act->sender, .is_province = act->is_province, .role = act->role};
        REQUIRE(device == NULL);
        memcpy(added.public_key, act->public_key, sizeof added.public_key);
        model_store_add_device(store, &act->device, &added);
        return;
    }
    if (hash_is_none(&act->device)) {
        return;
    }
    REQUIRE(device != NULL);
    device->device.is_revoked = device->device.is_revoked || act->kind == STORE_ACT_REVOKE;
    device->device.is_quarantined = device->device.is_quarantined && act->kind != STORE_ACT_RELEASE;
    if (act->kind == STORE_ACT_ROLE && act->has_role) {
        device->device.role = act->role;
    }
    if (act->kind == STORE_ACT_KEY) {
        memcpy(device->device.public_key, act->public_key, sizeof act->public_key);
        device->spki_hash = sign_spki_hash(act->public_key);
        REQUIRE(device->key_count < MODEL_KEYS_MAX);
        struct model_key *key = &device->keys[device->key_count++];
        memcpy(key->public_key, act->public_key, sizeof key->public_key);
        key->from_sequence = act->from_sequence;
    }
}

void model_store_change_key(struct store *store, const struct hash *device, const uint8_t *public_key,
                            uint64_t from_sequence)
{
    struct store_act act = {.kind = STORE_ACT_KEY, .device = *device, .from_sequence = from_sequence};
    memcpy(act.public_key, public_key, sizeof act.public_key);
    model_apply_act(store, &act);
}
