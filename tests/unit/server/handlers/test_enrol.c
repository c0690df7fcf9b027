/* ENROL: what a stranger may do, and what a ticket and a key have to be. */
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/base/text.h"
#include "common/wire/ticket.h"
#include "tests/unit/server/handlers/fixture.h"

enum { TICKET_NUMBER = 77, REQUEST_BYTES_MAX = 4096 };

/* Who asks, and with what; fields may be spoilt before ask(). */
static struct stranger {
    struct signing_key *key;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint8_t code[TICKET_CODE_BYTES];
    uint32_t ticket;
    struct tls_peer peer;
    char request_pem[REQUEST_BYTES_MAX];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
} stranger;

static void make_request(EVP_PKEY *key, EVP_PKEY *signer, const char *common_name,
                         char out[REQUEST_BYTES_MAX])
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_int_equal(X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
                                                MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0),
                     1);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, signer, NULL) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    long len = BIO_get_mem_data(bio, &text);
    assert_true(len > 0 && len < REQUEST_BYTES_MAX);
    memcpy(out, text, (size_t)len);
    out[len] = '\0';
    BIO_free(bio);
    X509_REQ_free(request);
}

static void sign(void)
{
    uint8_t text[TICKET_SIGNED_BYTES];
    struct hash code_hash = ticket_code_hash(stranger.code);
    ticket_signed_bytes(stranger.peer.exported, &code_hash, stranger.public_key, text);
    signing_key_sign(stranger.key, bytes_of(text, sizeof text), stranger.signature);
}

/* A stranger with a key of its own and a ticket the server knows. */
static void take_key(struct signing_key *key)
{
    signing_key_free(stranger.key);
    stranger.key = key;
    signing_key_public(key, stranger.public_key);
    make_request(signing_key_native(key), signing_key_native(key), "00", stranger.request_pem);
    sign();
}

static void ask(void)
{
    Dantin__Enrol enrol = DANTIN__ENROL__INIT;
    fixture_connect_peer(&stranger.peer);
    enrol.has_request = enrol.has_ticket = enrol.has_code = enrol.has_signature = true;
    enrol.request =
        (ProtobufCBinaryData){strlen(stranger.request_pem), (uint8_t *)(uintptr_t)stranger.request_pem};
    enrol.ticket = stranger.ticket;
    enrol.code = (ProtobufCBinaryData){sizeof stranger.code, stranger.code};
    enrol.signature = (ProtobufCBinaryData){sizeof stranger.signature, stranger.signature};
    enrol.language = (char *)(uintptr_t) "en";
    fixture_send(MESSAGE_ENROL, 1, &enrol);
}

static void expect_refused(enum err err, enum text_id text)
{
    ask();
    assert_string_equal(fixture_expect_error(0, err)->text, text_get(text, LANGUAGE_EN));
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

static const Dantin__Enrolled *expect_answer(bool is_approved)
{
    enum message_type type = MESSAGE_HELLO;
    uint64_t id = 0;
    ask();
    const Dantin__Enrolled *enrolled = fixture_expect(MESSAGE_ENROLLED, 1);
    assert_int_equal(enrolled->is_approved, is_approved);
    assert_non_null(fixture_take(&type, &id));
    assert_int_equal(type, MESSAGE_GOODBYE);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    return enrolled;
}

static int open_stranger(void **state)
{
    struct signing_key *key = NULL;
    assert_int_equal(fixture_open(state), 0);
    memset(&stranger, 0, sizeof stranger);
    stranger.ticket = TICKET_NUMBER;
    stranger.code[5] = 5;
    stranger.peer.is_stranger = true;
    memset(stranger.peer.exported, 9, sizeof stranger.peer.exported);
    struct hash code_hash = ticket_code_hash(stranger.code);
    model_store_add_ticket(fixture.world.store, TICKET_NUMBER, &code_hash);
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    take_key(key);
    return 0;
}

static int close_stranger(void **state)
{
    signing_key_free(stranger.key);
    stranger.key = NULL;
    return fixture_close(state);
}

/* First "wait", as often as the client asks; after an operator's yes the certificate, whose only word from the request is the key. */
static void enrol__good_ticket__pending_then_certificate(void **state)
{
    (void)state;
    assert_true(expect_answer(false)->retry_after_ms > 0);
    assert_null(expect_answer(false)->certificate);
    model_store_decide_ticket(fixture.world.store, TICKET_NUMBER, STORE_ENROLMENT_APPROVED);
    const Dantin__Enrolled *enrolled = expect_answer(true);
    assert_string_equal(enrolled->authority, fixture.authority_pem);
    BIO *bio = BIO_new_mem_buf(enrolled->certificate, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    struct hash device = sign_spki_hash(stranger.public_key);
    char wanted[HASH_HEX_BYTES];
    char name[HASH_HEX_BYTES];
    hex_encode(bytes_of(device.at, sizeof device.at), wanted);
    assert_int_equal(
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name),
        HASH_HEX_BYTES - 1);
    assert_string_equal(name, wanted);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(certificate), signing_key_native(stranger.key)), 1);
    X509_free(certificate);
    BIO_free(bio);
}

