/* The chain of bases: whatever is put, sealed, refused, in conflict, mended and heard of in whatever order, each sealed change names
 * the version that the server holds for its record, and in the end the server holds what the store does.
 *
 * The server is a model: one current version per record, verdicts drawn at random, another device that edits in between. A sealed
 * change is tried on a copy of it that draws nothing: it must be applied there, unless a change before it was lost and the store cannot
 * know yet. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <unistd.h>

#include "client/lib/export.h"
#include "client/lib/import.h"
#include "common/base/random.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/client_world.h"
#include "tests/lib/seed.h"

enum {
    WORLDS = 25,
    STEPS = 120,
    RECORDS = 5,
    CHANGES_MAX = STEPS * RECORDS + 64,
    SUBMISSIONS_MAX = STEPS + 64,
    TODAY = 19875, /* 2024-06-01 */
    PATH_BYTES = 2 * FOLDER_PATH_BYTES,
};

/* A sealed change, and what the server made of it. */
struct change {
    size_t record;
    struct id base, version;
    struct bytes body; /* at == NULL: removal */
    bool is_judged, is_heard;
    enum verdict_code code;
    struct id current; /* of a conflict */
    struct bytes current_body;
};

struct server_record {
    struct id current;
    struct bytes body;
};

struct submission {
    size_t first, count; /* of its changes */
    bool is_judged, is_heard;
};

static struct fixture {
    struct client_world world;
    struct prng prng;
    struct id branch;
    struct id records[RECORDS];
    bool is_removed[RECORDS], is_open[RECORDS];
    struct server_record server[RECORDS];
    struct change changes[CHANGES_MAX];
    size_t change_count;
    struct submission submissions[SUBMISSIONS_MAX]; /* sequence minus 1 */
    size_t submission_count, judged_count;
    unsigned drawn; /* names and versions made so far */
    size_t applied, refused, conflicts, tried, mended, kept;
} fixture;

static bool is_lost(const struct change *change)
{
    return change->code == VERDICT_REFUSED || change->code == VERDICT_CONFLICT;
}

static void *draw_member(const char *word, size_t record)
{
    char name[64];
    char number[16];

    (void)snprintf(name, sizeof name, "%s Số %u", word, ++fixture.drawn);
    (void)snprintf(number, sizeof number, "%03zu", record + 1);
    return client_member(&fixture.world, name, number, &fixture.branch);
}

/* ---- the server ---- */

/* prng NULL: nothing unexpected happens. Changes before `index` are judged. */
static void judge(struct server_record *server, struct change *changes, size_t index, struct prng *prng)
{
    struct change *change = &changes[index];
    struct server_record *record = &server[change->record];
    uint64_t roll = prng == NULL ? 100 : prng_below(prng, 100);

    change->is_judged = true;
    change->code = VERDICT_APPLIED;
    for (size_t i = 0; i < index; i++) {
        if (id_equal(&changes[i].version, &change->base) && is_lost(&changes[i])) {
            change->code = changes[i].code; /* built on what does not stand */
        }
    }
    if (change->code == VERDICT_APPLIED && !id_equal(&change->base, &record->current)) {
        change->code = VERDICT_CONFLICT;
    } else if (change->code == VERDICT_APPLIED && roll < 20) {
        change->code = VERDICT_REFUSED;
    } else if (change->code == VERDICT_APPLIED && roll < 40) { /* another device was faster */
        record->current = client_id(1000 + ++fixture.drawn);
        record->body = client_packed(&fixture.world, draw_member("Khác", change->record));
        change->code = VERDICT_CONFLICT;
    }
    if (change->code == VERDICT_APPLIED) {
        record->current = change->version;
        record->body = change->body;
    } else if (change->code == VERDICT_CONFLICT) {
        change->current = record->current;
        change->current_body = record->body;
    }
}

static void judge_next(struct prng *prng)
{
    struct submission *submission = &fixture.submissions[fixture.judged_count];

    if (fixture.judged_count == fixture.submission_count) {
        return;
    }
    for (size_t i = 0; i < submission->count; i++) {
        judge(fixture.server, fixture.changes, submission->first + i, prng);
        fixture.applied += fixture.changes[submission->first + i].code == VERDICT_APPLIED;
        fixture.refused += fixture.changes[submission->first + i].code == VERDICT_REFUSED;
        fixture.conflicts += fixture.changes[submission->first + i].code == VERDICT_CONFLICT;
    }
    submission->is_judged = true;
    fixture.judged_count++;
}

