/* dantind device release: end the quarantine of a device. Of two homes with one key the one whose submissions the journal holds goes on; the
 * other one, should it submit again, brings the quarantine back. */
#include <stdio.h>

#include "common/base/text.h"
#include "proto/journal.pb-c.h"
#include "server/acts.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/devices.h"
#include "server/config.h"

static enum err release(const struct config *config, const struct database_session *session,
                        struct devices_one *device, enum language language, struct error *ret_error);

enum err command_device_release(const struct options *options, struct error *ret_error)
{
    struct config config;
    struct database_session session = {0};
    struct devices_one device;
    if (options->argument_count != 1) {
        return error_set(ret_error, ERR_USAGE, "%s", text_get(TEXT_DEVICE_NAME_NEEDED, options->language));
    }
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        err = context_open_database(options, &config, &session, ret_error);
    }
    if (err == ERR_OK) {
        err = devices_find(&session, options->arguments[0], options->language, &device, ret_error);
    }
    if (err == ERR_OK && !device.is_quarantined) {
        err = error_set(ret_error, ERR_NOT_FOUND, "%s",
                        text_get(TEXT_DEVICE_NOT_QUARANTINED, options->language));
    }
    if (err == ERR_OK) {
        err = release(&config, &session, &device, options->language, ret_error);
    }
    context_close_database(&session);
    return err;
}

static enum err release(const struct config *config, const struct database_session *session,
                        struct devices_one *device, enum language language, struct error *ret_error)
{
    char digits[HASH_HEX_BYTES];
    Dantin__ActRelease message = DANTIN__ACT_RELEASE__INIT;
    Dantin__Act act = DANTIN__ACT__INIT;
    const Dantin__Act *acts[] = {&act};
    message.has_device = true;
    message.device = (ProtobufCBinaryData){HASH_BYTES, device->device.at};
    act.release = &message;
    enum err err = acts_append(config, session, acts, 1, language, NULL, ret_error);
    if (err == ERR_OK) {
        hex_encode(bytes_of(device->device.at, HASH_BYTES), digits);
        (void)printf(text_get(TEXT_DEVICE_RELEASED, language), digits);
    }
    return err;
}
