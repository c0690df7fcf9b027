/* What acts do to the model's devices. An epoch's is the group's head_after; operators and witnesses nobody asks for. */
#include <string.h>

#include "common/base/check.h"
#include "tests/lib/model_internal.h"

static struct model_device *find(struct store *store, const struct hash *device)
{
    for (size_t i = 0; i < store->device_count; i++) {
        if (hash_equal(&store->devices[i].device.device, device)) {
            return &store->devices[i];
        }
    }
    return NULL;
}

void model_apply_act(struct store *store, const struct store_act *act)
{
    struct model_device *device = find(store, &act->device);
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
    }
}
