/* An act changed a device while it is connected: its session is looked at again, and ends when the device may not speak any more.
 * One question to the store under way for each change; the session is found anew when the answer comes. */
#include "server/handlers/handlers.h"

#include <stdlib.h>

#include "server/session/session.h"
#include "server/store/store.h"

struct change {
    struct session_hub *hub;
    struct hash device;
};

static void look_again(void *context, struct session *session);
static void on_device(void *target, enum err err, const struct store_device *device,
                      const struct store_head *head);

void handlers_device_changed(struct handlers_context *context, struct session_hub *hub,
                             const struct hash *device)
{
    context->hub = hub;
    session_hub_each(hub, device, look_again, context);
}

static void look_again(void *target, struct session *session)
{
    struct handlers_context *context = target;
    struct change *change = calloc(1, sizeof *change);
    struct hash spki_hash = sign_spki_hash(session_peer(session)->public_key);

    if (change == NULL) {
        session_dismiss(session, ERR_NO_MEMORY); /* rather none than one that may be revoked */
        return;
    }
    *change = (struct change){.hub = context->hub, .device = *session_device(session)};
    store_find_device(context->store, &change->device, &spki_hash, on_device, change);
}

static void on_device(void *target, enum err err, const struct store_device *device,
                      const struct store_head *head)
{
    struct change *change = target;
    struct session *session = session_hub_find(change->hub, &change->device);
    bool is_gone = err == ERR_NOT_FOUND || (err == ERR_OK && device->is_revoked);

    (void)head;
    if (session != NULL && is_gone) {
        session_dismiss(session, ERR_UNAUTHORISED);
    } else if (session != NULL && err != ERR_OK) {
        session_dismiss(session, err); /* it comes again and is looked at then */
    } else if (session != NULL) {
        session_update_device(session, device);
    }
    free(change);
}
