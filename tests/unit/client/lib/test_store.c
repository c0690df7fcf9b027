/* The client's store: every function against a real file. */
#include "tests/lib/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/lib/platform.h"
#include "client/lib/store_setting.h"
#include "common/record/match.h"
#include "common/wire/message.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/client_world.h"

static struct client_world world;

static int setup(void **state)
{
    (void)state;
    client_world_open(&world);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_world_close(&world);
    return 0;
}

/* A store that was never made is not silently made empty: that would hide a wrong path. */
static void store_open__no_file__not_found(void **state)
{
    (void)state;
    char folder[FOLDER_PATH_BYTES];
    struct store *store = NULL;
    struct error error;
    folder_new(folder);

    assert_int_equal(store_open(folder, &world.owner, false, &store, &error), ERR_NOT_FOUND);
    assert_null(store);
    folder_remove(folder);
}

/* A file that is no database is told apart from a missing one. */
static void store_open__garbage__store_error(void **state)
{
    (void)state;
    char folder[FOLDER_PATH_BYTES];
    char path[PLATFORM_PATH_BYTES_MAX];
    struct store *store = NULL;
    struct error error;
    folder_new(folder);
    assert_int_equal(platform_path_join(folder, "store.db", path, sizeof path), ERR_OK);
    assert_int_equal(
        platform_file_replace(path, bytes_of_text("this is no database, though it is long enough to be read"),
                              true),
        ERR_OK);

    assert_int_equal(store_open(folder, &world.owner, false, &store, &error), ERR_STORE);
    assert_non_null(strstr(error.text, "store.db"));
    folder_remove(folder);
}

/* Two programs never hold the store at once; the lock goes with the process that held it. */
static void store_open__held_by_another_process__locked_until_it_dies(void **state)
{
    (void)state;
    char path[PLATFORM_PATH_BYTES_MAX];
    int ready[2];
    struct platform_lock *lock = NULL;
    char byte = 0;
    store_close(world.store);
    world.store = NULL;
    assert_int_equal(platform_path_join(world.folder, "lock", path, sizeof path), ERR_OK);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        struct error error;
        byte = store_open(world.folder, &world.owner, false, &store, &error) == ERR_OK ? 'y' : 'n';
        (void)!write(ready[1], &byte, 1); /* the parent sees what came */
        for (;;) {
            (void)pause();
        }
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');

    assert_int_equal(platform_lock_take(path, 0, &lock), ERR_LOCKED);
    assert_null(lock);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    client_world_reopen(&world);

    (void)close(ready[0]);
    (void)close(ready[1]);
}

/* Settings survive, and a missing one is told. */
static void store_setting__put_twice__newest_kept(void **state)
{
    (void)state;
    struct bytes value = {0};

    assert_int_equal(store_setting_get(world.store, "server", &world.arena, &value), ERR_NOT_FOUND);
    assert_int_equal(store_setting_put(world.store, "server", bytes_of_text("a:1")), ERR_OK);
    assert_int_equal(store_setting_put(world.store, "server", bytes_of_text("b:2")), ERR_OK);
    client_world_reopen(&world);

    assert_int_equal(store_setting_get(world.store, "server", &world.arena, &value), ERR_OK);
    assert_true(bytes_equal(value, bytes_of_text("b:2")));
}

/* Ids never repeat: not after reopening, not when a drawing transaction was rolled back and its ids thrown
 * away. */
static void store_draw_id__many_runs__prefix_stays_counter_grows(void **state)
{
    (void)state;
    struct id last = {0};
    struct id drawn = {0};
    for (int run = 0; run < 5; run++) {
        assert_int_equal(store_begin(world.store), ERR_OK);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(store_draw_id(world.store, &drawn), ERR_OK);
            if (!id_is_none(&last)) {
                assert_memory_equal(drawn.at, last.at, 8);
                assert_true(memcmp(drawn.at, last.at, ID_BYTES) > 0);
            }
            last = drawn;
        }
        assert_int_equal(store_commit(world.store), ERR_OK);
        client_world_reopen(&world);
    }
}

