/* The store of a home: nothing in its files is readable, nothing opens elsewhere than where it was put, and its persons share the
 * records but not their submissions. */
#include "client/lib/store.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/lib/platform.h"
#include "client/lib/store_setting.h"
#include "tests/lib/client_world.h"
#include "tests/lib/test.h"

static struct client_world world;
static struct store_owner other; /* another person of the home */

enum { FILES_BYTES_MAX = 64 << 20 };

static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    other = world.owner;
    other.device.at[0] ^= 1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_world_close(&world);
    return 0;
}

/* The store as this owner has it. */
static void reopen_as(const struct store_owner *owner)
{
    struct error error;
    store_close(world.store);
    world.store = NULL;
    assert_int_equal(store_open(world.folder, owner, false, &world.store, &error), ERR_OK);
}

static enum err seal_as(const struct store_owner *owner, struct outbox_sealed *ret_sealed)
{
    struct outbox_signer signer = {.key = world.device_key, .device = owner->device};
    return outbox_seal(world.store, &signer, NULL, NULL, ret_sealed);
}

/* Every file of the home, while it is open: the database, its log, the lock. */
static void read_files(struct buf *out)
{
    DIR *folder = opendir(world.folder);
    assert_non_null(folder);
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char path[PLATFORM_PATH_BYTES_MAX];
        if (entry->d_name[0] != '.') {
            assert_int_equal(platform_path_join(world.folder, entry->d_name, path, sizeof path), ERR_OK);
            assert_int_equal(platform_file_read(path, out), ERR_OK);
        }
    }
    (void)closedir(folder);
}

static size_t times_found(struct bytes in, const char *text)
{
    size_t count = 0;
    size_t len = strlen(text);
    for (const uint8_t *at = in.at; (at = memmem(at, in.len - (size_t)(at - in.at), text, len)) != NULL;
         at++) {
        count++;
    }
    return count;
}

/* The file, behind the store's back. */
static sqlite3 *open_file(void)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    sqlite3 *db = NULL;
    assert_int_equal(platform_path_join(world.folder, "store.db", path, sizeof path), ERR_OK);
    store_close(world.store);
    world.store = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static void close_file(sqlite3 *db)
{
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    reopen_as(&world.owner);
}

static void swap_bodies(void)
{
    sqlite3 *db = open_file();
    assert_int_equal(
        sqlite3_exec(db,
                     "CREATE TEMP TABLE o AS SELECT number, body FROM record;"
                     "UPDATE record SET body = (SELECT body FROM o WHERE o.number = 3 - record.number)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    close_file(db);
}

/* Change one bit of a column of row 1. */
static void flip_bit(const char *table, const char *column, int offset)
{
    sqlite3 *db = open_file();
    sqlite3_blob *blob = NULL;
    uint8_t byte = 0;
    assert_int_equal(sqlite3_blob_open(db, "main", table, column, 1, 1, &blob), SQLITE_OK);
    assert_int_equal(sqlite3_blob_read(blob, &byte, 1, offset), SQLITE_OK);
    byte ^= 1;
    assert_int_equal(sqlite3_blob_write(blob, &byte, 1, offset), SQLITE_OK);
    assert_int_equal(sqlite3_blob_close(blob), SQLITE_OK);
    close_file(db);
}

/* Names, numbers, codes, reasons, what the province answered: none of it stands in any file of the home, at no time. */
static void store__canaries_through_everything__in_no_file(void **state)
{
    (void)state;
    static const char *const canaries[] = {"Bạch Tuyết",  "bach tuyet",     "Tuyết",          "tuyet",
                                           "CANARY-7351", "MA-7351",        "chi bo hoa mai", "Hoa Mai",
                                           "lý do mật",   "clerk-role-7351"};
    static const char *const rule = "member.official_date";
    static const char *const reason = "lý do mật";
    struct buf files;
    struct id epoch = client_id(9);
    struct outbox_outcome outcome;
    struct client_verdict conflict = {.code = VERDICT_CONFLICT, .current = client_id(77)};
    struct id branch =
        client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Chi bộ Hoa Mai", "MA-7351", NULL));
    struct store_put put = {.kind = KIND_MEMBER,
                            .message = client_member(&world, "Bạch Tuyết", "CANARY-7351", &branch),
                            .reason_rules = &rule,
                            .reason_texts = &reason,
                            .reason_count = 1,
                            .origin = RECORD_OWN};
    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_draw_id(world.store, &put.record), ERR_OK);
    assert_int_equal(store_record_put(world.store, &put), ERR_OK);
    assert_int_equal(store_setting_put(world.store, SETTING_ROLE, bytes_of_text("clerk-role-7351")), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);
    buf_init(&files, FILES_BYTES_MAX);
    read_files(&files);
    (void)client_seal(&world);
    conflict.index = 1;
    conflict.current_body = client_packed(&world, put.message);
    struct bytes receipt = client_receipt(&world, &epoch, 3, 1, &conflict, 1, CLIENT_SOUND);
    assert_int_equal(outbox_on_receipt(world.store, receipt, world.receipt_verify, &outcome), ERR_OK);
    assert_int_equal(outcome.conflicts, 1);

    read_files(&files);
    client_world_reopen(&world);
    read_files(&files);

    for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
        assert_int_equal(times_found(buf_content(&files), canaries[i]), 0);
    }
    assert_true(times_found(buf_content(&files), "SQLite format 3") >
                0); /* it has looked at the right files */
    struct store_record found = client_get(&world, KIND_MEMBER, &put.record);
    assert_true(times_found(found.body, "Bạch Tuyết") > 0);
    buf_release(&files);
}