/* Five wrong codes lock the ticket for the right one too; another ticket is not touched. */
static void enrol__five_wrong_codes__locked(void **state)
{
    (void)state;
    stranger.code[3] ^= 1;
    sign();
    for (unsigned i = 0; i < TICKET_ATTEMPTS_MAX; i++) {
        expect_refused(ERR_UNAUTHORISED, TEXT_ENROL_UNKNOWN);
    }
    expect_refused(ERR_FORBIDDEN, TEXT_ENROL_LOCKED);
    stranger.code[3] ^= 1;
    sign();
    expect_refused(ERR_FORBIDDEN, TEXT_ENROL_LOCKED);
    stranger.ticket++;
    expect_refused(ERR_UNAUTHORISED, TEXT_ENROL_UNKNOWN);
}

/* A ticket serves one key. */
static void enrol__ticket_used_by_another_key__refused(void **state)
{
    struct signing_key *key = NULL;
    (void)state;
    (void)expect_answer(false);
    assert_int_equal(signing_key_generate(&key), ERR_OK);
    take_key(key);
    expect_refused(ERR_FORBIDDEN, TEXT_ENROL_USED);
}

/* Expired, turned down, fetched too late: each said in its own words. */
static void enrol__other_answers__said(void **state)
{
    static const struct {
        enum store_enrolment answer;
        enum text_id text;
    } cases[] = {{STORE_ENROLMENT_EXPIRED, TEXT_ENROL_EXPIRED},
                 {STORE_ENROLMENT_REFUSED, TEXT_ENROL_REFUSED},
                 {STORE_ENROLMENT_LATE, TEXT_ENROL_LATE}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        model_store_decide_ticket(fixture.world.store, TICKET_NUMBER, cases[i].answer);
        if (i == 1) {
            ask(); /* uses it up */
            model_world_settle(&fixture.world);
        }
        expect_refused(ERR_FORBIDDEN, cases[i].text);
    }
}

/* A key that is a device's, or the server's own, is nobody else's. */
static void enrol__known_key__refused(void **state)
{
    uint8_t seed[SIGN_SEED_BYTES] = {7};
    struct signing_key *key = NULL;
    struct store_device device = {.sender = fixture.world.branch_a};
    (void)state;
    memcpy(fixture.context.own_keys[HANDLERS_OWN_KEYS - 1], stranger.public_key, SIGN_PUBLIC_KEY_BYTES);
    expect_refused(ERR_EXISTS, TEXT_ENROL_KNOWN);
    assert_int_equal(signing_key_from_seed(seed, &key), ERR_OK);
    take_key(key);
    device.device = sign_spki_hash(stranger.public_key);
    model_store_add_device(fixture.world.store, &device.device, &device);
    expect_refused(ERR_EXISTS, TEXT_ENROL_KNOWN);
}

/* A signature for another session, another code, or by another key proves nothing. */
static void enrol__signature_of_something_else__bad_signature(void **state)
{
    struct signing_key *other = NULL;
    struct signing_key *mine = stranger.key;
    (void)state;
    stranger.peer.exported[0] ^= 1;
    ask();
    (void)fixture_expect_error(0, ERR_BAD_SIGNATURE);
    stranger.peer.exported[0] ^= 1;
    stranger.code[4] ^= 1;
    ask();
    (void)fixture_expect_error(0, ERR_BAD_SIGNATURE);
    stranger.code[4] ^= 1;
    assert_int_equal(signing_key_generate(&other), ERR_OK);
    stranger.key = other;
    sign();
    stranger.key = mine;
    ask();
    (void)fixture_expect_error(0, ERR_BAD_SIGNATURE);
    make_request(signing_key_native(mine), signing_key_native(other), "x", stranger.request_pem);
    sign();
    ask();
    (void)fixture_expect_error(0, ERR_BAD_SIGNATURE);
    signing_key_free(other);
}

