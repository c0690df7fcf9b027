/* Two TLS engines wired to each other in memory, with certificates made on the spot. Tests only. */
#ifndef TESTS_LIB_TLS_PAIR_H
#define TESTS_LIB_TLS_PAIR_H

#include "common/tls/engine.h"
#include "tests/lib/certs.h"

/* An authority, a server and a device under it, and a context for each. */
struct tls_pair {
    struct certs_authority *authority;
    struct certs_identity server_identity;
    struct certs_identity device_identity;
    struct tls_context *server_context;
    struct tls_context *client_context;
};

/* cmocka's fixtures: *state is a struct tls_pair. */
int tls_pair_open(void **state);
int tls_pair_close(void **state);

/* A context of the given identity; fails the test when it cannot be made. server_name: for clients. */
struct tls_context *tls_pair_context(bool is_server, const struct certs_identity *identity,
                                     const struct certs_authority *authority, const char *server_name);

/* One end of a connection. */
struct tls_end {
    struct tls_engine *engine;
    struct buf plain;  /* received */
    struct buf cipher; /* on its way to the other end */
    enum err err;      /* of the first feed that was not ERR_OK */
};

void tls_end_open(struct tls_end *end, struct tls_context *context);
void tls_end_close(struct tls_end *end);
/* Carry what `from` has to say to `to`, at most chunk_bytes at a time. */
void tls_end_carry(struct tls_end *from, struct tls_end *to, size_t chunk_bytes);
void tls_end_carry_both_ways(struct tls_end *client, struct tls_end *server, size_t chunk_bytes);
/* Connect two fresh ends as far as they get. */
void tls_end_connect(struct tls_context *client_context, struct tls_context *server_context,
                     struct tls_end *client, struct tls_end *server);

#endif
