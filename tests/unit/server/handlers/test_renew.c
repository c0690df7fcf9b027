/* RENEW, and devices that an act changes while they are connected. */
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/unit/server/handlers/fixture.h"

enum { REQUEST_BYTES_MAX = 4096, FRAME_BYTES_MAX = 65536 };

static void request_for(const struct signing_key *key, char out[REQUEST_BYTES_MAX])
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_int_equal(X509_REQ_set_pubkey(request, signing_key_native(key)), 1);
    assert_true(X509_REQ_sign(request, signing_key_native(key), NULL) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    long len = BIO_get_mem_data(bio, &text);
    memcpy(out, text, (size_t)len);
    out[len] = '\0';
    BIO_free(bio);
    X509_REQ_free(request);
}

static void renew(const char *request)
{
    Dantin__Renew message = DANTIN__RENEW__INIT;
    message.has_request = true;
    message.request = (ProtobufCBinaryData){strlen(request), (uint8_t *)(uintptr_t)request};
    fixture_send(MESSAGE_RENEW, 2, &message);
}

/* The certificate is for the session's device and key, whatever the request says. */
static void renew__own_key__certificate_of_the_device(void **state)
{
    char request[REQUEST_BYTES_MAX];
    char wanted[HASH_HEX_BYTES];
    char name[HASH_HEX_BYTES];
    (void)state;
    (void)fixture_greet();
    request_for(fixture.world.a.key, request);
    renew(request);
    const Dantin__Renewed *renewed = fixture_expect(MESSAGE_RENEWED, 2);
    assert_string_equal(renewed->authority, fixture.authority_pem);
    BIO *bio = BIO_new_mem_buf(renewed->certificate, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    hex_encode(bytes_of(fixture.world.a.device.at, HASH_BYTES), wanted);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    assert_string_equal(name, wanted);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(certificate), signing_key_native(fixture.world.a.key)), 1);
    X509_free(certificate);
    BIO_free(bio);
}

/* An expired certificate renews, and does nothing else. */
static void renew__expired_certificate__the_only_thing_it_may(void **state)
{
    struct tls_peer peer = {.device = fixture.world.a.device, .is_expired = true};
    char request[REQUEST_BYTES_MAX];
    Dantin__Query query = DANTIN__QUERY__INIT;
    (void)state;
    memcpy(peer.public_key, fixture.world.a.public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);
    (void)fixture_greet();
    query.indicator = (char *)(uintptr_t)STORE_QUERY_LIST;
    fixture_send(MESSAGE_QUERY, 3, &query);
    (void)fixture_expect_error(3, ERR_EXPIRED);
    request_for(fixture.world.a.key, request);
    renew(request);
    (void)fixture_expect(MESSAGE_RENEWED, 2);
}

/* Another key is no renewal, nonsense is none, and without the authority's key nothing is given; the session goes on. */
static void renew__not_possible__said(void **state)
{
    char request[REQUEST_BYTES_MAX];
    char nonsense[200];
    struct signing_key *other = NULL;
    (void)state;
    (void)fixture_greet();
    assert_int_equal(signing_key_generate(&other), ERR_OK);
    request_for(other, request);
    renew(request);
    (void)fixture_expect_error(2, ERR_FORBIDDEN);
    signing_key_free(other);
    memset(nonsense, 'x', sizeof nonsense);
    nonsense[sizeof nonsense - 1] = '\0';
    renew(nonsense);
    (void)fixture_expect_error(2, ERR_MALFORMED);
    fixture.context.authority_key = NULL;
    request_for(fixture.world.a.key, request);
    renew(request);
    (void)fixture_expect_error(2, ERR_UNSUPPORTED);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

/* A session of device a under this key, greeted. */
static void greet_as(const uint8_t *public_key)
{
    struct tls_peer peer = {.device = fixture.world.a.device};
    memcpy(peer.public_key, public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);
    (void)fixture_greet();
}

/* Under a key it has left a device gets the certificate of the present one, and nothing else. */
static void renew__former_key__only_for_the_present_one(void **state)
{
    char request[REQUEST_BYTES_MAX];
    Dantin__Query query = DANTIN__QUERY__INIT;
    const struct builder_device *next = &fixture.world.b; /* any other key */
    (void)state;
    model_store_change_key(fixture.world.store, &fixture.world.a.device, next->public_key, 1);
    greet_as(fixture.world.a.public_key);

    query.indicator = (char *)(uintptr_t)STORE_QUERY_LIST;
    fixture_send(MESSAGE_QUERY, 3, &query);
    const Dantin__Error *refused = fixture_expect_error(3, ERR_UNAUTHORISED);
    assert_non_null(strstr(refused->text, "dantin key renew"));
    request_for(fixture.world.a.key, request);
    renew(request);
    (void)fixture_expect_error(2, ERR_FORBIDDEN);
    request_for(next->key, request);
    renew(request);
    const Dantin__Renewed *renewed = fixture_expect(MESSAGE_RENEWED, 2);
    BIO *bio = BIO_new_mem_buf(renewed->certificate, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(certificate), signing_key_native(next->key)), 1);
    X509_free(certificate);
    BIO_free(bio);
}