/* Weak keys and other kinds of key fall before any signature is judged; none of these counts as a wrong code. */
static void enrol__unsound_keys__refused(void **state)
{
    EVP_PKEY *p256 = EVP_EC_gen("P-256");
    uint8_t neutral[SIGN_PUBLIC_KEY_BYTES] = {1};
    EVP_PKEY *small = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, neutral, sizeof neutral);
    char good[REQUEST_BYTES_MAX];
    (void)state;
    memcpy(good, stranger.request_pem, sizeof good);
    for (unsigned i = 0; i < TICKET_ATTEMPTS_MAX; i++) {
        X509_REQ *request = X509_REQ_new();
        BIO *bio = BIO_new(BIO_s_mem());
        char *text = NULL;
        assert_int_equal(X509_REQ_set_pubkey(request, p256), 1);
        assert_true(X509_REQ_sign(request, p256, EVP_sha256()) > 0);
        assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
        long len = BIO_get_mem_data(bio, &text);
        memcpy(stranger.request_pem, text, (size_t)len);
        stranger.request_pem[len] = '\0';
        BIO_free(bio);
        X509_REQ_free(request);
        ask();
        (void)fixture_expect_error(0, ERR_UNSUPPORTED);
        make_request(small, signing_key_native(stranger.key), "x", stranger.request_pem);
        ask();
        (void)fixture_expect_error(0, ERR_UNAUTHORISED);
        memset(stranger.request_pem, 'A', 400);
        stranger.request_pem[400] = '\0';
        ask();
        (void)fixture_expect_error(0, ERR_MALFORMED);
    }
    memcpy(stranger.request_pem, good, sizeof good);
    (void)expect_answer(false);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(small);
}

/* Without a certificate there is ENROL and nothing else; with one there is no ENROL. */
static void session__stranger__nothing_but_enrol(void **state)
{
    Dantin__Ping ping = DANTIN__PING__INIT;
    Dantin__Enrol enrol = DANTIN__ENROL__INIT;
    uint8_t bytes[300] = {1};
    (void)state;
    fixture_connect_peer(&stranger.peer);
    fixture_hello("en", bytes_of(NULL, 0));
    (void)fixture_expect_error(0, ERR_UNAUTHORISED);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);

    fixture_connect_peer(&stranger.peer);
    fixture_send(MESSAGE_PING, 1, &ping);
    (void)fixture_expect_error(0, ERR_UNAUTHORISED);

    fixture_connect_peer(&stranger.peer);
    assert_int_equal(frame_append(session_input(fixture.session), 999, 1, bytes_of(bytes, 4), false), ERR_OK);
    (void)session_run(fixture.session);
    (void)fixture_expect_error(0, ERR_UNSUPPORTED);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);

    fixture_connect(fixture.world.a.public_key);
    enrol.has_request = true;
    enrol.request = (ProtobufCBinaryData){sizeof bytes, bytes};
    fixture_send(MESSAGE_ENROL, 1, &enrol);
    (void)fixture_expect_error(0, ERR_PROTOCOL);
}

/* From where the next sessions come: 10.0.0.0 + number. */
static void come_from(uint32_t number)
{
    uint8_t address[ORIGIN_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10};
    address[13] = (uint8_t)(number >> 16);
    address[14] = (uint8_t)(number >> 8);
    address[15] = (uint8_t)number;
    fixture.origin = origin_of_address(address);
}

static struct session *come_in(void)
{
    struct session *session = NULL;
    assert_int_equal(session_new(fixture.hub, &fixture_carrier, NULL, 1, &session), ERR_OK);
    session_set_origin(session, &fixture.origin);
    session_open(session, &stranger.peer);
    return session;
}