/* The receipt of a judged submission arrives; again when it did before. */
static void hear(size_t index)
{
    struct submission *submission = &fixture.submissions[index];
    struct client_verdict verdicts[RECORDS + 1];
    struct id epoch = client_id(1);
    struct outbox_outcome outcome;
    size_t count = 0;

    for (size_t i = 0; i < submission->count; i++) {
        struct change *change = &fixture.changes[submission->first + i];
        bool is_later_sealed = false;

        if (is_lost(change)) {
            verdicts[count++] = (struct client_verdict){
                .index = (uint32_t)i,
                .code = change->code,
                .rule = change->code == VERDICT_REFUSED ? "ingest.out_of_scope" : NULL,
                .current = change->current,
                .current_body = change->current_body};
        }
        for (size_t k = submission->first + submission->count; k < fixture.change_count; k++) {
            is_later_sealed |= fixture.changes[k].record == change->record;
        }
        if (change->code == VERDICT_CONFLICT && !change->is_heard && !is_later_sealed) {
            fixture.is_open[change->record] = false; /* held until the clerk has looked */
        }
        change->is_heard = true;
    }
    submission->is_heard = true;
    struct bytes body =
        client_receipt(&fixture.world, &epoch, index + 1, index + 1, verdicts, count, CLIENT_SOUND);

    assert_int_equal(outbox_on_receipt(fixture.world.store, body, fixture.world.receipt_verify, &outcome),
                     ERR_OK);
}

static void hear_any(void)
{
    size_t index = fixture.judged_count == 0 ? 0 : (size_t)prng_below(&fixture.prng, fixture.judged_count);

    if (fixture.judged_count > 0) {
        hear(index);
    }
}

/* ---- the clerk ---- */

static void put(size_t record)
{
    (void)client_put(&fixture.world, KIND_MEMBER, &fixture.records[record], draw_member("Người", record));
    fixture.is_removed[record] = false;
    fixture.is_open[record] = true;
}

static void remove_one(size_t record)
{
    if (!fixture.is_removed[record]) {
        client_remove(&fixture.world, KIND_MEMBER, &fixture.records[record]);
        fixture.is_removed[record] = true;
        fixture.is_open[record] = true;
    }
}

/* A removal may have nothing to remove any more: the store alone knows. */
static bool has_open(size_t record)
{
    return fixture.is_removed[record]
               ? client_get(&fixture.world, KIND_MEMBER, &fixture.records[record]).has_open_change
               : fixture.is_open[record];
}

static size_t record_of(const ProtobufCBinaryData *id)
{
    for (size_t i = 0; i < RECORDS; i++) {
        if (bytes_equal(bytes_of(id->data, id->len), bytes_of(fixture.records[i].at, ID_BYTES))) {
            return i;
        }
    }
    fail_msg("a change of a record nobody put");
    return 0;
}

/* Is a change of the record lost, and the store does not know yet? */
static bool has_unheard_loss(size_t record, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        const struct change *change = &fixture.changes[i];

        if (change->record == record && change->is_judged && is_lost(change) && !change->is_heard) {
            return true;
        }
    }
    return false;
}

static void keep_change(struct bytes packed, const struct id *version)
{
    struct change *change = &fixture.changes[fixture.change_count++];
    Dantin__Change *message = NULL;

    assert_true(fixture.change_count < CHANGES_MAX);
    assert_int_equal(
        message_unpack(&dantin__change__descriptor, packed, false, &fixture.world.arena, &message), ERR_OK);
    *change = (struct change){.record = record_of(&message->record), .version = *version};
    if (message->has_base_version) {
        assert_int_equal(
            id_from_bytes(bytes_of(message->base_version.data, message->base_version.len), &change->base),
            ERR_OK);
    }
    if (message->has_body) {
        change->body = bytes_of(message->body.data, message->body.len);
    }
    fixture.is_open[change->record] = false;
}