/* Without the home's key the store does not open, and says so before anything else is tried. */
static void store_open__other_key__sealed(void **state)
{
    (void)state;
    struct store *store = NULL;
    struct error error;
    struct store_owner stranger = world.owner;
    stranger.key[31] ^= 1;
    store_close(world.store);
    world.store = NULL;

    assert_int_equal(store_open(world.folder, &stranger, false, &store, &error), ERR_SEALED);

    assert_null(store);
    client_world_reopen(&world);
}

/* What was put for one record is not taken for another, whoever edits the file. */
static void store_record_get__bodies_swapped__store(void **state)
{
    (void)state;
    struct store_record record;
    struct id first = client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Một", "1", NULL));
    struct id second = client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Hai", "2", NULL));

    swap_bodies();

    assert_int_equal(store_record_get(world.store, KIND_BRANCH, &first, &world.arena, &record), ERR_STORE);
    assert_int_equal(store_record_get(world.store, KIND_BRANCH, &second, &world.arena, &record), ERR_STORE);
    swap_bodies();
    assert_int_equal(store_record_get(world.store, KIND_BRANCH, &first, &world.arena, &record), ERR_OK);
}

/* A changed bit is damage, wherever it is. */
static void store__changed_bit__store(void **state)
{
    (void)state;
    struct store_sealed sealed;
    struct outbox_sealed made;
    struct id branch = client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Một", "1", NULL));
    flip_bit("open_change", "tail", 20);
    assert_int_equal(seal_as(&world.owner, &made), ERR_STORE);
    (void)client_put(&world, KIND_BRANCH, &branch, client_branch(&world, "Một", "1", NULL));
    assert_int_equal(seal_as(&world.owner, &made), ERR_OK);

    flip_bit("sealed", "payload_zstd", 0);

    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &sealed), ERR_STORE);
}

/* Each person of a home has a sequence, a chain, receipts and settings of their own; records and their look-up are the home's. */
static void store__two_persons__records_shared_submissions_not(void **state)
{
    (void)state;
    struct store_counts counts;
    struct store_sealed sealed;
    struct outbox_sealed made;
    struct bytes value;
    struct id ids[2];
    size_t count = 0;
    struct id branch = client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Một", "M1", NULL));
    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_setting_put(world.store, SETTING_ROLE, bytes_of_text("clerk")), ERR_OK);
    assert_int_equal(store_setting_put(world.store, SETTING_SCHEMA_VERSION, bytes_of("\0\0\0\1", 4)), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);

    reopen_as(&other);

    struct hash device = store_device(world.store);
    assert_true(hash_equal(&device, &other.device));
    assert_int_equal(store_record_by_code(world.store, KIND_BRANCH, bytes_of_text("M1"), ids, 2, &count),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_true(id_equal(&ids[0], &branch));
    assert_int_equal(store_setting_get(world.store, SETTING_ROLE, &world.arena, &value), ERR_NOT_FOUND);
    assert_int_equal(store_setting_get(world.store, SETTING_SCHEMA_VERSION, &world.arena, &value), ERR_OK);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.records, 1);
    assert_int_equal(counts.open_changes, 0); /* the other's to seal */
    (void)client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Hai", "M2", NULL));
    assert_int_equal(seal_as(&other, &made), ERR_OK);
    assert_int_equal(made.changes, 1);
    reopen_as(&world.owner);
    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &sealed), ERR_NOT_FOUND);
    assert_int_equal(seal_as(&world.owner, &made), ERR_OK);
    assert_int_equal(made.changes, 1);
    assert_int_equal(store_sealed_get(world.store, 1, &world.arena, &sealed), ERR_OK);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.sealed_waiting, 1);
}

