/* tls_sink DIR [old]: a server with the TLS settings of ours for a scanner that has no certificate of a device and no ALPN name.
 * Takes the context of common/tls as it is, then lifts what would end every connection of such a scanner: a certificate of the
 * other side, a name by ALPN. Reads DIR/server.crt, DIR/server.key and DIR/ca.pem; writes DIR/port when it listens. Every
 * connection is shaken hands with and read until its end. Runs until it is killed.
 * `old`: TLS 1.2 without any encryption is spoken too, so that a test sees the scanner complain. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "common/base/check.h"
#include "common/tls/context.h"

enum { PATH_BYTES = 4096, PEM_BYTES_MAX = 8192, BACKLOG = 64, WAIT_S = 5 };

static void write_file(const char *folder, const char *name, struct bytes content)
{
    char path[PATH_BYTES];
    char made[PATH_BYTES];
    (void)snprintf(made, sizeof made, "%s/%s.new", folder, name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(made, "we");
    REQUIRE(file != NULL);
    REQUIRE(fwrite(content.at, 1, content.len, file) == content.len);
    REQUIRE(fclose(file) == 0);
    REQUIRE(rename(made, path) == 0);
}

static struct bytes read_file(const char *folder, const char *name, uint8_t at[PEM_BYTES_MAX])
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    REQUIRE(file != NULL);
    size_t len = fread(at, 1, PEM_BYTES_MAX, file);
    REQUIRE(feof(file) != 0);
    REQUIRE(fclose(file) == 0);
    return bytes_of(at, len);
}

static struct tls_context *open_context(const char *folder)
{
    static uint8_t pem[3][PEM_BYTES_MAX];
    struct error error;
    struct tls_context *context = NULL;
    REQUIRE(tls_context_new(&(struct tls_config){.is_server = true,
                                                 .certificate_pem = read_file(folder, "server.crt", pem[0]),
                                                 .private_key_pem = read_file(folder, "server.key", pem[1]),
                                                 .authority_pem = read_file(folder, "ca.pem", pem[2])},
                            &context, &error) == ERR_OK);
    SSL_CTX_set_verify(context->native, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_client_hello_cb(context->native, NULL, NULL);
    return context;
}

static int listen_on_loopback(const char *folder)
{
    char text[16];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listener >= 0);
    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, BACKLOG) == 0);
    REQUIRE(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    (void)snprintf(text, sizeof text, "%u\n", (unsigned)ntohs(address.sin_port));
    write_file(folder, "port", bytes_of_text(text));
    return listener;
}

static void serve_one(struct tls_context *context, int connection)
{
    char sunk[512];
    struct timeval wait = {.tv_sec = WAIT_S};
    (void)setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    SSL *ssl = SSL_new(context->native);
    REQUIRE(ssl != NULL);
    if (SSL_set_fd(ssl, connection) == 1 && SSL_accept(ssl) == 1) {
        while (SSL_read(ssl, sunk, sizeof sunk) > 0) {
        }
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ERR_clear_error();
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2 || argument_count > 3 ||
        (argument_count == 3 && strcmp(arguments[2], "old") != 0)) {
        (void)fprintf(stderr, "usage: %s DIR [old]\n", arguments[0]);
        return 2;
    }
    struct tls_context *context = open_context(arguments[1]);
    if (argument_count == 3) {
        REQUIRE(SSL_CTX_set_min_proto_version(context->native, TLS1_2_VERSION) == 1);
        REQUIRE(SSL_CTX_set_cipher_list(context->native, "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0") == 1);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_IGN);
    int listener = listen_on_loopback(arguments[1]);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) {
            continue;
        }
        pid_t child = fork(); /* a scanner opens several at once, and leaves some silent */
        if (child == 0) {
            serve_one(context, connection);
            _exit(0);
        }
        (void)close(connection);
    }
}
