/* RENEW: a device asks for a certificate for its present key. The one thing a session may do whose certificate has expired, or
 * whose key the device has left. Another key is announced by the old one in the journal (KeyChange), never here. */
#include "server/handlers/handlers.h"

#include <string.h>

#include "common/base/text.h"
#include "proto/session.pb-c.h"
#include "server/ops/certificates.h"
#include "server/session/session.h"
#include "server/store/store.h"

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

static struct outcome renew_start(struct request *request, const void *message);

const struct route renew_route = {
    .type = MESSAGE_RENEW,
    .deadline_ms = RENEW_DEADLINE_MS,
    .latency = METRIC_COUNT,
    .start = renew_start,
};

static struct outcome renew_start(struct request *request, const void *message)
{
    const Dantin__Renew *asked = message;
    const struct handlers_context *context = request_context(request);
    const struct store_device *device = request_device(request);
    struct arena *arena = request_arena(request);
    Dantin__Renewed renewed = DANTIN__RENEWED__INIT;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    enum err err = certificate_request_key(bytes_of(asked->request.data, asked->request.len), public_key);

    if (err == ERR_OK && memcmp(public_key, device->public_key, sizeof public_key) != 0) {
        err = ERR_FORBIDDEN;
    }
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    if (context->authority_key == NULL) {
        return request_reject(request, ERR_UNSUPPORTED,
                              text_get(TEXT_ENROL_NO_AUTHORITY, request_language(request)));
    }
    renewed.certificate = arena_alloc(arena, CERTIFICATE_PEM_BYTES_MAX);
    renewed.authority = arena_text(arena, context->authority_pem);
    if (renewed.certificate == NULL || renewed.authority == NULL) {
        return request_reject(request, ERR_NO_MEMORY, NULL);
    }
    err = certificate_for_device(context->authority_key, context->authority_pem, public_key, &device->device,
                                 CERTIFICATE_DEVICE_DAYS, renewed.certificate);
    if (err != ERR_OK) {
        return request_reject(request, err, NULL);
    }
    store_note_seen(context->store, &device->device,
                    request_wall_ms(request) / 1000 + (int64_t)CERTIFICATE_DEVICE_DAYS * SECONDS_PER_DAY);
    return request_reply(request, MESSAGE_RENEWED, &renewed);
}