/* An edit of what somebody else here has sealed waits until the province has it: its base would be unknown there. */
static void outbox_seal__edit_of_anothers_unsent_change__waits_for_its_receipt(void **state)
{
    (void)state;
    struct outbox_sealed made = {0};
    struct outbox_outcome outcome;
    struct store_counts counts;
    struct id epoch = client_id(9);
    struct id branch = client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Một", "M1", NULL));
    (void)client_seal(&world);
    struct bytes receipt = client_receipt(&world, &epoch, 3, 1, NULL, 0, CLIENT_SOUND);
    reopen_as(&other);
    (void)client_put(&world, KIND_BRANCH, &branch, client_branch(&world, "Một mới", "M1", NULL));

    assert_int_equal(seal_as(&other, &made), ERR_OK);

    assert_int_equal(made.changes, 0);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 1);
    reopen_as(&world.owner);
    assert_int_equal(outbox_on_receipt(world.store, receipt, world.receipt_verify, &outcome), ERR_OK);
    reopen_as(&other);
    assert_int_equal(seal_as(&other, &made), ERR_OK);
    assert_int_equal(made.changes, 1);
    struct store_record record = client_get(&world, KIND_BRANCH, &branch);
    assert_false(record.has_open_change);
}

static bool keep_waiting(void *context, const struct store_waiting *waiting)
{
    struct store_waiting *kept = context;
    *kept = *waiting;
    kept->change = arena_copy(&world.arena, waiting->change);
    return false;
}

/* The second person at the same PC reads what waits for them, as it was sealed by the first. */
static void store_waiting_each__another_person__reads_what_was_sealed(void **state)
{
    (void)state;
    struct outbox_outcome outcome;
    struct store_waiting waiting = {0};
    struct id epoch = client_id(9);
    struct client_verdict verdict = {.code = VERDICT_WAITING};
    struct id branch =
        client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Chi bộ Hoa Mai", "M1", NULL));
    (void)client_seal(&world);
    struct id version = client_version(&world, 1, 0);
    struct bytes receipt = client_receipt(&world, &epoch, 3, 1, &verdict, 1, CLIENT_SOUND);
    assert_int_equal(outbox_on_receipt(world.store, receipt, world.receipt_verify, &outcome), ERR_OK);

    reopen_as(&other);
    assert_int_equal(store_waiting_each(world.store, keep_waiting, &waiting), ERR_OK);

    assert_true(hash_equal(&waiting.device, &world.owner.device));
    assert_int_equal(waiting.sequence, 1);
    assert_true(id_equal(&waiting.record, &branch));
    assert_true(id_equal(&waiting.version, &version));
    assert_int_equal(times_found(waiting.change, "Chi bộ Hoa Mai"), 1);
    assert_false(hash_is_none(&waiting.change_hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store__canaries_through_everything__in_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(store_open__other_key__sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record_get__bodies_swapped__store, setup, teardown),
        cmocka_unit_test_setup_teardown(store__changed_bit__store, setup, teardown),
        cmocka_unit_test_setup_teardown(store__two_persons__records_shared_submissions_not, setup, teardown),
        cmocka_unit_test_setup_teardown(store_waiting_each__another_person__reads_what_was_sealed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(outbox_seal__edit_of_anothers_unsent_change__waits_for_its_receipt,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