/* Whoever stole the former key does not push the device out: its session under the present key goes on. */
static void hello__former_key__present_session_goes_on(void **state)
{
    struct tls_peer peer = {.device = fixture.world.a.device};
    (void)state;
    model_store_change_key(fixture.world.store, &fixture.world.a.device, fixture.world.b.public_key, 1);
    greet_as(fixture.world.b.public_key);
    struct session *present = fixture.session;
    fixture.session = NULL;
    memcpy(peer.public_key, fixture.world.a.public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);

    fixture_hello("en", bytes_of(NULL, 0));

    (void)fixture_expect_error(0, ERR_BUSY);
    assert_int_equal(session_state(present), SESSION_READY);
    session_free(present);
}

/* Only while a refill is open may a device come under a key the journal does not know yet: the change to it may be what it brings. */
static void hello__unknown_key__only_while_refilling(void **state)
{
    struct tls_peer peer = {.device = fixture.world.a.device};
    (void)state;
    memcpy(peer.public_key, fixture.world.b.public_key, sizeof peer.public_key);
    fixture_connect_peer(&peer);
    fixture_hello("en", bytes_of(NULL, 0));
    (void)fixture_expect_error(0, ERR_UNAUTHORISED);
    model_store_head(fixture.world.store)->is_refilling = true;
    greet_as(fixture.world.b.public_key);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
}

static struct store_device *device_a(void)
{
    return model_store_device(fixture.world.store, &fixture.world.a.device);
}

/* A device that is revoked while it is connected is told so and cut; it does not come in again. */
static void device_changed__revoked__session_ends_at_once(void **state)
{
    (void)state;
    (void)fixture_greet();
    device_a()->is_revoked = true;
    handlers_device_changed(&fixture.context, fixture.hub, &fixture.world.a.device);
    const Dantin__Goodbye *goodbye = fixture_expect(MESSAGE_GOODBYE, 0);
    assert_int_equal(goodbye->reason, ERR_UNAUTHORISED);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
    fixture_connect(fixture.world.a.public_key);
    fixture_hello("en", bytes_of(NULL, 0));
    (void)fixture_expect_error(0, ERR_UNAUTHORISED);
}

/* Word of another device, or of one that is still welcome, cuts nobody; a new role holds at once. */
static void device_changed__not_revoked__goes_on_with_its_new_role(void **state)
{
    (void)state;
    (void)fixture_greet();
    handlers_device_changed(&fixture.context, fixture.hub, &fixture.world.b.device);
    device_a()->role = ROLE_VIEWER;
    handlers_device_changed(&fixture.context, fixture.hub, NULL);
    model_world_settle(&fixture.world);
    assert_int_equal(session_state(fixture.session), SESSION_READY);
    assert_int_equal(session_output(fixture.session)->len, 0);
    Dantin__Waiting waiting = DANTIN__WAITING__INIT;
    fixture_send(MESSAGE_WAITING, 4, &waiting);
    (void)fixture_expect_error(4, ERR_FORBIDDEN);
}

