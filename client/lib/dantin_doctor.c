/* The public interface: is everything in order? */
#include "client/lib/handle.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/dantin_session.h"
#include "common/base/clock.h"
#include "proto/session.pb-c.h"

enum {
    DOCTOR_CERTIFICATE_DAYS_MIN = 30, /* fewer left: ask for a new one */
    DOCTOR_CLOCK_MS_MAX = 120000,     /* more apart: certificates and "today" go wrong */
    DOCTOR_DISK_MIB_MIN = 200,
};

struct doctor {
    struct dantin *dantin;
    bool (*on_check)(void *context, const char *name, bool is_ok, const char *sentence);
    void *context;
    enum err first_failure;
    bool is_stopped;       /* by the caller */
    int64_t difference_ms; /* our clock minus the server's */
    char role[32];
};

static void tell(struct doctor *doctor, const char *name, enum err err, const char *sentence);
static void check_store(struct doctor *doctor);
static void check_key(struct doctor *doctor);
static void check_certificate(struct doctor *doctor);
static void check_disk(struct doctor *doctor);
static void check_server(struct doctor *doctor);
static void on_welcome(void *context, const Dantin__Welcome *welcome);

int dantin_doctor(struct dantin *dantin,
                  bool (*on_check)(void *context, const char *name, bool is_ok, const char *sentence),
                  void *context)
{
    static void (*const checks[])(struct doctor * doctor) = {check_store, check_key, check_certificate,
                                                             check_disk, check_server};
    struct doctor doctor = {.dantin = dantin, .on_check = on_check, .context = context};
    for (size_t i = 0; !doctor.is_stopped && i < sizeof checks / sizeof checks[0]; i++) {
        checks[i](&doctor);
    }
    return (int)doctor.first_failure;
}

/* ---- checks ---- */

static void tell(struct doctor *doctor, const char *name, enum err err, const char *sentence)
{
    if (err != ERR_OK && doctor->first_failure == ERR_OK) {
        doctor->first_failure = err;
        (void)handle_fail(doctor->dantin, err, "%s", sentence);
    }
    if (!doctor->on_check(doctor->context, name, err == ERR_OK, sentence)) {
        doctor->is_stopped = true;
    }
}

static void check_store(struct doctor *doctor)
{
    struct store *store = NULL;
    struct store_counts counts = {0};
    char sentence[ERROR_TEXT_BYTES_MAX];
    struct dantin probe = *doctor->dantin; /* its failure must not hide an earlier one */
    enum err err = handle_store_open(&probe, &store);
    if (err != ERR_OK) {
        tell(doctor, "store", err, probe.error.text);
        return;
    }
    err = store_check(store);
    if (err == ERR_OK) {
        err = store_counts(store, &counts);
    }
    store_close(store);
    if (err == ERR_OK) {
        (void)snprintf(sentence, sizeof sentence, handle_text(doctor->dantin, TEXT_DOCTOR_STORE_OK),
                       (unsigned long long)counts.records);
    } else {
        (void)snprintf(sentence, sizeof sentence, handle_text(doctor->dantin, TEXT_DOCTOR_STORE_BAD),
                       err_text(err, doctor->dantin->language));
    }
    tell(doctor, "store", err, sentence);
}

/* That it can be unlocked has been seen when the handle was opened. */
static void check_key(struct doctor *doctor)
{
    const struct dantin *dantin = doctor->dantin;
    char path[PLATFORM_PATH_BYTES_MAX];
    char sentence[ERROR_TEXT_BYTES_MAX];
    enum err err = platform_path_join(dantin->folder, "device.key", path, sizeof path);
    if (err == ERR_OK && !platform_file_exists(path)) {
        err = ERR_NOT_FOUND;
    }
    if (err != ERR_OK) {
        (void)snprintf(sentence, sizeof sentence, handle_text(dantin, TEXT_DOCTOR_KEY_BAD),
                       err_text(err, dantin->language));
        tell(doctor, "key", err, sentence);
    } else if (!platform_file_is_private(path)) {
        tell(doctor, "key", ERR_CONFIG, handle_text(dantin, TEXT_DOCTOR_KEY_OPEN));
    } else if (keys_is_weak(dantin->folder)) {
        tell(doctor, "key", ERR_CONFIG, handle_text(dantin, TEXT_DOCTOR_KEY_WEAK));
    } else {
        tell(doctor, "key", ERR_OK, handle_text(dantin, TEXT_DOCTOR_KEY_OK));
    }
}

