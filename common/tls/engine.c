/* OpenSSL between two views of memory. One BIO serves as both ends: it reads from what the caller feeds and
 * writes into the caller's buffer, so that no byte of cipher text is copied into a buffer of OpenSSL's own.
 *
 *   NEW ──first flight──► HANDSHAKE ──finished, ALPN agreed──► READY ──close_notify──► CLOSED
 *                             └──────────any failure──────────────┴──────────────────► BROKEN */
#include "common/tls/engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/check.h"
#include "common/tls/context.h"
#include "common/tls/verify.h"

enum {
    RECORD_PLAIN_BYTES_MAX = 16384,
    RECORD_OVERHEAD_BYTES = 22, /* header 5, content type 1, tag 16 */
};

enum engine_state { ENGINE_HANDSHAKE, ENGINE_READY, ENGINE_CLOSED, ENGINE_BROKEN };

struct tls_engine {
    SSL *native;
    enum engine_state state;
    struct bytes in;            /* cipher text of the call under way, not yet taken */
    struct buf *cipher;         /* where cipher text of the call under way goes; NULL between calls */
    struct buf pending;         /* cipher text left from calls that ended in ERR_BUSY; no block otherwise */
    const char *reason;         /* static memory */
    struct tls_verdict verdict; /* about the peer's certificate */
    bool has_peer;
    struct tls_peer peer;
};

static enum err read_plain(struct tls_engine *engine, struct buf *plain);
static enum err keep_rest(struct tls_engine *engine);
static enum err finish_handshake(struct tls_engine *engine);
static enum err read_peer(struct tls_engine *engine);
static enum err fail(struct tls_engine *engine, const char *reason);
static enum err fail_with_openssl(struct tls_engine *engine);

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *out, size_t size, size_t *ret_len)
{
    struct tls_engine *engine = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (engine->in.len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    size_t len = size < engine->in.len ? size : engine->in.len;
    memcpy(out, engine->in.at, len);
    engine->in.at += len;
    engine->in.len -= len;
    *ret_len = len;
    return 1;
}

static int bio_write(BIO *bio, const char *in, size_t len, size_t *ret_len)
{
    struct tls_engine *engine = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (engine->cipher == NULL || buf_append(engine->cipher, bytes_of(in, len)) != ERR_OK) {
        return 0;
    }
    *ret_len = len;
    return 1;
}

static long bio_control(BIO *bio, int command, long number, void *at)
{
    (void)bio;
    (void)number;
    (void)at;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static BIO_METHOD *bio_method;

static void prepare(void)
{
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "dantin memory");
    ENSURE(bio_method != NULL);
    (void)BIO_meth_set_read_ex(bio_method, bio_read);
    (void)BIO_meth_set_write_ex(bio_method, bio_write);
    (void)BIO_meth_set_ctrl(bio_method, bio_control);
}

/* ---- the engine ---- */

static enum err attach_bio(struct tls_engine *engine)
{
    (void)pthread_once(&prepared, prepare);
    BIO *bio = BIO_new(bio_method);
    if (bio == NULL) {
        return ERR_NO_MEMORY;
    }
    BIO_set_data(bio, engine);
    BIO_set_init(bio, 1);
    SSL_set_bio(engine->native, bio, bio);
    (void)SSL_set_app_data(engine->native, &engine->verdict); /* the one slot every SSL has */
    return ERR_OK;
}

enum err tls_engine_new(struct tls_context *context, struct tls_engine **ret_engine)
{
    struct tls_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return ERR_NO_MEMORY;
    }
    buf_init(&engine->pending, TLS_PENDING_BYTES_MAX);
    memcpy(engine->verdict.pin, context->pin, sizeof engine->verdict.pin);
    engine->native = SSL_new(context->native);
    enum err err = engine->native == NULL ? ERR_NO_MEMORY : attach_bio(engine);
    if (err == ERR_OK && context->server_name != NULL &&
        SSL_set_tlsext_host_name(engine->native, context->server_name) != 1) {
        err = ERR_NO_MEMORY;
    }
    if (err != ERR_OK) {
        tls_engine_free(engine);
        ERR_clear_error();
        return err;
    }
    if (context->is_server) {
        SSL_set_accept_state(engine->native);
    } else {
        SSL_set_connect_state(engine->native);
    }
    *ret_engine = engine;
    return ERR_OK;
}

