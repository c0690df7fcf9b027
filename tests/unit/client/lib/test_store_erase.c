/* A person the province forgot: nothing of them stays in a home's files, whenever the power goes, and what was submitted can still be
 * offered, received and proved. */
#include "client/lib/store_erase.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/lib/platform.h"
#include "common/base/check.h"
#include "common/record/match.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"
#include "proto/records.pb-c.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/client_world.h"
#include "tests/lib/fault_vfs.h"
#include "tests/lib/test.h"

enum { FILES_BYTES_MAX = 64 << 20, BLOBS_MAX = 64, BLOB_BYTES_MIN = 16, STEPS_MAX = 2000 };

static struct client_world world;
static struct id branch;
static uint64_t victims; /* made so far */

/* A person with everything a home can hold of one, and the bytes that hold it. */
struct victim {
    struct id id;
    uint64_t first, second; /* submissions */
    struct bytes blobs[BLOBS_MAX];
    size_t blob_count;
};

static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    branch = client_id(1);
    victims = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_world_close(&world);
    return 0;
}

static struct bytes member_body(const char *name)
{
    return client_packed(&world, client_member(&world, name, "007", &branch));
}

/* Every sealed and blind value of the person, behind the store's back. */
static void collect_blobs(struct victim *victim)
{
    static const char *const statements[] = {
        "SELECT body FROM record WHERE id = ?1",
        "SELECT folded FROM record WHERE id = ?1",
        "SELECT name FROM record WHERE id = ?1",
        "SELECT key FROM match_key JOIN record ON number = record WHERE id = ?1",
        "SELECT tail FROM open_change JOIN record ON number = record WHERE id = ?1",
        ("SELECT payload_zstd FROM sealed JOIN sealed_change c ON c.sealed = sealed.number"
         " JOIN record r ON r.number = c.record WHERE r.id = ?1"),
        ("SELECT receipt.body FROM receipt JOIN sealed_change c ON c.sealed = receipt.sealed AND c.code = 2"
         " JOIN record r ON r.number = c.record WHERE r.id = ?1"),
    };
    char path[PLATFORM_PATH_BYTES_MAX];
    sqlite3 *db = NULL;
    store_close(world.store);
    world.store = NULL;
    assert_int_equal(platform_path_join(world.folder, "store.db", path, sizeof path), ERR_OK);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        sqlite3_stmt *statement = NULL;
        size_t before = victim->blob_count;
        assert_int_equal(sqlite3_prepare_v2(db, statements[i], -1, &statement, NULL), SQLITE_OK);
        (void)sqlite3_bind_blob(statement, 1, victim->id.at, ID_BYTES, SQLITE_STATIC);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            struct bytes blob =
                bytes_of(sqlite3_column_blob(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
            assert_true(blob.len >= BLOB_BYTES_MIN && victim->blob_count < BLOBS_MAX);
            victim->blobs[victim->blob_count++] = arena_copy(&world.arena, blob);
        }
        assert_true(victim->blob_count > before); /* each place holds something */
        (void)sqlite3_finalize(statement);        /* the steps have said it */
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    client_world_reopen(&world);
}

static void receive(uint64_t sequence, const struct client_verdict *verdicts, size_t count)
{
    struct outbox_outcome outcome = {0};
    struct id epoch = {{0xe1}};
    struct bytes body =
        client_receipt(&world, &epoch, world.log.size, sequence, verdicts, count, CLIENT_SOUND);
    assert_int_equal(outbox_on_receipt(world.store, body, world.receipt_verify, &outcome), ERR_OK);
}

/* Submitted among others and applied; changed, submitted, in conflict with what the province shows; changed again, not sealed. */
static struct victim make_victim(void)
{
    struct victim victim = {0};
    struct hash hash = {{0}};
    char name[64];
    victims++;
    (void)snprintf(name, sizeof name, "Cao Thị Sơn Ca %u", (unsigned)victims);
    client_put_members(&world, 1, &branch);
    victim.id = client_put(&world, KIND_MEMBER, NULL, client_member(&world, name, "007", &branch));
    client_put_members(&world, 1, &branch);
    (void)client_seal(&world);
    assert_int_equal(store_sealed_last(world.store, &victim.first, &hash), ERR_OK);
    receive(victim.first, NULL, 0);

    (void)snprintf(name, sizeof name, "Cao Thị Hoạ Mi %u", (unsigned)victims);
    (void)client_put(&world, KIND_MEMBER, &victim.id, client_member(&world, name, "008", &branch));
    (void)client_seal(&world);
    victim.second = victim.first + 1;
    const struct client_verdict conflict = {.index = 0,
                                            .code = VERDICT_CONFLICT,
                                            .current = {{9}},
                                            .current_body = member_body("Cao Thị Vàng Anh")};
    receive(victim.second, &conflict, 1);
    (void)client_put(&world, KIND_MEMBER, &victim.id, client_member(&world, name, "009", &branch));
    collect_blobs(&victim);
    return victim;
}

static struct store_erasure erasure_of(const struct victim *victim, Dantin__Member *left)
{
    static char sex[] = "female";
    dantin__member__init(left);
    left->sex = sex;
    return (struct store_erasure){.act = {{(uint8_t)victims, 0xac}},
                                  .position = 100 + victims,
                                  .kind = KIND_MEMBER,
                                  .record = victim->id,
                                  .decision = bytes_of_text("12-QĐ/TU"),
                                  .message = left};
}

static enum err erase(const struct victim *victim)
{
    Dantin__Member left;
    const struct store_erasure erasure = erasure_of(victim, &left);
    enum err err = store_begin(world.store);
    err = err == ERR_OK ? store_erase(world.store, &erasure) : err;
    err = err == ERR_OK ? store_commit(world.store) : err;
    store_rollback(world.store);
    return err == ERR_OK ? store_scrub(world.store) : err;
}

/* Blobs of the person in the home's files as they are, open or not. */
static size_t blobs_left(const struct victim *victim)
{
    struct buf files;
    size_t left = 0;
    const struct dirent *entry = NULL;
    DIR *folder = opendir(world.folder);
    assert_non_null(folder);
    buf_init(&files, FILES_BYTES_MAX);
    while ((entry = readdir(folder)) != NULL) {
        char path[PLATFORM_PATH_BYTES_MAX];
        if (entry->d_name[0] != '.') {
            assert_int_equal(platform_path_join(world.folder, entry->d_name, path, sizeof path), ERR_OK);
            assert_int_equal(platform_file_read(path, &files), ERR_OK);
        }
    }
    (void)closedir(folder); /* it was only read */
    struct bytes all = buf_content(&files);
    for (size_t i = 0; i < victim->blob_count; i++) {
        left += memmem(all.at, all.len, victim->blobs[i].at, victim->blobs[i].len) != NULL;
    }
    buf_release(&files);
    return left;
}

static bool stop_at_refusal(void *context, const struct store_refusal *refusal)
{
    (void)refusal;
    *(bool *)context = true;
    return false;
}

static void check_payload(uint64_t sequence, const struct victim *victim, size_t *ret_erased)
{
    struct store_sealed sealed = {0};
    struct envelope envelope = {0};
    struct payload payload = {0};
    assert_int_equal(store_sealed_get(world.store, sequence, &world.arena, &sealed), ERR_OK);
    assert_int_equal(envelope_decode(sealed.envelope, &envelope), ERR_OK);
    assert_int_equal(payload_decode(sealed.payload_zstd, &world.arena, &payload), ERR_OK);
    assert_memory_equal(payload.hash.at, envelope.payload_hash.at, HASH_BYTES); /* what was signed */
    assert_int_equal(payload.change_count, sealed.item_count);
    for (size_t i = 0; i < payload.change_count; i++) {
        *ret_erased += payload.changes[i].at == NULL;
        assert_true(payload.changes[i].at == NULL ||
                    memmem(payload.changes[i].at, payload.changes[i].len, victim->id.at, ID_BYTES) == NULL);
    }
}

static void check_erased(const struct victim *victim)
{
    struct store_record record = client_get(&world, KIND_MEMBER, &victim->id);
    struct store_counts counts = {0};
    size_t erased = 0;
    size_t count = 0;
    struct id found = {{0}};
    bool is_listed = false;
    assert_int_equal(blobs_left(victim), 0);
    Dantin__Member left;
    (void)erasure_of(victim, &left);
    assert_true(bytes_equal(record.body, client_packed(&world, &left)));
    assert_false(record.has_open_change);
    assert_int_equal(record.refusal, VERDICT_APPLIED);
    check_payload(victim->first, victim, &erased);
    check_payload(victim->second, victim, &erased);
    assert_int_equal(erased, 2);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 0);
    assert_int_equal(counts.refused_open + counts.conflicts_open, 0); /* nothing of them wants mending */
    assert_int_equal(store_refusal_each(world.store, stop_at_refusal, &is_listed), ERR_OK);
    assert_false(is_listed);
    assert_int_equal(
        store_record_by_name(world.store, KIND_MEMBER, bytes_of_text("cao thi hoa mi"), &found, 1, &count),
        ERR_OK);
    assert_int_equal(count, 0);
}