/* What was put is what is found, by id, match key, code, exact name and words. */
static void store_record__put__found_every_way(void **state)
{
    (void)state;
    struct id branch =
        client_put(&world, KIND_BRANCH, NULL, client_branch(&world, "Chi bộ thôn Đông", "CB-1", NULL));
    void *member = client_member(&world, "Nguyễn Văn Đạt", "000123", &branch);
    struct id id = client_put(&world, KIND_MEMBER, NULL, member);
    struct bytes key = {0};
    struct id ids[4];
    size_t count = 0;

    struct store_record record = client_get(&world, KIND_MEMBER, &id);
    assert_true(record.has_open_change);
    assert_true(id_is_none(&record.base));
    assert_int_equal(record.refusal, VERDICT_APPLIED);
    assert_int_equal(match_key_of(schema_of(KIND_MEMBER), member, 0, &world.arena, &key), ERR_OK);
    assert_int_equal(store_record_match(world.store, KIND_MEMBER, 0, key, ids, 4, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(id_equal(&ids[0], &id));
    assert_int_equal(store_record_by_code(world.store, KIND_BRANCH, bytes_of_text("CB-1"), ids, 4, &count),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_true(id_equal(&ids[0], &branch));
    assert_int_equal(
        store_record_by_name(world.store, KIND_BRANCH, bytes_of_text("chi bo thon dong"), ids, 4, &count),
        ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store_record_by_code(world.store, KIND_BRANCH, bytes_of_text("CB-2"), ids, 4, &count),
                     ERR_OK);
    assert_int_equal(count, 0);
}

/* A changed record is found under its new keys only, and a removed one under none. */
static void store_record__changed_then_removed__keys_follow(void **state)
{
    (void)state;
    struct id branch = client_id(1);
    void *before = client_member(&world, "Nguyễn Văn Đạt", "000123", &branch);
    void *after = client_member(&world, "Nguyễn Văn Đạt", "000456", &branch);
    struct id id = client_put(&world, KIND_MEMBER, NULL, before);
    struct bytes old_key = {0};
    struct bytes new_key = {0};
    size_t count = 9;
    assert_int_equal(match_key_of(schema_of(KIND_MEMBER), before, 0, &world.arena, &old_key), ERR_OK);
    assert_int_equal(match_key_of(schema_of(KIND_MEMBER), after, 0, &world.arena, &new_key), ERR_OK);

    (void)client_put(&world, KIND_MEMBER, &id, after);
    assert_int_equal(store_record_match(world.store, KIND_MEMBER, 0, old_key, NULL, 0, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_record_match(world.store, KIND_MEMBER, 0, new_key, NULL, 0, &count), ERR_OK);
    assert_int_equal(count, 1);
    (void)client_put(&world, KIND_MEMBER, &id, NULL);
    assert_int_equal(store_record_match(world.store, KIND_MEMBER, 0, new_key, NULL, 0, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_null(client_get(&world, KIND_MEMBER, &id).body.at);
}

static bool count_hit(void *context, const struct store_record *record)
{
    size_t *count = context;
    assert_non_null(record->body.at);
    (*count)++;
    return true;
}

/* A search needs every word to begin a word of the name, in any order, and keeps to its limit. */
static void store_record_search__words__prefixes_in_any_order(void **state)
{
    (void)state;
    struct id branch = client_id(1);
    (void)client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Nguyễn Văn Đạt", "1", &branch));
    (void)client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Nguyễn Thị Đào", "2", &branch));
    (void)client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Trần Văn Nguyên", "3", &branch));
    static const struct {
        const char *words;
        size_t limit;
        size_t expected;
    } cases[] = {{"nguyen", 9, 3}, {"da nguyen", 9, 2}, {"dat", 9, 1},    {"van", 9, 2},
                 {"an", 9, 0},     {"", 9, 0},          {"nguyen", 2, 2}, {"nguyen van tran", 9, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = 0;
        assert_int_equal(store_record_search(world.store, KIND_MEMBER, bytes_of_text(cases[i].words),
                                             cases[i].limit, count_hit, &count),
                         ERR_OK);
        assert_int_equal(count, cases[i].expected);
    }
}

static bool put_again(void *context, const struct store_record *record)
{
    struct id branch = client_id(1);
    struct store_put put = {.kind = KIND_MEMBER,
                            .record = record->record,
                            .message = client_member(&world, "Lê Mới", "7", &branch),
                            .origin = RECORD_OWN};
    size_t *count = context;
    (*count)++;
    assert_int_equal(store_record_put(world.store, &put), ERR_OK);
    return *count < 2;
}

/* The walk may change what it walks over, and stops when told. */
static void store_record_each__callback_puts__walk_goes_on(void **state)
{
    (void)state;
    struct id branch = client_id(1);
    size_t count = 0;
    client_put_members(&world, 3, &branch);

    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_record_each(world.store, KIND_MEMBER, put_again, &count), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);

    assert_int_equal(count, 2);
}

/* Reference data make no work for the outbox, and an edit of them does. */
static void store_record_put__reference__no_open_change(void **state)
{
    (void)state;
    struct store_counts counts = {0};
    struct id id = client_id(5);
    struct store_put put = {.kind = KIND_BRANCH,
                            .record = id,
                            .message = client_branch(&world, "Đảng bộ huyện Ba Tơ", "535", NULL),
                            .origin = RECORD_REFERENCE};

    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_record_put(world.store, &put), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);
    assert_false(client_get(&world, KIND_BRANCH, &id).has_open_change);
    assert_int_equal(client_get(&world, KIND_BRANCH, &id).origin, RECORD_REFERENCE);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 0);
    (void)client_put(&world, KIND_BRANCH, &id, client_branch(&world, "Đảng bộ huyện Ba Tơ", "535", NULL));

    assert_int_equal(client_get(&world, KIND_BRANCH, &id).origin, RECORD_OWN);
    assert_true(client_get(&world, KIND_BRANCH, &id).has_open_change);
}

/* What was never offered and is removed again is nobody's business: no removal that could only be refused. */
static void store_record_put__removed_before_sealing__nothing_to_tell(void **state)
{
    (void)state;
    struct id branch = client_id(1);
    struct store_counts counts = {0};
    struct id id = client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Lê Thị Nhầm", "9", &branch));

    (void)client_put(&world, KIND_MEMBER, &id, NULL);

    assert_false(client_get(&world, KIND_MEMBER, &id).has_open_change);
    assert_int_equal(store_counts(world.store, &counts), ERR_OK);
    assert_int_equal(counts.open_changes, 0);
    assert_int_equal(counts.records, 0);
}

struct order {
    struct id ids[16];
    size_t count;
};

static bool note_order(void *context, const struct store_open_change *change)
{
    struct order *order = context;
    order->ids[order->count++] = change->record;
    return true;
}

/* The server judges in list order: whatever is referred to comes first, whatever the order of typing;
 * removals last. */
static void store_open_change_each__typed_upside_down__parents_first(void **state)
{
    (void)state;
    struct id top = client_id(30);
    struct id middle = client_id(20);
    struct id cell = client_id(10);
    struct id gone = client_id(5);
    (void)client_put(&world, KIND_BRANCH, &gone, client_branch(&world, "Chi bộ cũ", NULL, &top));
    (void)client_seal(&world);
    struct id member = client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Lê A", "1", &cell));
    struct order order = {0};
    (void)client_put(&world, KIND_BRANCH, &gone, NULL);
    (void)client_put(&world, KIND_BRANCH, &cell, client_branch(&world, "Chi bộ", NULL, &middle));
    (void)client_put(&world, KIND_BRANCH, &middle, client_branch(&world, "Đảng bộ xã", NULL, &top));
    (void)client_put(&world, KIND_BRANCH, &top, client_branch(&world, "Đảng bộ huyện", NULL, NULL));

    assert_int_equal(store_open_change_each(world.store, note_order, &order), ERR_OK);

    assert_int_equal(order.count, 5);
    assert_true(id_equal(&order.ids[0], &top));
    assert_true(id_equal(&order.ids[1], &middle));
    assert_true(id_equal(&order.ids[2], &cell));
    assert_true(id_equal(&order.ids[3], &member));
    assert_true(id_equal(&order.ids[4], &gone));
}

/* The server refuses to remove what is referred to: members go first, then branches from the leaves up, whatever
 * the order of typing. */
static void store_open_change_each__removals__children_first(void **state)
{
    (void)state;
    struct id top = client_id(10);
    struct id middle = client_id(20);
    struct id cell = client_id(5);
    (void)client_put(&world, KIND_BRANCH, &top, client_branch(&world, "Đảng bộ huyện", NULL, NULL));
    (void)client_put(&world, KIND_BRANCH, &middle, client_branch(&world, "Đảng bộ xã", NULL, &top));
    (void)client_put(&world, KIND_BRANCH, &cell, client_branch(&world, "Chi bộ", NULL, &middle));
    struct id member = client_put(&world, KIND_MEMBER, NULL, client_member(&world, "Lê A", "1", &cell));
    (void)client_seal(&world);
    struct order order = {0};
    (void)client_put(&world, KIND_BRANCH, &top, NULL);
    (void)client_put(&world, KIND_BRANCH, &middle, NULL);
    (void)client_put(&world, KIND_BRANCH, &cell, NULL);
    (void)client_put(&world, KIND_MEMBER, &member, NULL);

    assert_int_equal(store_open_change_each(world.store, note_order, &order), ERR_OK);

    assert_int_equal(order.count, 4);
    assert_true(id_equal(&order.ids[0], &member));
    assert_true(id_equal(&order.ids[1], &cell));
    assert_true(id_equal(&order.ids[2], &middle));
    assert_true(id_equal(&order.ids[3], &top));
}

/* Two branches under each other (a ring) still come out once each: the server refuses them, we do not hang.
 */
static void store_open_change_each__ring_of_parents__ends(void **state)
{
    (void)state;
    struct id a = client_id(1);
    struct id b = client_id(2);
    struct order order = {0};
    (void)client_put(&world, KIND_BRANCH, &a, client_branch(&world, "A", NULL, &b));
    (void)client_put(&world, KIND_BRANCH, &b, client_branch(&world, "B", NULL, &a));

    assert_int_equal(store_open_change_each(world.store, note_order, &order), ERR_OK);

    assert_int_equal(order.count, 2);
}

static bool keep_change(void *context, const struct store_open_change *change)
{
    struct bytes *kept = context;
    *kept = arena_copy(&world.arena, change->change);
    return true;
}

/* The change that will be sealed holds exactly what was put: body, reasons, first load, and no base when it
 * is new. */
static void store_open_change__reasons_and_first_load__travel(void **state)
{
    (void)state;
    const char *rules[] = {"member.age_at_admission", "member.other"};
    const char *texts[] = {"Có quyết định riêng", "Lý do"};
    struct id branch = client_id(1);
    struct store_put put = {.kind = KIND_MEMBER,
                            .record = client_id(2),
                            .message = client_member(&world, "Lê A", "1", &branch),
                            .is_first_load = true,
                            .reason_rules = rules,
                            .reason_texts = texts,
                            .reason_count = 2,
                            .origin = RECORD_OWN};
    struct bytes packed = {0};
    Dantin__Change *change = NULL;
    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_record_put(world.store, &put), ERR_OK);
    assert_int_equal(store_commit(world.store), ERR_OK);

    assert_int_equal(store_open_change_each(world.store, keep_change, &packed), ERR_OK);

    assert_int_equal(message_unpack(&dantin__change__descriptor, packed, false, &world.arena, &change),
                     ERR_OK);
    assert_int_equal(change->kind, KIND_MEMBER);
    assert_memory_equal(change->record.data, put.record.at, ID_BYTES);
    assert_false(change->has_base_version);
    assert_false(change->has_removal);
    assert_true(change->first_load);
    assert_int_equal(change->n_reason, 2);
    assert_string_equal(change->reason[1]->rule, "member.other");
    assert_true(bytes_equal(bytes_of(change->body.data, change->body.len),
                            client_get(&world, KIND_MEMBER, &put.record).body));
}

/* Limits are ours to keep: a reason past its length is refused here, not by the server. */
static void store_record_put__reason_too_long__too_big(void **state)
{
    (void)state;
    char text[SCHEMA_TEXT_BYTES_MAX + 2];
    const char *rules[] = {"member.other"};
    const char *texts[] = {text};
    struct id branch = client_id(1);
    struct store_put put = {.kind = KIND_MEMBER,
                            .record = client_id(2),
                            .message = client_member(&world, "Lê A", "1", &branch),
                            .reason_rules = rules,
                            .reason_texts = texts,
                            .reason_count = 1,
                            .origin = RECORD_OWN};
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';

    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_record_put(world.store, &put), ERR_TOO_BIG);
    store_rollback(world.store);
}

/* Everything of a transaction that was not committed is gone. */
static void store_rollback__after_put__nothing_there(void **state)
{
    (void)state;
    struct id branch = client_id(1);
    struct store_record record = {0};
    struct store_put put = {.kind = KIND_MEMBER,
                            .record = client_id(2),
                            .message = client_member(&world, "Lê A", "1", &branch),
                            .origin = RECORD_OWN};
    assert_int_equal(store_begin(world.store), ERR_OK);
    assert_int_equal(store_record_put(world.store, &put), ERR_OK);

    store_rollback(world.store);

    assert_int_equal(store_record_get(world.store, KIND_MEMBER, &put.record, &world.arena, &record),
                     ERR_NOT_FOUND);
}

/* A sound store passes; one with a torn page does not. */
static void store_check__torn_page__store_error(void **state)
{
    (void)state;
    char path[PLATFORM_PATH_BYTES_MAX];
    struct buf content;
    struct error error;
    struct id branch = client_id(1);
    client_put_members(&world, 200, &branch);
    assert_int_equal(store_check(world.store), ERR_OK);
    store_close(world.store);
    world.store = NULL;
    buf_init(&content, 16 << 20);
    assert_int_equal(platform_path_join(world.folder, "store.db", path, sizeof path), ERR_OK);
    assert_int_equal(platform_file_read(path, &content), ERR_OK);
    memset(content.at + content.start + content.len / 2, 0x5a, 4096);
    assert_int_equal(platform_file_replace(path, buf_content(&content), true), ERR_OK);
    buf_release(&content);

    assert_int_equal(store_open(world.folder, &world.owner, false, &world.store, &error), ERR_OK);
    assert_int_equal(store_check(world.store), ERR_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_open__no_file__not_found),
        cmocka_unit_test(store_open__garbage__store_error),
        cmocka_unit_test_setup_teardown(store_open__held_by_another_process__locked_until_it_dies, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(store_setting__put_twice__newest_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(store_draw_id__many_runs__prefix_stays_counter_grows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(store_record__put__found_every_way, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record__changed_then_removed__keys_follow, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record_search__words__prefixes_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record_each__callback_puts__walk_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record_put__reference__no_open_change, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record_put__removed_before_sealing__nothing_to_tell, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(store_open_change_each__typed_upside_down__parents_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(store_open_change_each__removals__children_first, setup, teardown),
        cmocka_unit_test_setup_teardown(store_open_change_each__ring_of_parents__ends, setup, teardown),
        cmocka_unit_test_setup_teardown(store_open_change__reasons_and_first_load__travel, setup, teardown),
        cmocka_unit_test_setup_teardown(store_record_put__reason_too_long__too_big, setup, teardown),
        cmocka_unit_test_setup_teardown(store_rollback__after_put__nothing_there, setup, teardown),
        cmocka_unit_test_setup_teardown(store_check__torn_page__store_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