void tls_engine_free(struct tls_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    SSL_free(engine->native);
    buf_release(&engine->pending);
    free(engine);
}

enum err tls_engine_start(struct tls_engine *engine, struct buf *cipher)
{
    if (engine->state == ENGINE_BROKEN) {
        return ERR_TLS;
    }
    engine->cipher = cipher;
    ERR_clear_error();
    int result = SSL_do_handshake(engine->native);
    bool is_waiting = result != 1 && SSL_get_error(engine->native, result) == SSL_ERROR_WANT_READ;
    enum err err = is_waiting ? ERR_OK : fail_with_openssl(engine);
    engine->cipher = NULL;
    return err;
}

enum err tls_engine_feed(struct tls_engine *engine, struct bytes in, struct buf *plain, struct buf *cipher)
{
    if (engine->state == ENGINE_CLOSED) {
        return ERR_CLOSED;
    }
    if (engine->state == ENGINE_BROKEN) {
        return ERR_TLS;
    }
    bool has_pending = engine->pending.len > 0;
    if (has_pending && buf_append(&engine->pending, in) != ERR_OK) {
        return fail(engine, "more cipher text than may wait");
    }
    engine->in = has_pending ? buf_content(&engine->pending) : in;
    engine->cipher = cipher;
    size_t fed_len = engine->in.len;
    enum err err = read_plain(engine, plain);
    if (has_pending) {
        buf_consume(&engine->pending, fed_len - engine->in.len);
    } else if (err == ERR_BUSY) {
        err = keep_rest(engine);
    }
    if (engine->pending.len == 0) {
        buf_shrink(&engine->pending);
    }
    engine->in = bytes_of(NULL, 0);
    engine->cipher = NULL;
    return err;
}

/* `plain` is full: what was not read stays here. Says ERR_BUSY when all is well. */
static enum err keep_rest(struct tls_engine *engine)
{
    if (buf_append(&engine->pending, engine->in) != ERR_OK) {
        return fail(engine, "more cipher text than may wait");
    }
    return ERR_BUSY;
}

/* Read until OpenSSL wants more. The scratch is copied on, which costs little and lets `plain` grow by what
 * there is rather than by what a record could hold. */
static enum err read_plain(struct tls_engine *engine, struct buf *plain)
{
    uint8_t scratch[RECORD_PLAIN_BYTES_MAX];
    for (;;) {
        size_t room = plain->bytes_max - plain->len;
        size_t wanted = room < sizeof scratch ? room : sizeof scratch;
        if (wanted == 0) {
            return engine->in.len > 0 || SSL_pending(engine->native) > 0 ? ERR_BUSY : ERR_OK;
        }
        size_t len = 0;
        ERR_clear_error();
        int result = SSL_read_ex(engine->native, scratch, wanted, &len);
        int problem = result == 1 ? SSL_ERROR_NONE : SSL_get_error(engine->native, result);
        if (engine->state == ENGINE_HANDSHAKE && SSL_is_init_finished(engine->native)) {
            enum err err = finish_handshake(engine);
            if (err != ERR_OK) {
                return err;
            }
        }
        switch (problem) {
        case SSL_ERROR_NONE:
            if (buf_append(plain, bytes_of(scratch, len)) != ERR_OK) {
                return fail(engine, "no memory for plain text");
            }
            break;
        case SSL_ERROR_WANT_READ:
            return ERR_OK;
        case SSL_ERROR_ZERO_RETURN:
            engine->state = ENGINE_CLOSED;
            return ERR_CLOSED;
        default:
            return fail_with_openssl(engine);
        }
    }
}

static enum err finish_handshake(struct tls_engine *engine)
{
    const unsigned char *name = NULL;
    unsigned name_len = 0;
    SSL_get0_alpn_selected(engine->native, &name, &name_len);
    if (!bytes_equal(bytes_of(name, name_len), bytes_of_text(TLS_ALPN))) {
        return fail(engine, "the peer does not speak " TLS_ALPN);
    }
    enum err err = read_peer(engine);
    if (err != ERR_OK) {
        return fail(engine, "the peer's certificate is not one of ours");
    }
    engine->state = ENGINE_READY;
    return ERR_OK;
}