/* When it cannot be known whether the device still may, it has to come again. */
static void device_changed__store_away__session_ends(void **state)
{
    (void)state;
    (void)fixture_greet();
    model_store_fail(fixture.world.store, MODEL_FIND_DEVICE, 1, ERR_DATABASE);
    handlers_device_changed(&fixture.context, fixture.hub, &fixture.world.a.device);
    const Dantin__Goodbye *goodbye = fixture_expect(MESSAGE_GOODBYE, 0);
    assert_int_equal(goodbye->reason, ERR_DATABASE);
}

/* SUBMIT of a sound new member by device A, as a frame; in the world's arena. */
static struct bytes sound_frame(void)
{
    struct model_world *world = &fixture.world;
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;
    struct builder_change change = {.kind = KIND_MEMBER,
                                    .record = builder_id(world->next_id++),
                                    .message =
                                        builder_member(&world->arena, "Nguyễn Văn An", &world->cell_a, NULL)};
    struct builder_submission sealed = builder_seal(&world->arena, &world->a, &change, 1);
    struct buf body;
    struct buf frame;
    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = true;
    submit.envelope = (ProtobufCBinaryData){sealed.envelope.len, (uint8_t *)(uintptr_t)sealed.envelope.at};
    submit.signature = (ProtobufCBinaryData){sealed.signature.len, (uint8_t *)(uintptr_t)sealed.signature.at};
    submit.payload_zstd =
        (ProtobufCBinaryData){sealed.payload_zstd.len, (uint8_t *)(uintptr_t)sealed.payload_zstd.at};
    buf_init(&body, FRAME_BYTES_MAX);
    buf_init(&frame, FRAME_BYTES_MAX);
    assert_int_equal(message_pack(&submit, &body), ERR_OK);
    assert_int_equal(frame_append(&frame, MESSAGE_SUBMIT, 2, buf_content(&body), false), ERR_OK);
    struct bytes copy = arena_copy(&world->arena, buf_content(&frame));
    buf_release(&body);
    buf_release(&frame);
    return copy;
}

static void feed(struct bytes bytes)
{
    assert_int_equal(buf_append(session_input(fixture.session), bytes), ERR_OK);
    while (session_run(fixture.session)) {
    }
}

static void revoke_a(void)
{
    device_a()->is_revoked = true;
    handlers_device_changed(&fixture.context, fixture.hub, &fixture.world.a.device);
    model_world_settle(&fixture.world);
    assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
}

/* Wherever the submission is when its device is revoked, half on the line or whole in the queue, nothing of it is journalled; the
 * same bytes of a device that goes on are. */
static void device_changed__revoked_while_submitting__nothing_applies(void **state)
{
    struct bytes frame;
    size_t entries = 0;
    (void)state;
    entries = model_store_entry_count(fixture.world.store);
    (void)fixture_greet();
    frame = sound_frame();
    feed(bytes_of(frame.at, frame.len / 2));
    revoke_a();
    assert_int_equal(model_store_entry_count(fixture.world.store), entries);

    device_a()->is_revoked = false;
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    feed(frame); /* whole, and not yet judged */
    revoke_a();
    assert_int_equal(model_store_entry_count(fixture.world.store), entries);

    device_a()->is_revoked = false;
    fixture_connect(fixture.world.a.public_key);
    (void)fixture_greet();
    feed(frame);
    (void)fixture_expect(MESSAGE_RECEIPT, 2);
    assert_int_equal(model_store_entry_count(fixture.world.store), entries + 1);
}

#define RENEW_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENEW_TEST(renew__own_key__certificate_of_the_device),
        RENEW_TEST(renew__expired_certificate__the_only_thing_it_may),
        RENEW_TEST(renew__not_possible__said),
        RENEW_TEST(renew__former_key__only_for_the_present_one),
        RENEW_TEST(hello__former_key__present_session_goes_on),
        RENEW_TEST(hello__unknown_key__only_while_refilling),
        RENEW_TEST(device_changed__revoked__session_ends_at_once),
        RENEW_TEST(device_changed__revoked_while_submitting__nothing_applies),
        RENEW_TEST(device_changed__not_revoked__goes_on_with_its_new_role),
        RENEW_TEST(device_changed__store_away__session_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
