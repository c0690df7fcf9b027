/* Tickets and keys in the real database: what becomes of a key that asks, and when a ticket is worth nothing any more. The model
 * of the unit tests (tests/lib/model_enrol.c) says the same. */
#include <stdio.h>
#include <string.h>

#include "tests/integration/lib/store_tests.h"

enum { DEVICE = 0x11, DISTRICT = 0xd1, TICKET = 7, OTHER_TICKET = 8, WRONG_CODES_MAX = 5 };

struct asked {
    bool is_done;
    enum err err;
    enum store_enrolment answer;
};

static int begin(void **state)
{
    struct id district = fixture_id(DISTRICT);
    (void)state;
    fixture_clear(&fixture);
    fixture_add_device(&fixture, DEVICE, &district, false);
    (void)pg_ask(
        fixture.pg,
        "insert into dantin.operator (name, public_key, has_ended) values"
        " ('an', decode(repeat('a1', 32), 'hex'), false), ('binh', decode(repeat('b1', 32), 'hex'), false);"
        "insert into dantin.ticket (number, code_hash, sender, role, is_province, may_see_exact, made_by, "
        "expires_at)"
        " select n, decode(repeat(code, 32), 'hex'), gen_random_uuid(), 'clerk', false, false, 'an', now() + "
        "interval '1 day'"
        " from (values (7, 'c7'), (8, 'c8')) v (n, code)");
    return 0;
}

static void on_answer(void *context, enum err err, enum store_enrolment answer)
{
    struct asked *asked = context;
    *asked = (struct asked){true, err, answer};
}

/* code, key: each byte of it. */
static enum store_enrolment ask(uint32_t ticket, uint8_t code, uint8_t key)
{
    struct asked asked = {0};
    struct store_enrolment_request request = {
        .ticket = ticket, .code_hash = fixture_hash(code), .valid_until_s = 2000000000};
    memset(request.public_key, key, sizeof request.public_key);
    store_enrol(fixture.store, &request, on_answer, &asked);
    fixture_wait(&fixture, &asked.is_done);
    assert_int_equal(asked.err, ERR_OK);
    return asked.answer;
}

static void decide(const char *state, const char *when)
{
    char sql[256];
    (void)snprintf(
        sql, sizeof sql,
        "update dantin.enrolment set state = '%s', decided_by = 'binh', decided_at = now() - interval '%s'",
        state, when);
    (void)pg_ask(fixture.pg, sql);
}

/* The first key that comes with the code uses the ticket up; it asks again as often as it likes. */
static void store_enrol__right_code__pending_for_the_first_key(void **state)
{
    (void)state;
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_PENDING);
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_PENDING);
    assert_int_equal(ask(TICKET, 0xc7, 0x22), STORE_ENROLMENT_USED);
    assert_int_equal(ask(99, 0xc7, 0x22), STORE_ENROLMENT_UNKNOWN);
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.enrolment"), "1");
}

/* Five wrong codes lock the ticket, for the right code too and for ever; the fifth is still judged, and another ticket is not
 * touched. A wrong code looks like no ticket. */
static void store_enrol__five_wrong_codes__locked(void **state)
{
    (void)state;
    for (int i = 0; i < WRONG_CODES_MAX; i++) {
        assert_int_equal(ask(TICKET, 0x01, 0x21), STORE_ENROLMENT_UNKNOWN);
    }
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_LOCKED);
    assert_int_equal(ask(TICKET, 0x01, 0x21), STORE_ENROLMENT_LOCKED);
    assert_int_equal(ask(OTHER_TICKET, 0xc8, 0x21), STORE_ENROLMENT_PENDING);
    assert_string_equal(pg_ask(fixture.pg, "select count(*) from dantin.enrolment where ticket = 7"), "0");
}