static void check_untouched(const struct victim *victim)
{
    struct store_counts counts = {0};
    assert_int_equal(blobs_left(victim), victim->blob_count);
    assert_true(client_get(&world, KIND_MEMBER, &victim->id).has_open_change);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 1);
}

/* Content, names, edit, payloads, and what a conflict told: gone from every file, sealed or not; hashes and the others' data stay. */
static void store_erase__held_everywhere__nothing_left_and_all_verifies(void **state)
{
    (void)state;
    struct victim victim = make_victim();
    check_untouched(&victim);

    assert_int_equal(erase(&victim), ERR_OK);

    check_erased(&victim);
    client_world_reopen(&world);
    check_erased(&victim);
    assert_int_equal(erase(&victim), ERR_NOT_FOUND); /* told again: done already */
}

/* A submission with the person that was not sent yet gets its receipt like any other. */
static void store_erase__submission_not_sent__received_in_part_form(void **state)
{
    (void)state;
    struct victim victim = make_victim();
    client_put_members(&world, 2, &branch);
    (void)client_seal(&world); /* with the open edit of the person */
    uint64_t sequence = 0;
    struct hash hash = {{0}};
    size_t erased = 0;
    assert_int_equal(store_sealed_last(world.store, &sequence, &hash), ERR_OK);

    assert_int_equal(erase(&victim), ERR_OK);

    struct store_sealed sealed = {0};
    assert_int_equal(outbox_next(world.store, 0, sequence - 1, &world.arena, &sealed), ERR_OK);
    assert_int_equal(sealed.sequence, sequence);
    check_payload(sequence, &victim, &erased);
    assert_int_equal(erased, 1);
    const struct client_verdict refused = {.index = 0, .code = VERDICT_REFUSED, .rule = "ingest.erased"};
    receive(sequence, &refused, 1);
    check_erased(&victim);
}

