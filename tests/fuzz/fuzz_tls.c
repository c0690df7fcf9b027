/* The TLS engine under any bytes, as a server and as a client, cut into pieces.
 * Input: one byte of choices (server or client; piece size), then what the network brings. Nobody can get
 * past the handshake without keys, so the property is: no crash, no plain text, never ready. */
#include "common/base/check.h"
#include "common/tls/engine.h"
#include "tests/lib/certs.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum { BUFFER_BYTES_MAX = 1 << 18 };

static struct tls_context *contexts[2]; /* client, server; made at the first input */

static struct tls_context *new_context(const struct certs_authority *authority, bool is_server)
{
    static struct certs_identity identity;
    if (is_server) {
        certs_issue_server(authority, &identity);
    } else {
        certs_issue_device(authority, &identity);
    }
    struct tls_config config = {
        .is_server = is_server,
        .certificate_pem = bytes_of_text(identity.certificate_pem),
        .private_key_pem = bytes_of_text(identity.key_pem),
        .authority_pem = certs_authority_pem(authority),
        .server_name = "localhost",
    };
    struct tls_context *context = NULL;
    enum err err = tls_context_new(&config, &context, NULL);
    ENSURE(err == ERR_OK);
    return context;
}

static void make_contexts(void)
{
    struct certs_authority *authority = certs_authority_new();
    contexts[0] = new_context(authority, false);
    contexts[1] = new_context(authority, true);
    certs_authority_free(authority);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (len == 0) {
        return 0;
    }
    if (contexts[0] == NULL) {
        make_contexts();
    }
    bool is_server = (at[0] & 1) != 0;
    size_t piece_max = (at[0] >> 1) == 0 ? len : (size_t)(at[0] >> 1);
    struct tls_engine *engine = NULL;
    struct buf plain;
    struct buf cipher;
    buf_init(&plain, BUFFER_BYTES_MAX);
    buf_init(&cipher, BUFFER_BYTES_MAX);
    enum err err = tls_engine_new(contexts[is_server ? 1 : 0], &engine);
    ENSURE(err == ERR_OK);
    if (!is_server) {
        err = tls_engine_start(engine, &cipher);
        ENSURE(err == ERR_OK);
    }
    for (size_t start = 1; start < len && err == ERR_OK; start += piece_max) {
        size_t piece = piece_max < len - start ? piece_max : len - start;
        err = tls_engine_feed(engine, bytes_of(at + start, piece), &plain, &cipher);
    }
    ENSURE(plain.len == 0);
    ENSURE(!tls_engine_is_ready(engine));
    tls_engine_free(engine);
    buf_release(&plain);
    buf_release(&cipher);
    return 0;
}
