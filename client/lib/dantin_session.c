/* Sessions of a handle. */
#include "client/lib/dantin_session.h"

enum err dantin_session_run(struct dantin *dantin, const struct syncer_job *job, bool is_patient,
                            int64_t until_ms)
{
    const struct keys *keys = &dantin->keys;
    struct error error = {0};
    struct store_lease lease = {.folder = dantin->home, .owner = &dantin->owner};
    enum err err = ERR_OK;
    err = dantin_session_check(dantin);
    if (err != ERR_OK) {
        goto done;
    }
    err = dantin_session_renew(dantin);
    if (err != ERR_OK) {
        goto done;
    }
    struct syncer_job filled = *job;
    filled.lease = &lease;
    filled.device = &keys->device;
    filled.device_key = keys->key;
    filled.language = dantin->language;
    struct syncer_run run = {
        .job = &filled,
        .keys = keys,
        .server = dantin->server,
        .deadline_ms = until_ms,
        .is_patient = is_patient,
    };
    err = syncer_run(&run, &error);
    if (err != ERR_OK) {
        (void)handle_fail_error(dantin, err, &error);
    }
done:
    store_lease_release(&lease);
    return err;
}

enum err dantin_session_check(struct dantin *dantin)
{
    if (dantin->keys.certificate_pem == NULL || dantin->keys.authority_pem == NULL) {
        return (enum err)handle_fail(dantin, ERR_UNAUTHORISED, "%s",
                                     handle_text(dantin, TEXT_HANDLE_NOT_ENROLLED));
    }
    if (dantin->server[0] == '\0') {
        return (enum err)handle_fail(dantin, ERR_CONFIG, "%s", handle_text(dantin, TEXT_HANDLE_NO_SERVER));
    }
    return ERR_OK;
}