/* On a copy of the server from which nothing unexpected comes, each new change must be applied. */
static void try_new_changes(size_t first_new)
{
    static struct change changes[CHANGES_MAX];
    struct server_record server[RECORDS];

    memcpy(changes, fixture.changes, fixture.change_count * sizeof *changes);
    memcpy(server, fixture.server, sizeof server);
    for (size_t i = 0; i < fixture.change_count; i++) {
        if (!changes[i].is_judged) {
            judge(server, changes, i, NULL);
        }
        if (i >= first_new && !has_unheard_loss(changes[i].record, i)) {
            fixture.tried++;
            if (changes[i].code != VERDICT_APPLIED) {
                fail_msg("change %zu of record %zu names a base the server does not hold", i,
                         changes[i].record);
            }
        }
    }
}

static void seal(void)
{
    struct outbox_sealed sealed = client_seal(&fixture.world);
    size_t first_new = fixture.change_count;

    for (uint64_t i = 0; i < sealed.submissions; i++) {
        struct store_sealed submission = {0};
        struct payload payload = {0};
        uint64_t sequence = fixture.submission_count + 1;

        assert_int_equal(store_sealed_get(fixture.world.store, sequence, &fixture.world.arena, &submission),
                         ERR_OK);
        assert_int_equal(payload_decode(submission.payload_zstd, &fixture.world.arena, &payload), ERR_OK);
        fixture.submissions[fixture.submission_count++] =
            (struct submission){.first = fixture.change_count, .count = payload.change_count};
        for (size_t k = 0; k < payload.change_count; k++) {
            struct id version = version_name(&submission.envelope_hash, (uint32_t)k);

            keep_change(payload.changes[k], &version);
        }
    }
    assert_int_equal(fixture.change_count - first_new, sealed.changes);
    try_new_changes(first_new);
}

/* What the store counts as to be mended: the newest change of a record was lost, and nobody put it since. */
static uint64_t count_to_mend(bool ret_wants_mending[RECORDS])
{
    uint64_t count = 0;

    for (size_t record = 0; record < RECORDS; record++) {
        const struct change *newest = NULL;

        for (size_t i = 0; i < fixture.change_count; i++) {
            newest = fixture.changes[i].record == record ? &fixture.changes[i] : newest;
        }
        ret_wants_mending[record] =
            newest != NULL && newest->is_heard && is_lost(newest) && !has_open(record);
        if (ret_wants_mending[record] && fixture.is_removed[record]) {
            struct store_record stored = client_get(&fixture.world, KIND_MEMBER, &fixture.records[record]);

            ret_wants_mending[record] = !id_is_none(&stored.base); /* else it is gone everywhere */
        }
        count += ret_wants_mending[record];
    }
    return count;
}

static void import_sheet(void *context, const char *path, uint64_t rows)
{
    struct import_options options = {.language = LANGUAGE_EN, .today = TODAY, .is_first_load = true};
    struct import_result result = {0};
    struct error error = {0};
    uint64_t *mended = context;

    if (import_file(fixture.world.store, path, &options, &result, &error) != ERR_OK || result.failed > 0) {
        fail_msg("%s %s", error.text, result.error_file);
    }
    assert_int_equal(result.changed, rows);
    *mended += rows;
    assert_int_equal(unlink(path), 0);
}

/* A removal that did not stand comes back as what the server holds, where the store can know. */
static void expect_kept(size_t record)
{
    bool is_known = fixture.is_removed[record];

    for (size_t i = 0; i < fixture.change_count; i++) {
        is_known &= fixture.changes[i].record != record || fixture.changes[i].is_heard;
    }
    if (is_known && fixture.server[record].body.at != NULL) {
        struct store_record stored = client_get(&fixture.world, KIND_MEMBER, &fixture.records[record]);

        assert_true(bytes_equal(stored.body, fixture.server[record].body));
        fixture.kept++;
    }
}

/* The clerk imports the sheet of refusals word by word: nothing is left to mend, each row became an open change. */
static void mend(void)
{
    bool wants_mending[RECORDS];
    uint64_t wanted = count_to_mend(wants_mending);
    uint64_t mended = 0;
    char path[PATH_BYTES];
    struct store_counts counts;
    struct error error;

    assert_int_equal(store_counts(fixture.world.store, &counts), ERR_OK);
    assert_int_equal(counts.refused_open + counts.conflicts_open, wanted);
    (void)snprintf(path, sizeof path, "%s/mend.csv", fixture.world.folder);
    assert_int_equal(export_refused(fixture.world.store, path, LANGUAGE_EN, import_sheet, &mended, &error),
                     ERR_OK);
    assert_int_equal(mended, wanted);
    for (size_t record = 0; record < RECORDS; record++) {
        if (wants_mending[record]) {
            expect_kept(record);
            fixture.is_removed[record] = false;
            fixture.is_open[record] = true;
        }
    }
    assert_int_equal(store_counts(fixture.world.store, &counts), ERR_OK);
    assert_int_equal(counts.refused_open + counts.conflicts_open, 0);
    fixture.mended += mended;
}