/* A record nobody here holds is nobody's concern. */
static void store_erase__not_held__not_found(void **state)
{
    (void)state;
    const struct victim stranger = {.id = {{1, 2, 3}}};
    assert_int_equal(erase(&stranger), ERR_NOT_FOUND);
}

static void count_untold(void *context, const struct store_erasure *erasure)
{
    assert_true(bytes_equal(erasure->decision, bytes_of_text("12-QĐ/TU")));
    *(size_t *)context += 1;
}

/* A person at this PC is shown it once. */
static void store_erase__shown__not_again(void **state)
{
    (void)state;
    struct victim victim = make_victim();
    size_t count = 0;
    assert_int_equal(erase(&victim), ERR_OK);
    assert_int_equal(store_erasure_each_untold(world.store, count_untold, &count), ERR_OK);
    assert_int_equal(count, 1);

    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_erasures_set_told(world.store), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);

    assert_int_equal(store_erasure_each_untold(world.store, count_untold, &count), ERR_OK);
    assert_int_equal(count, 1);
}

static bool is_key_erased(const char *name)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    const void *member = client_member(&world, name, "009", &branch);
    bool is_any = false;
    for (size_t i = 0; i < MATCH_KEYS_MAX && schema->match_keys[i].fields[0] != NULL; i++) {
        struct bytes key = {0};
        bool is_erased = false;
        assert_int_equal(match_key_of(schema, member, i, &world.arena, &key), ERR_OK);
        if (key.at != NULL) {
            assert_int_equal(store_is_key_erased(world.store, KIND_MEMBER, i, key, &is_erased), ERR_OK);
        }
        is_any = is_any || is_erased;
    }
    return is_any;
}

/* That the person was erased is known by what they are found by; what they were found by is not there any more. */
static void store_erase__same_person_again__known_as_erased(void **state)
{
    (void)state;
    struct victim victim = make_victim();
    assert_false(is_key_erased("Cao Thị Hoạ Mi 1"));

    assert_int_equal(erase(&victim), ERR_OK);

    assert_true(is_key_erased("Cao Thị Hoạ Mi 1"));
    check_erased(&victim); /* the keys themselves are among what is gone */
}

