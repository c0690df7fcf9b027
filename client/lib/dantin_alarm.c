/* The public interface: alarms. */
#include "client/lib/handle.h"

#include <string.h>

#include "client/lib/store_witness.h"
#include "client/lib/witness.h"
#include "common/base/clock.h"

enum { ALARM_TEXT_BYTES = NOTE_BYTES_MAX + 1 };

struct alarm_context {
    struct dantin *dantin;
    bool (*on_alarm)(void *context, const struct dantin_alarm *alarm);
    void *context;
    struct arena arena;
    bool has_failed;
};

static bool on_stored_alarm(void *context, const struct store_alarm *alarm);
static uint64_t entries_of(struct bytes note);

static const enum text_id fault_texts[WITNESS_FAULT_COUNT] = {
    [WITNESS_FINE] = TEXT_WITNESS_UNPROVED,
    [WITNESS_UNSIGNED] = TEXT_WITNESS_UNSIGNED,
    [WITNESS_OTHER_EPOCH] = TEXT_WITNESS_OTHER_EPOCH,
    [WITNESS_SHRUNK] = TEXT_WITNESS_SHRUNK,
    [WITNESS_FORKED] = TEXT_WITNESS_FORKED,
    [WITNESS_UNPROVED] = TEXT_WITNESS_UNPROVED,
    [WITNESS_OTHER_KEY] = TEXT_WITNESS_OTHER_KEY,
    [WITNESS_FALSE_ACT] = TEXT_WITNESS_FALSE_ACT,
    [WITNESS_EPOCH_UNPROVED] = TEXT_WITNESS_EPOCH_UNPROVED,
};

int dantin_alarms(struct dantin *dantin, bool (*on_alarm)(void *context, const struct dantin_alarm *alarm),
                  void *context)
{
    struct store *store = NULL;
    struct alarm_context alarms = {.dantin = dantin, .on_alarm = on_alarm, .context = context};
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    arena_init(&alarms.arena, 2 * ALARM_TEXT_BYTES);
    err = store_alarm_each(store, on_stored_alarm, &alarms);
    if (err == ERR_OK && alarms.has_failed) {
        err = ERR_NO_MEMORY;
    }
    arena_release(&alarms.arena);
    store_close(store);
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

int dantin_alarms_open(struct dantin *dantin, uint64_t *ret_count)
{
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_alarm_open(store, ret_count);
    store_close(store);
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

int dantin_alarms_acknowledge(struct dantin *dantin)
{
    struct store *store = NULL;
    enum err err = handle_store_open(dantin, &store);
    if (err != ERR_OK) {
        return (int)err;
    }
    err = store_begin(store);
    if (err == ERR_OK) {
        err = store_alarm_acknowledge(store, clock_now_ms());
        if (err == ERR_OK) {
            err = store_commit(store);
        }
        store_rollback(store);
    }
    store_close(store);
    return err == ERR_OK ? ERR_OK : handle_fail(dantin, err, NULL);
}

static bool on_stored_alarm(void *context, const struct store_alarm *alarm)
{
    struct alarm_context *alarms = context;
    enum witness_fault fault =
        alarm->fault < WITNESS_FAULT_COUNT ? (enum witness_fault)alarm->fault : WITNESS_FINE;
    arena_clear(&alarms->arena);
    const struct dantin_alarm told = {
        .number = alarm->number,
        .time_ms = alarm->time_ms,
        .acknowledged_ms = alarm->acknowledged_ms,
        .what = handle_text(alarms->dantin, fault_texts[fault]),
        .held_entries = entries_of(alarm->held),
        .shown_entries = entries_of(alarm->shown),
        .held = arena_text(&alarms->arena, alarm->held),
        .shown = arena_text(&alarms->arena, alarm->shown),
    };
    alarms->has_failed = told.held == NULL || told.shown == NULL;
    return !alarms->has_failed && alarms->on_alarm(alarms->context, &told);
}

/* 0: no note that can be read. */
static uint64_t entries_of(struct bytes note)
{
    struct checkpoint checkpoint = {0};
    return checkpoint_parse(note, &checkpoint, NULL) == ERR_OK ? checkpoint.size : 0;
}