/* The profile (verify.c) has passed it already. */
static enum err read_peer(struct tls_engine *engine)
{
    struct tls_peer peer = {.is_expired = engine->verdict.is_expired};
    if (SSL_export_keying_material(engine->native, peer.exported, sizeof peer.exported, TLS_EXPORTER,
                                   sizeof TLS_EXPORTER - 1, NULL, 0, 0) != 1) {
        return ERR_NO_MEMORY;
    }
    X509 *certificate = SSL_get0_peer_certificate(engine->native);
    if (certificate == NULL && SSL_is_server(engine->native) == 1) {
        peer.is_stranger = true; /* where one is demanded the handshake has failed already */
        engine->peer = peer;
        engine->has_peer = true;
        return ERR_OK;
    }
    const EVP_PKEY *key = certificate == NULL ? NULL : X509_get0_pubkey(certificate);
    size_t len = sizeof peer.public_key;
    if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key, peer.public_key, &len) != 1) {
        return ERR_UNAUTHORISED;
    }
    if (SSL_is_server(engine->native) == 1 && tls_certificate_device(certificate, &peer.device) != ERR_OK) {
        return ERR_UNAUTHORISED;
    }
    engine->peer = peer;
    engine->has_peer = true;
    return ERR_OK;
}

size_t tls_cipher_bytes(size_t plain_bytes)
{
    size_t record_count = plain_bytes / RECORD_PLAIN_BYTES_MAX + 1;
    return plain_bytes + record_count * RECORD_OVERHEAD_BYTES;
}

enum err tls_engine_write(struct tls_engine *engine, struct bytes plain, struct buf *cipher)
{
    if (engine->state == ENGINE_HANDSHAKE) {
        return ERR_AGAIN;
    }
    if (engine->state != ENGINE_READY) {
        return ERR_TLS;
    }
    if (tls_cipher_bytes(plain.len) > cipher->bytes_max - cipher->len) {
        return ERR_BUSY;
    }
    engine->cipher = cipher;
    enum err err = ERR_OK;
    size_t written = 0;
    ERR_clear_error();
    if (plain.len > 0 && SSL_write_ex(engine->native, plain.at, plain.len, &written) != 1) {
        err = fail_with_openssl(engine);
    }
    ENSURE(err != ERR_OK || written == plain.len);
    engine->cipher = NULL;
    return err;
}

void tls_engine_close(struct tls_engine *engine, struct buf *cipher)
{
    if (engine->state == ENGINE_HANDSHAKE || engine->state == ENGINE_BROKEN) {
        return;
    }
    engine->cipher = cipher;
    /* A close_notify that does not fit is only a courtesy missed. */
    (void)SSL_shutdown(engine->native);
    ERR_clear_error();
    engine->cipher = NULL;
}

bool tls_engine_is_ready(const struct tls_engine *engine)
{
    return engine->state == ENGINE_READY;
}

enum err tls_engine_peer(const struct tls_engine *engine, struct tls_peer *ret_peer)
{
    if (!engine->has_peer) {
        return ERR_UNAUTHORISED;
    }
    *ret_peer = engine->peer;
    return ERR_OK;
}

const char *tls_engine_reason(const struct tls_engine *engine)
{
    return engine->reason != NULL ? engine->reason : "";
}

static enum err fail(struct tls_engine *engine, const char *reason)
{
    engine->state = ENGINE_BROKEN;
    engine->reason = reason;
    return ERR_TLS;
}

static enum err fail_with_openssl(struct tls_engine *engine)
{
    long verified = SSL_get_verify_result(engine->native);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    if (engine->verdict.reason != NULL) {
        reason = engine->verdict.reason;
    } else if (verified != X509_V_OK) {
        reason = X509_verify_cert_error_string(verified);
    }
    ERR_clear_error();
    return fail(engine, reason != NULL ? reason : "the connection failed");
}