/* Strangers crowd out neither devices nor strangers from elsewhere: so many sessions at once from one place, so many in all. */
static void enrol__crowd__room_for_others(void **state)
{
    static struct session *crowd[SESSION_STRANGERS_MAX];
    (void)state;
    session_free(fixture.session);
    fixture.session = NULL;
    for (size_t i = 0; i < SESSION_STRANGERS_MAX; i++) {
        come_from((uint32_t)(i / SESSION_STRANGERS_OF_ORIGIN_MAX));
        if (i == SESSION_STRANGERS_OF_ORIGIN_MAX) {
            come_from(0);
            fixture_connect_peer(&stranger.peer);
            (void)fixture_expect_error(0, ERR_BUSY);
            assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
            come_from(1);
            (void)expect_answer(false);
        }
        crowd[i] = come_in();
        assert_int_equal(session_state(crowd[i]), SESSION_GREETING);
    }
    come_from(1000);
    fixture_connect_peer(&stranger.peer);
    (void)fixture_expect_error(0, ERR_BUSY);
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    for (size_t i = 0; i < SESSION_STRANGERS_MAX; i++) {
        session_free(crowd[i]);
    }
    (void)expect_answer(false);
}

/* One place may ask so often in a minute, and asking more takes nothing from another; behind all of it stands a limit for all. */
static void enrol__flood_from_one_place__others_are_answered(void **state)
{
    (void)state;
    come_from(1);
    for (size_t i = 0; i < ENROL_PER_MINUTE_OF_ORIGIN_MAX; i++) {
        assert_true(origins_add(&fixture.context.enrols, &fixture.origin, ENROL_PER_MINUTE_OF_ORIGIN_MAX,
                                ENROL_PER_MINUTE_MAX));
    }
    fixture.context.enrol_minute = fixture.world.now_ms / 60000;
    ask();
    assert_true(fixture_expect_error(0, ERR_BUSY)->may_retry);
    come_from(2);
    (void)expect_answer(false);
    for (uint32_t i = 100; fixture.context.enrols.count < ENROL_PER_MINUTE_MAX; i++) {
        come_from(100 + i % 500);
        assert_true(origins_add(&fixture.context.enrols, &fixture.origin, ENROL_PER_MINUTE_OF_ORIGIN_MAX,
                                ENROL_PER_MINUTE_MAX));
    }
    come_from(3);
    ask();
    assert_true(fixture_expect_error(0, ERR_BUSY)->may_retry);
    fixture.world.now_ms += 60000;
    (void)expect_answer(false);
    come_from(1);
    (void)expect_answer(false);
}

/* The authority's key is elsewhere: nothing is given, and the reason is said. */
static void enrol__no_authority_key__said(void **state)
{
    (void)state;
    fixture.context.authority_key = NULL;
    (void)expect_answer(false);
    model_store_decide_ticket(fixture.world.store, TICKET_NUMBER, STORE_ENROLMENT_APPROVED);
    expect_refused(ERR_UNSUPPORTED, TEXT_ENROL_NO_AUTHORITY);
}

/* The line breaks, or the database is away, while the ticket is looked up. */
static void enrol__trouble_while_asked__cleaned_up(void **state)
{
    (void)state;
    model_store_fail(fixture.world.store, MODEL_ENROL, 1, ERR_DATABASE);
    ask();
    assert_true(fixture_expect_error(0, ERR_DATABASE)->may_retry);
    ask();
    session_on_lost(fixture.session);
    session_free(fixture.session);
    fixture.session = NULL;
    model_world_settle(&fixture.world);
}

#define ENROL_TEST(test) cmocka_unit_test_setup_teardown(test, open_stranger, close_stranger)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENROL_TEST(enrol__good_ticket__pending_then_certificate),
        ENROL_TEST(enrol__five_wrong_codes__locked),
        ENROL_TEST(enrol__ticket_used_by_another_key__refused),
        ENROL_TEST(enrol__other_answers__said),
        ENROL_TEST(enrol__known_key__refused),
        ENROL_TEST(enrol__signature_of_something_else__bad_signature),
        ENROL_TEST(enrol__unsound_keys__refused),
        ENROL_TEST(session__stranger__nothing_but_enrol),
        ENROL_TEST(enrol__crowd__room_for_others),
        ENROL_TEST(enrol__flood_from_one_place__others_are_answered),
        ENROL_TEST(enrol__no_authority_key__said),
        ENROL_TEST(enrol__trouble_while_asked__cleaned_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
