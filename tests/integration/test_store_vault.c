/* What the database holds sealed, by the real store. */

#include <protobuf-c/protobuf-c.h>

#include "server/store/vault.h"
#include "tests/integration/lib/store_tests.h"
#include "tests/lib/record_text.h"

enum { DEVICE = 0x11, DISTRICT = 0xd1 };

static int begin(void **state)
{
    (void)state;
    struct id district = fixture_id(DISTRICT);
    fixture_clear(&fixture);
    fixture_add_device(&fixture, DEVICE, &district, false);
    return 0;
}

static struct store_version member(const char *card_number)
{
    const char *const texts[][2] = {
        {"name", "Phạm Thị Bé"}, {"card_number", card_number}, {"sex", "nu"}, {NULL, NULL}};
    struct store_version made = {.schema = schema_of(KIND_MEMBER),
                                 .record = fixture_id(0x41),
                                 .version = fixture_id(0xa1),
                                 .message = record_from_texts(schema_of(KIND_MEMBER), &fixture.arena, texts)};
    return made;
}

/* The database never has a number or a payload as it is; a number's blind index finds it; who holds the master key opens them. */
static void store_group_commit__numbers_and_payload__sealed(void **state)
{
    (void)state;
    struct store_version version = member("51012345");
    struct fixture_submission submission = {.device = DEVICE,
                                            .sequence = 1,
                                            .payload = bytes_of_text("payload 51012345"),
                                            .versions = &version,
                                            .version_count = 1};
    assert_int_equal(fixture_submit(&fixture, &submission, 1), ERR_OK);

    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.member m, dantin.journal j where"
                                           " (m::text || j::text) ~ '3531303132333435|51012345'"),
                        "0");
    assert_string_equal(pg_ask(fixture.pg, "select card_number_blind = (select card_number_blind from"
                                           " dantin.member_version) and octet_length(card_number_blind) = 16"
                                           " from dantin.member"),
                        "t");
    assert_string_equal(pg_ask(fixture.pg, "select k.number = get_byte(m.card_number, 3) + 256 *"
                                           " get_byte(m.card_number, 2) and k.sender = d.sender from"
                                           " dantin.data_key k, dantin.member m, dantin.device d"),
                        "t");
    uint8_t sealed[128];
    uint8_t plain[128];
    struct store_entry entry;
    fixture_entry(&submission, 0, &entry);
    const char *hex = pg_ask(fixture.pg, "select encode(payload, 'hex') from dantin.journal");
    struct bytes view = bytes_of(sealed, strlen(hex) / 2);
    assert_int_equal(hex_decode(hex, sealed, view.len), ERR_OK);
    struct vault_place place = vault_place_of_payload(&entry.envelope_hash);
    fixture_load_keys(&fixture);
    assert_int_equal(vault_open(fixture.vault, &place, view, plain), ERR_OK);
    assert_memory_equal(plain, "payload 51012345", vault_plain_bytes(view));
}

/* A server that was just started, or has forgotten keys, asks the database for those it needs. */
static void store_find_bodies__keys_not_at_hand__asked_for(void **state)
{
    (void)state;
    struct id sender = fixture_id(0x77);
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
    struct store_version version = member("51012345");
    struct store_record_key key = {KIND_MEMBER, fixture_id(0x41), {{0}}};
    struct fixture_submission submission = {
        .device = DEVICE, .sequence = 1, .versions = &version, .version_count = 1};
    assert_int_equal(fixture_submit(&fixture, &submission, 1), ERR_OK);
    for (uint32_t number = 1 << 24; number < (1 << 24) + VAULT_KEYS_MAX; number++) {
        assert_int_equal(vault_make_key(fixture.vault, number, &sender, wrapped), ERR_OK);
    }
    vault_trim(fixture.vault);

    assert_int_equal(fixture_find_bodies(&fixture, &key, 1), ERR_OK);

    size_t len = protobuf_c_message_get_packed_size(version.message);
    assert_int_equal(fixture.bodies[0].len, len);
    (void)pg_ask(fixture.pg, "delete from dantin.data_key");
    for (uint32_t number = 1 << 24; number < (1 << 24) + VAULT_KEYS_MAX; number++) {
        assert_int_equal(vault_make_key(fixture.vault, number, &sender, wrapped), ERR_OK);
    }
    vault_trim(fixture.vault);
    assert_int_equal(fixture_find_bodies(&fixture, &key, 1), ERR_DATABASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(store_group_commit__numbers_and_payload__sealed, begin),
        cmocka_unit_test_setup(store_find_bodies__keys_not_at_hand__asked_for, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