static void check_certificate(struct doctor *doctor)
{
    const struct keys *keys = &doctor->dantin->keys;
    int64_t days = 0;
    char sentence[ERROR_TEXT_BYTES_MAX];
    if (keys->certificate_pem == NULL) {
        tell(doctor, "certificate", ERR_UNAUTHORISED, handle_text(doctor->dantin, TEXT_HANDLE_NOT_ENROLLED));
        return;
    }
    enum err err = keys_days_left(keys->certificate_pem, clock_now_ms(), &days);
    if (err != ERR_OK) {
        tell(doctor, "certificate", err, err_text(err, doctor->dantin->language));
        return;
    }
    bool is_soon = days < DOCTOR_CERTIFICATE_DAYS_MIN;
    (void)snprintf(
        sentence, sizeof sentence,
        handle_text(doctor->dantin, is_soon ? TEXT_DOCTOR_CERTIFICATE_SOON : TEXT_DOCTOR_CERTIFICATE_OK),
        (long long)days);
    tell(doctor, "certificate", is_soon ? ERR_CONFIG : ERR_OK, sentence);
}

static void check_disk(struct doctor *doctor)
{
    uint64_t free_bytes = 0;
    char sentence[ERROR_TEXT_BYTES_MAX];
    enum err err = platform_free_bytes(doctor->dantin->home, &free_bytes);
    if (err != ERR_OK) {
        tell(doctor, "disk", err, platform_reason());
        return;
    }
    unsigned long long mib = free_bytes >> 20;
    bool is_full = mib < DOCTOR_DISK_MIB_MIN;
    (void)snprintf(sentence, sizeof sentence,
                   handle_text(doctor->dantin, is_full ? TEXT_DOCTOR_DISK_BAD : TEXT_DOCTOR_DISK_OK), mib);
    tell(doctor, "disk", is_full ? ERR_IO : ERR_OK, sentence);
}

static void check_server(struct doctor *doctor)
{
    char sentence[ERROR_TEXT_BYTES_MAX + HANDLE_SERVER_BYTES_MAX];
    struct dantin probe = *doctor->dantin; /* its failure must not hide an earlier one */
    struct syncer_job job = {.purpose = SYNCER_GREET, .on_welcome = on_welcome, .context = doctor};
    enum err err = dantin_session_run(&probe, &job, false, 0);
    if (err != ERR_OK) {
        tell(doctor, "server", err, probe.error.text);
        return;
    }
    (void)snprintf(sentence, sizeof sentence, handle_text(doctor->dantin, TEXT_DOCTOR_SERVER_OK),
                   doctor->dantin->server, doctor->role);
    tell(doctor, "server", ERR_OK, sentence);
    int64_t apart_ms = doctor->difference_ms < 0 ? -doctor->difference_ms : doctor->difference_ms;
    bool is_wrong = apart_ms > DOCTOR_CLOCK_MS_MAX;
    (void)snprintf(sentence, sizeof sentence,
                   handle_text(doctor->dantin, is_wrong ? TEXT_DOCTOR_CLOCK_BAD : TEXT_DOCTOR_CLOCK_OK),
                   (long long)(doctor->difference_ms / 1000));
    if (!doctor->is_stopped) {
        tell(doctor, "clock", is_wrong ? ERR_CONFIG : ERR_OK, sentence);
    }
}

static void on_welcome(void *context, const Dantin__Welcome *welcome)
{
    struct doctor *doctor = context;
    doctor->difference_ms = clock_now_ms() - welcome->server_time_ms;
    (void)snprintf(doctor->role, sizeof doctor->role, "%s",
                   welcome->role != NULL ? welcome->role : ""); /* cut when long */
}
