/* Set up an SSL_CTX once: TLS 1.3, both sides with certificates of one authority, nothing resumed, nothing
 * kept. */
#include "common/tls/context.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/base/check.h"
#include "common/crypto/pem.h"
#include "common/tls/verify.h"

enum { CERTIFICATE_LIST_BYTES_MAX = 16 * 1024 };

static void set_options(SSL_CTX *native);
static enum err set_alpn(struct tls_context *context);
static enum err load_certificates(SSL_CTX *native, struct bytes pem, struct error *ret_error);
static enum err load_key(SSL_CTX *native, struct bytes pem, struct error *ret_error);
static enum err load_authority(struct tls_context *context, struct bytes pem, struct error *ret_error);
static enum err set_server_name(struct tls_context *context, const char *name);

enum err tls_context_new(const struct tls_config *config, struct tls_context **ret_context,
                         struct error *ret_error)
{
    REQUIRE(config->is_server || config->server_name != NULL);
    REQUIRE(!config->is_server || config->pin == NULL);
    struct tls_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, LANGUAGE_VI));
    }
    context->is_server = config->is_server;
    context->native = SSL_CTX_new(TLS_method());
    enum err err = ERR_NO_MEMORY;
    if (context->native == NULL) {
        goto done;
    }
    set_options(context->native);
    if (config->takes_strangers) {
        SSL_CTX_set_verify(context->native, SSL_VERIFY_PEER, tls_verify);
    }
    err = set_alpn(context);
    if (err == ERR_OK && config->pin != NULL) {
        memcpy(context->pin, config->pin, sizeof context->pin);
        SSL_CTX_set_cert_verify_callback(context->native, tls_verify_pin, NULL);
        goto done;
    }
    if (err == ERR_OK) {
        err = load_certificates(context->native, config->certificate_pem, ret_error);
    }
    if (err == ERR_OK) {
        err = load_key(context->native, config->private_key_pem, ret_error);
    }
    if (err == ERR_OK) {
        err = load_authority(context, config->authority_pem, ret_error);
    }
    if (err == ERR_OK && !config->is_server) {
        err = set_server_name(context, config->server_name);
    }
done:
    ERR_clear_error();
    if (err != ERR_OK) {
        tls_context_free(context);
        return err;
    }
    *ret_context = context;
    return ERR_OK;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL) {
        return;
    }
    SSL_CTX_free(context->native);
    free(context->server_name);
    free(context);
}

static void set_options(SSL_CTX *native)
{
    bool is_set = SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) == 1;
    ENSURE(is_set);
    (void)SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_num_tickets(native, 0);
    (void)SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_max_early_data(native, 0);
    (void)SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_verify);
    SSL_CTX_set_verify_depth(native, TLS_CHAIN_DEPTH_MAX);
    SSL_CTX_set_max_cert_list(native, CERTIFICATE_LIST_BYTES_MAX);
}

/* ---- ALPN: the one name, or no connection ---- */

static int select_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
                           const unsigned char *offered, unsigned offered_len, void *unused)
{
    (void)ssl;
    (void)unused;
    /* SSL_select_next_proto wants a writable result though it only points into one of the lists. */
    unsigned char *name = NULL;
    int result = SSL_select_next_proto(&name, ret_len, (const unsigned char *)TLS_ALPN_WIRE,
                                       TLS_ALPN_WIRE_BYTES, offered, offered_len);
    if (result != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *ret_name = name;
    return SSL_TLSEXT_ERR_OK;
}

/* select_protocol is not asked when the client offers nothing at all. */
static int require_alpn(SSL *ssl, int *ret_alert, void *unused)
{
    (void)unused;
    const unsigned char *extension = NULL;
    size_t len = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &extension,
                                  &len) != 1) {
        *ret_alert = SSL_AD_NO_APPLICATION_PROTOCOL;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static enum err set_alpn(struct tls_context *context)
{
    if (context->is_server) {
        SSL_CTX_set_alpn_select_cb(context->native, select_protocol, NULL);
        SSL_CTX_set_client_hello_cb(context->native, require_alpn, NULL);
        return ERR_OK;
    }
    int result =
        SSL_CTX_set_alpn_protos(context->native, (const unsigned char *)TLS_ALPN_WIRE, TLS_ALPN_WIRE_BYTES);
    return result == 0 ? ERR_OK : ERR_NO_MEMORY;
}

/* ---- PEM ---- */

static BIO *open_pem(struct bytes pem)
{
    return pem.len > 0 && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
}

/* Our certificate, then whatever stands between it and the authority. */
static enum err load_certificates(SSL_CTX *native, struct bytes pem, struct error *ret_error)
{
    BIO *bio = open_pem(pem);
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, pem_refuse_passphrase, NULL);
    bool is_loaded = certificate != NULL && SSL_CTX_use_certificate(native, certificate) == 1;
    X509_free(certificate);
    while (is_loaded && (certificate = PEM_read_bio_X509(bio, NULL, pem_refuse_passphrase, NULL)) != NULL) {
        is_loaded = SSL_CTX_add0_chain_cert(native, certificate) == 1;
        if (!is_loaded) {
            X509_free(certificate);
        }
    }
    BIO_free(bio);
    return is_loaded ? ERR_OK : error_set(ret_error, ERR_CONFIG, "the certificate is no PEM certificate");
}

static enum err load_key(SSL_CTX *native, struct bytes pem, struct error *ret_error)
{
    BIO *bio = open_pem(pem);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, pem_refuse_passphrase, NULL);
    BIO_free(bio);
    if (key == NULL) {
        return error_set(ret_error, ERR_CONFIG, "the private key is no PEM key without a passphrase");
    }
    bool fits = SSL_CTX_use_PrivateKey(native, key) == 1 && SSL_CTX_check_private_key(native) == 1;
    EVP_PKEY_free(key);
    return fits ? ERR_OK : error_set(ret_error, ERR_CONFIG, "the private key does not fit the certificate");
}

/* The certificates trusted; a server also names them to its clients, so that each can pick the right one of
 * its own. */
static enum err load_authority(struct tls_context *context, struct bytes pem, struct error *ret_error)
{
    BIO *bio = open_pem(pem);
    X509_STORE *store = SSL_CTX_get_cert_store(context->native);
    unsigned count = 0;
    bool is_loaded = bio != NULL;
    X509 *certificate = NULL;
    while (is_loaded && (certificate = PEM_read_bio_X509(bio, NULL, pem_refuse_passphrase, NULL)) != NULL) {
        is_loaded = X509_STORE_add_cert(store, certificate) == 1;
        if (is_loaded && context->is_server) {
            is_loaded = SSL_CTX_add_client_CA(context->native, certificate) == 1;
        }
        X509_free(certificate);
        count++;
    }
    BIO_free(bio);
    if (!is_loaded || count == 0) {
        return error_set(ret_error, ERR_CONFIG, "the authority's certificate is no PEM certificate");
    }
    return ERR_OK;
}

/* Verify the server's certificate against a DNS name or an IP address; only a name is told to the server. */
static enum err set_server_name(struct tls_context *context, const char *name)
{
    X509_VERIFY_PARAM *verify = SSL_CTX_get0_param(context->native);
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, name) == 1) {
        return ERR_OK;
    }
    X509_VERIFY_PARAM_set_hostflags(verify,
                                    X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_host(verify, name, 0) != 1) {
        return ERR_NO_MEMORY;
    }
    context->server_name = strdup(name);
    return context->server_name == NULL ? ERR_NO_MEMORY : ERR_OK;
}