/* What a person of the home edits of the record afterwards is an edit like any other, and may be refused like any other. */
static void store_erase__edited_afterwards__listed_again(void **state)
{
    (void)state;
    struct victim victim = make_victim();
    bool is_listed = false;
    assert_int_equal(erase(&victim), ERR_OK);
    (void)client_put(&world, KIND_MEMBER, &victim.id, client_member(&world, "Cao Thị Mới", "010", &branch));
    (void)client_seal(&world);
    const struct client_verdict refused = {.index = 0, .code = VERDICT_REFUSED, .rule = "ingest.erased"};
    receive(victim.second + 1, &refused, 1);

    assert_int_equal(store_refusal_each(world.store, stop_at_refusal, &is_listed), ERR_OK);
    assert_true(is_listed);
    assert_int_equal(client_get(&world, KIND_MEMBER, &victim.id).refusal, VERDICT_REFUSED);
}

/* The power goes at every step of blanking and of scrubbing: after the next opening either everything is gone, or nothing yet. */
static void store_erase__crash_at_every_step__all_or_nothing(void **state)
{
    (void)state;
    bool has_finished = false;
    bool is_needed = true;
    bool was_half_scrubbed = false;
    struct victim victim = {0};
    unsigned step = 0;
    while (!has_finished) {
        step++;
        assert_true(step < STEPS_MAX);
        if (is_needed) {
            client_world_close(&world);
            (void)setup(NULL);
            victim = make_victim();
        }
        store_close(world.store);
        world.store = NULL;

        pid_t child = fork();
        if (child == 0) {
            client_world_reopen(&world);
            fault_vfs_install();
            store_close(world.store);
            world.store = NULL;
            client_world_reopen(&world);
            fault_vfs_arm(step, FAULT_VFS_CRASH);
            (void)erase(&victim);
            store_close(world.store);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        has_finished = WEXITSTATUS(status) == 0;
        assert_true(has_finished || WEXITSTATUS(status) == FAULT_VFS_CRASH_STATUS);

        was_half_scrubbed = was_half_scrubbed || blobs_left(&victim) < victim.blob_count;
        client_world_reopen(&world);
        is_needed = !client_get(&world, KIND_MEMBER, &victim.id).has_open_change;
        if (is_needed) {
            check_erased(&victim);
        } else {
            check_untouched(&victim);
        }
        assert_true(is_needed || !has_finished);
    }
    assert_true(step > 5 && was_half_scrubbed);
}

/* The disk fails from the Nth step on: said, and with the disk well again nothing is half done. */
static void store_erase__disk_fails_at_every_step__all_or_nothing(void **state)
{
    (void)state;
    bool has_fired = true;
    bool is_needed = true;
    struct victim victim = {0};
    unsigned step = 0;
    fault_vfs_install();
    client_world_reopen(&world);
    while (has_fired) {
        step++;
        assert_true(step < STEPS_MAX);
        if (is_needed) {
            client_world_close(&world);
            (void)setup(NULL);
            victim = make_victim();
        }
        client_world_reopen(&world);

        fault_vfs_arm(step, FAULT_VFS_ERROR);
        enum err err = erase(&victim);
        has_fired = fault_vfs_has_fired();
        fault_vfs_arm(0, FAULT_VFS_ERROR);

        assert_int_equal(err, has_fired ? ERR_IO : ERR_OK);
        client_world_reopen(&world);
        is_needed = !client_get(&world, KIND_MEMBER, &victim.id).has_open_change;
        if (is_needed) {
            check_erased(&victim);
        } else {
            check_untouched(&victim);
        }
    }
    assert_true(step > 5);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(store_erase__held_everywhere__nothing_left_and_all_verifies),
        TEST(store_erase__submission_not_sent__received_in_part_form),
        TEST(store_erase__not_held__not_found),
        TEST(store_erase__shown__not_again),
        TEST(store_erase__same_person_again__known_as_erased),
        TEST(store_erase__edited_afterwards__listed_again),
        TEST(store_erase__crash_at_every_step__all_or_nothing),
        TEST(store_erase__disk_fails_at_every_step__all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
