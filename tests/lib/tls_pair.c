/* The wiring. */
#include "tests/lib/tls_pair.h"

#include <stdlib.h>

#include "tests/lib/test.h"

enum { PLAIN_BYTES_MAX = 1 << 20, CIPHER_BYTES_MAX = 2 << 20 };

struct tls_context *tls_pair_context(bool is_server, const struct certs_identity *identity,
                                     const struct certs_authority *authority, const char *server_name)
{
    struct tls_config config = {
        .is_server = is_server,
        .certificate_pem = bytes_of_text(identity->certificate_pem),
        .private_key_pem = bytes_of_text(identity->key_pem),
        .authority_pem = certs_authority_pem(authority),
        .server_name = server_name,
    };
    struct tls_context *context = NULL;
    struct error error = {0};
    assert_int_equal(tls_context_new(&config, &context, &error), ERR_OK);
    return context;
}

int tls_pair_open(void **state)
{
    struct tls_pair *pair = calloc(1, sizeof *pair);
    pair->authority = certs_authority_new();
    certs_issue_server(pair->authority, &pair->server_identity);
    certs_issue_device(pair->authority, &pair->device_identity);
    pair->server_context = tls_pair_context(true, &pair->server_identity, pair->authority, NULL);
    pair->client_context = tls_pair_context(false, &pair->device_identity, pair->authority, "localhost");
    *state = pair;
    return 0;
}

int tls_pair_close(void **state)
{
    struct tls_pair *pair = *state;
    tls_context_free(pair->client_context);
    tls_context_free(pair->server_context);
    certs_authority_free(pair->authority);
    free(pair);
    return 0;
}

void tls_end_open(struct tls_end *end, struct tls_context *context)
{
    *end = (struct tls_end){.err = ERR_OK};
    buf_init(&end->plain, PLAIN_BYTES_MAX);
    buf_init(&end->cipher, CIPHER_BYTES_MAX);
    assert_int_equal(tls_engine_new(context, &end->engine), ERR_OK);
}

void tls_end_close(struct tls_end *end)
{
    tls_engine_free(end->engine);
    buf_release(&end->plain);
    buf_release(&end->cipher);
}

void tls_end_carry(struct tls_end *from, struct tls_end *to, size_t chunk_bytes)
{
    while (from->cipher.len > 0) {
        struct bytes content = buf_content(&from->cipher);
        size_t len = content.len < chunk_bytes ? content.len : chunk_bytes;
        enum err err = tls_engine_feed(to->engine, bytes_of(content.at, len), &to->plain, &to->cipher);
        if (to->err == ERR_OK) {
            to->err = err;
        }
        buf_consume(&from->cipher, len);
    }
}

void tls_end_carry_both_ways(struct tls_end *client, struct tls_end *server, size_t chunk_bytes)
{
    while (client->cipher.len > 0 || server->cipher.len > 0) {
        tls_end_carry(client, server, chunk_bytes);
        tls_end_carry(server, client, chunk_bytes);
    }
}

void tls_end_connect(struct tls_context *client_context, struct tls_context *server_context,
                     struct tls_end *client, struct tls_end *server)
{
    tls_end_open(client, client_context);
    tls_end_open(server, server_context);
    assert_int_equal(tls_engine_start(client->engine, &client->cipher), ERR_OK);
    tls_end_carry_both_ways(client, server, SIZE_MAX);
}
