/* Lines of the log of reads. */
#include "server/store/look.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "server/ops/metrics.h"
#include "server/store/store_internal.h"
#include "server/store/wire_array.h"

struct look_record {
    struct id record;
    bool is_person;
};

enum { RECORDS_FIRST = 256 };

static const char SUBJECT_DOMAIN[] = "dantin/subject";

static int compare_records(const void *left, const void *right);

struct id look_subject(const uint8_t key[STORE_LOOK_KEY_BYTES], const struct id *record)
{
    uint8_t text[sizeof SUBJECT_DOMAIN - 1 + ID_BYTES];
    struct id subject;
    memcpy(text, SUBJECT_DOMAIN, sizeof SUBJECT_DOMAIN - 1);
    memcpy(text + sizeof SUBJECT_DOMAIN - 1, record->at, ID_BYTES);
    struct hash hash = hash_hmac(bytes_of(key, STORE_LOOK_KEY_BYTES), bytes_of(text, sizeof text));
    memcpy(subject.at, hash.at, ID_BYTES);
    return subject;
}

void look_subjects_init(struct look_subjects *subjects)
{
    *subjects = (struct look_subjects){0};
}

void look_subjects_release(struct look_subjects *subjects)
{
    free(subjects->records);
    *subjects = (struct look_subjects){0};
}

enum err look_subjects_add(struct look_subjects *subjects, const struct kind_schema *kind,
                           const struct id *record)
{
    if (subjects->count == subjects->max) {
        size_t max = subjects->max == 0 ? RECORDS_FIRST : 2 * subjects->max;
        struct look_record *records = realloc(subjects->records, max * sizeof *records);
        if (records == NULL) {
            return ERR_NO_MEMORY;
        }
        subjects->records = records;
        subjects->max = max;
    }
    subjects->records[subjects->count++] = (struct look_record){*record, schema_is_personal(kind)};
    return ERR_OK;
}

enum err look_subjects_put(struct look_subjects *subjects, const struct store *store, struct buf *arrays,
                           struct look *look)
{
    size_t kept = 0;
    look->person_count = 0;
    if (subjects->count == 0) {
        return ERR_OK;
    }
    qsort(subjects->records, subjects->count, sizeof *subjects->records, compare_records);
    for (size_t i = 0; i < subjects->count; i++) {
        if (kept > 0 && id_equal(&subjects->records[kept - 1].record, &subjects->records[i].record)) {
            continue;
        }
        subjects->records[kept++] = subjects->records[i];
        look->person_count += subjects->records[i].is_person ? 1 : 0;
    }
    subjects->count = kept;
    if (kept > LOOK_SUBJECTS_MAX) {
        return ERR_OK;
    }
    struct wire_array array;
    struct wire_range range;
    wire_array_begin(&array, arrays, WIRE_UUID);
    for (size_t i = 0; i < kept; i++) {
        struct id subject = look_subject(store->look_key, &subjects->records[i].record);
        wire_array_put_id(&array, &subject);
    }
    enum err err = wire_array_end(&array, &range);
    if (err == ERR_OK) {
        look->subjects = wire_range_bytes(arrays, range);
    }
    return err;
}

enum err look_put(const struct store *store, struct unit *unit, struct arena *arena, const struct look *look)
{
    struct unit_call *call = unit_call(unit, statement_of(STATEMENT_LOOK_NOTE));
    enum err err = ERR_OK;
    unit_put_text(call, look->what);
    unit_put_text(call, look->purpose != NULL ? look->purpose : "");
    unit_put_text(call, look->definition);
    unit_put_hash(call, &look->definition_hash);
    unit_put_bytes(call, look->dimensions.at != NULL ? look->dimensions : bytes_of_text(""));
    unit_put_bytes(call, look->unit);
    if (look->has_from) {
        err = unit_put_date(call, arena, look->from);
    } else {
        unit_put_null(call);
    }
    if (err == ERR_OK && look->has_date) {
        err = unit_put_date(call, arena, look->date);
    } else {
        unit_put_null(call);
    }
    if (err == ERR_OK && look->has_position) {
        err = unit_put_int64(call, arena, (int64_t)look->position);
    } else {
        unit_put_null(call);
    }
    const uint64_t numbers[] = {look->row_count, look->person_count};
    for (size_t i = 0; err == ERR_OK && i < 2; i++) {
        err = unit_put_int64(call, arena, (int64_t)numbers[i]);
    }
    unit_put_bytes(call, look->subjects);
    const unsigned limits[] = {store->look_hour_max, store->look_day_max, store->look_usual_times};
    for (size_t i = 0; err == ERR_OK && i < 3; i++) {
        err = unit_put_int64(call, arena, limits[i]);
    }
    return err;
}

void look_tell(struct store *store, const struct hash *device, const struct look *look, const PGresult *noted)
{
    struct bytes alarm = result_bytes(noted, 0, 0);
    metric_add(METRIC_LOOKS, 1);
    metric_add(METRIC_LOOKS_PERSONS, look->person_count);
    if (alarm.len > 0) {
        char hex[HASH_HEX_BYTES];
        hex_encode(bytes_of(device->at, HASH_BYTES), hex);
        log_write(LOG_WARN, "read_volume", "device=%s unusual=%.*s persons=%llu what=%s", hex, (int)alarm.len,
                  (const char *)alarm.at, (unsigned long long)look->person_count, look->what);
        metric_add(METRIC_LOOKS_ALARMS, 1);
    }
    look_sealer_due(store->look_sealer);
}

static int compare_records(const void *left, const void *right)
{
    const struct look_record *a = left;
    const struct look_record *b = right;
    return memcmp(a->record.at, b->record.at, ID_BYTES);
}