static void store_enrol__four_wrong_codes__right_one_taken(void **state)
{
    (void)state;
    for (int i = 0; i < WRONG_CODES_MAX - 1; i++) {
        assert_int_equal(ask(TICKET, 0x01, 0x21), STORE_ENROLMENT_UNKNOWN);
    }
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_PENDING);
}

/* A ticket lives for a day; a key that came in time may ask on. */
static void store_enrol__after_its_day__expired_but_for_who_came(void **state)
{
    (void)state;
    assert_int_equal(ask(OTHER_TICKET, 0xc8, 0x22), STORE_ENROLMENT_PENDING);
    (void)pg_ask(fixture.pg, "update dantin.ticket set expires_at = now() - interval '1 second'");
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_EXPIRED);
    assert_int_equal(ask(OTHER_TICKET, 0xc8, 0x22), STORE_ENROLMENT_PENDING);
}

/* A key is enrolled once: not one that is or was a device's, an operator's, or waits already. */
static void store_enrol__key_of_somebody__known(void **state)
{
    (void)state;
    (void)pg_ask(fixture.pg, "insert into dantin.device_key (device, from_sequence, public_key)"
                             " select id, 1, decode(repeat('31', 32), 'hex') from dantin.device");
    assert_int_equal(ask(TICKET, 0xc7, 0x31), STORE_ENROLMENT_KNOWN);
    assert_int_equal(ask(TICKET, 0xc7, 0xa1), STORE_ENROLMENT_KNOWN);
    assert_int_equal(ask(OTHER_TICKET, 0xc8, 0x22), STORE_ENROLMENT_PENDING);
    assert_int_equal(ask(TICKET, 0xc7, 0x22), STORE_ENROLMENT_KNOWN);
}

/* Turned down, approved but revoked since, fetched too late: no certificate. */
static void store_enrol__decided__as_decided(void **state)
{
    (void)state;
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_PENDING);
    decide("refused", "0 s");
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_REFUSED);
    decide("approved", "8 days");
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_LATE);
    decide("approved", "6 days");
    assert_int_equal(ask(TICKET, 0xc7, 0x21),
                     STORE_ENROLMENT_REFUSED); /* no such device: it was never made */
}

/* Approved, and the device is there: the answer notes the end of the certificate that is given; revoked, nothing is given. */
static void store_enrol__approved__until_revoked(void **state)
{
    char sql[512];
    char hex[HASH_HEX_BYTES];
    uint8_t key[SIGN_PUBLIC_KEY_BYTES];
    (void)state;
    memset(key, 0x21, sizeof key);
    struct hash device = sign_spki_hash(key);
    hex_encode(bytes_of(device.at, HASH_BYTES), hex);
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_PENDING);
    (void)snprintf(
        sql, sizeof sql,
        "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province) values "
        "(decode('%s', 'hex'),"
        " decode('%s', 'hex'), decode(repeat('21', 32), 'hex'), gen_random_uuid(), 'clerk', false)",
        hex, hex);
    (void)pg_ask(fixture.pg, sql);
    decide("approved", "1 minute");

    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_APPROVED);

    assert_string_equal(
        pg_ask(fixture.pg,
               "select count(*) from dantin.device where certificate_until = to_timestamp(2000000000)"),
        "1");
    (void)pg_ask(fixture.pg, "update dantin.device set is_revoked = true");
    assert_int_equal(ask(TICKET, 0xc7, 0x21), STORE_ENROLMENT_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(store_enrol__right_code__pending_for_the_first_key, begin),
        cmocka_unit_test_setup(store_enrol__five_wrong_codes__locked, begin),
        cmocka_unit_test_setup(store_enrol__four_wrong_codes__right_one_taken, begin),
        cmocka_unit_test_setup(store_enrol__after_its_day__expired_but_for_who_came, begin),
        cmocka_unit_test_setup(store_enrol__key_of_somebody__known, begin),
        cmocka_unit_test_setup(store_enrol__decided__as_decided, begin),
        cmocka_unit_test_setup(store_enrol__approved__until_revoked, begin),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