/* ---- one world ---- */

static void open_world(uint64_t seed)
{
    struct id epoch = client_id(1);
    struct outbox_outcome outcome;

    fixture.change_count = fixture.submission_count = fixture.judged_count = 0;
    memset(fixture.is_removed, 0, sizeof fixture.is_removed);
    memset(fixture.is_open, 0, sizeof fixture.is_open);
    memset(fixture.server, 0, sizeof fixture.server);
    prng_init(&fixture.prng, seed);
    client_world_open(&fixture.world);
    fixture.branch = client_put(&fixture.world, KIND_BRANCH, NULL,
                                client_branch(&fixture.world, "Chi bộ Một", "CB1", NULL));
    (void)client_seal(&fixture.world);
    struct bytes body = client_receipt(&fixture.world, &epoch, 1, 1, NULL, 0, CLIENT_SOUND);

    assert_int_equal(outbox_on_receipt(fixture.world.store, body, fixture.world.receipt_verify, &outcome),
                     ERR_OK);
    fixture.submission_count = fixture.judged_count = 1;
    fixture.submissions[0] = (struct submission){.is_judged = true, .is_heard = true};
    for (size_t i = 0; i < RECORDS; i++) {
        fixture.records[i] = client_put(&fixture.world, KIND_MEMBER, NULL, draw_member("Người", i));
        fixture.is_open[i] = true;
    }
}

/* Everything is heard of, mended and sent once more, and nothing unexpected happens. */
static void settle(void)
{
    for (unsigned round = 0; round < 2; round++) {
        seal();
        while (fixture.judged_count < fixture.submission_count) {
            judge_next(NULL);
        }
        for (size_t i = 0; i < fixture.submission_count; i++) {
            if (!fixture.submissions[i].is_heard) {
                hear(i);
            }
        }
        mend();
    }
}

static void expect_same_state(void)
{
    for (size_t i = 0; i < RECORDS; i++) {
        struct store_record stored = client_get(&fixture.world, KIND_MEMBER, &fixture.records[i]);

        if (stored.has_open_change) {
            fail_msg("record %zu is still to be sent", i);
        }
        assert_true(id_equal(&stored.base, &fixture.server[i].current));
        assert_true(bytes_equal(stored.body, fixture.server[i].body));
    }
}

/* What a conflict held back must not be sent, and what was put must. */
static void expect_open_changes(void)
{
    for (size_t i = 0; i < RECORDS; i++) {
        struct store_record stored = client_get(&fixture.world, KIND_MEMBER, &fixture.records[i]);

        assert_true(fixture.is_removed[i] || stored.has_open_change == fixture.is_open[i]);
    }
}

static void base_chain__random_steps__bases_the_server_holds(void **state)
{
    uint64_t seed = seed_of_test();

    (void)state;
    for (unsigned world = 0; world < WORLDS; world++) {
        open_world(seed + world);
        for (unsigned step = 0; step < STEPS; step++) {
            uint64_t roll = prng_below(&fixture.prng, 100);
            size_t record = (size_t)prng_below(&fixture.prng, RECORDS);

            if (roll < 30) {
                put(record);
            } else if (roll < 38) {
                remove_one(record);
            } else if (roll < 60) {
                seal();
            } else if (roll < 78) {
                judge_next(&fixture.prng);
            } else if (roll < 95) {
                hear_any();
            } else {
                mend();
            }
            expect_open_changes();
        }
        settle();
        expect_same_state();
        client_world_close(&fixture.world);
    }
    (void)printf("applied=%zu refused=%zu conflicts=%zu tried=%zu mended=%zu kept=%zu\n", fixture.applied,
                 fixture.refused, fixture.conflicts, fixture.tried, fixture.mended, fixture.kept);
    assert_true(fixture.refused > 0 && fixture.conflicts > 0 && fixture.kept > 0);
    assert_true(fixture.tried > (fixture.applied + fixture.refused + fixture.conflicts) / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_chain__random_steps__bases_the_server_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
