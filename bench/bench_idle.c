/* What an idle connection costs the server.
 *   bench_idle devices COUNT                   prints one line per device: id, SPKI hash, public key, in hex
 *   bench_idle connect DIR PORT COUNT PID      COUNT connections of as many devices, each after WELCOME;
 * prints the growth of the process's resident memory per connection, in KiB Keys are drawn from the device's
 * number, so both calls mean the same devices; DIR holds ca/ca.key and ca/ca.crt. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/tls/engine.h"
#include "common/wire/frame.h"
#include "common/wire/message.h"
#include "proto/session.pb-c.h"
#include "server/ops/certificates.h"

enum {
    CONNECTIONS_MAX = 20000,
    SPARE_FILES = 64,
    FILE_BYTES_MAX = 16384,
    WARM_UP_COUNT = 20, /* so that what the server allocates once is not counted */
    SETTLE_S = 2,
    DAYS = 2,
};

struct authority {
    struct signing_key *key;
    char pem[FILE_BYTES_MAX];
};

struct line {
    int descriptor;
    struct tls_engine *tls;
    struct buf plain;
    struct buf cipher;
};

static void die(const char *what);
static struct signing_key *key_of(unsigned number);
static void print_devices(unsigned count);
static void read_text(const char *folder, const char *name, char ret_text[FILE_BYTES_MAX]);
static void open_authority(const char *folder, struct authority *ret_authority);
static void line_open(struct line *line, const struct authority *authority, uint16_t port, unsigned number);
static void line_start_tls(struct line *line, const struct authority *authority, unsigned number);
static void line_send(struct line *line);
static void line_receive(struct line *line);
static void line_greet(struct line *line);
static void line_close(struct line *line);
static long rss_kib(const char *pid);
static double measure(const char *folder, uint16_t port, unsigned count, const char *pid);

int main(int argc, char **argv)
{
    unsigned long count = argc > 2 ? strtoul(argv[argc == 3 ? 2 : argc > 4 ? 4 : 2], NULL, 10) : 0;

    if (argc == 3 && strcmp(argv[1], "devices") == 0 && count > 0 && count <= CONNECTIONS_MAX) {
        print_devices((unsigned)count);
        return 0;
    }
    if (argc == 6 && strcmp(argv[1], "connect") == 0 && count > 0 && count <= CONNECTIONS_MAX) {
        (void)printf("%.2f\n",
                     measure(argv[2], (uint16_t)strtoul(argv[3], NULL, 10), (unsigned)count, argv[5]));
        return 0;
    }
    (void)fprintf(stderr, "usage: bench_idle devices COUNT | bench_idle connect DIR PORT COUNT PID\n");
    return 2;
}

static void print_devices(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct signing_key *key = key_of(i);
        uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
        char device[HASH_HEX_BYTES];
        char public_hex[2 * SIGN_PUBLIC_KEY_BYTES + 1];
        struct hash hash;

        signing_key_public(key, public_key);
        hash = sign_spki_hash(public_key);
        hex_encode(bytes_of(hash.at, sizeof hash.at), device);
        hex_encode(bytes_of(public_key, sizeof public_key), public_hex);
        (void)printf("%s %s %s\n", device, device, public_hex);
        signing_key_free(key);
    }
}

static double measure(const char *folder, uint16_t port, unsigned count, const char *pid)
{
    struct authority authority;
    struct line *lines = calloc(count, sizeof *lines);
    struct rlimit limit = {count + SPARE_FILES, count + SPARE_FILES};
    const struct timespec settle = {SETTLE_S, 0};
    long before = 0;
    long after = 0;

    if (lines == NULL || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        die("not enough files or memory for the connections");
    }
    open_authority(folder, &authority);
    for (unsigned i = 0; i < count && i < WARM_UP_COUNT; i++) {
        line_open(&lines[0], &authority, port, i);
        line_close(&lines[0]);
    }
    (void)nanosleep(&settle, NULL);
    before = rss_kib(pid);
    for (unsigned i = 0; i < count; i++) {
        line_open(&lines[i], &authority, port, i);
    }
    (void)nanosleep(&settle, NULL);
    after = rss_kib(pid);
    for (unsigned i = 0; i < count; i++) {
        line_close(&lines[i]);
    }
    signing_key_free(authority.key);
    free(lines);
    return (double)(after - before) / count;
}

static struct signing_key *key_of(unsigned number)
{
    uint8_t seed[SIGN_SEED_BYTES] = {'i', 'd', 'l', 'e'};
    struct signing_key *key = NULL;

    u32_write(seed + 4, number);
    if (signing_key_from_seed(seed, &key) != ERR_OK) {
        die("a key cannot be made");
    }
    return key;
}

static void open_authority(const char *folder, struct authority *ret_authority)
{
    char key_pem[FILE_BYTES_MAX];

    read_text(folder, "ca/ca.crt", ret_authority->pem);
    read_text(folder, "ca/ca.key", key_pem);
    if (signing_key_from_pem(bytes_of_text(key_pem), &ret_authority->key) != ERR_OK) {
        die("ca/ca.key is no key");
    }
}

static void read_text(const char *folder, const char *name, char ret_text[FILE_BYTES_MAX])
{
    char path[4096];
    FILE *file = NULL;
    size_t len = 0;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "re");
    if (file == NULL) {
        die(path);
    }
    len = fread(ret_text, 1, FILE_BYTES_MAX - 1, file);
    ret_text[len] = '\0';
    (void)fclose(file); /* it was only read */
}

static void line_open(struct line *line, const struct authority *authority, uint16_t port, unsigned number)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    buf_init(&line->plain, 1 << 20);
    buf_init(&line->cipher, 1 << 20);
    line->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->descriptor < 0 ||
        connect(line->descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        die("no connection");
    }
    (void)setsockopt(line->descriptor, IPPROTO_TCP, TCP_NODELAY, &on,
                     sizeof on); /* else 40 ms each for nothing */
    line_start_tls(line, authority, number);
    line_greet(line);
    buf_shrink(&line->plain);
    buf_shrink(&line->cipher);
}

static void line_start_tls(struct line *line, const struct authority *authority, unsigned number)
{
    struct signing_key *key = key_of(number);
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    char key_pem[SIGN_PEM_BYTES_MAX];
    char certificate_pem[CERTIFICATE_PEM_BYTES_MAX];
    struct hash device;
    struct tls_context *context = NULL;
    struct error error = {0};

    signing_key_public(key, public_key);
    device = sign_spki_hash(public_key);
    if (signing_key_to_pem(key, key_pem) != ERR_OK ||
        certificate_for_device(authority->key, bytes_of_text(authority->pem), public_key, &device, DAYS,
                               certificate_pem) != ERR_OK) {
        die("a certificate cannot be made");
    }
    const struct tls_config config = {
        .certificate_pem = bytes_of_text(certificate_pem),
        .private_key_pem = bytes_of_text(key_pem),
        .authority_pem = bytes_of_text(authority->pem),
        .server_name = "localhost",
    };
    if (tls_context_new(&config, &context, &error) != ERR_OK ||
        tls_engine_new(context, &line->tls) != ERR_OK ||
        tls_engine_start(line->tls, &line->cipher) != ERR_OK) {
        die("TLS does not start");
    }
    tls_context_free(context);
    signing_key_free(key);
    line_send(line);
    while (!tls_engine_is_ready(line->tls)) {
        line_receive(line);
    }
}

static void line_send(struct line *line)
{
    while (line->cipher.len > 0) {
        struct bytes content = buf_content(&line->cipher);
        ssize_t sent = send(line->descriptor, content.at, content.len, MSG_NOSIGNAL);

        if (sent <= 0) {
            die("the server cut the line");
        }
        buf_consume(&line->cipher, (size_t)sent);
    }
}

static void line_receive(struct line *line)
{
    uint8_t bytes[16384];
    ssize_t len = recv(line->descriptor, bytes, sizeof bytes, 0);

    if (len <= 0 ||
        tls_engine_feed(line->tls, bytes_of(bytes, (size_t)len), &line->plain, &line->cipher) != ERR_OK) {
        die("the server cut the line");
    }
    line_send(line);
}

static void line_greet(struct line *line)
{
    Dantin__Hello hello = DANTIN__HELLO__INIT;
    struct buf body;
    struct buf frame;
    struct frame answer = {0};
    enum err err = ERR_OK;
    char software[] = "bench_idle";

    buf_init(&body, 4096);
    buf_init(&frame, 8192);
    hello.has_version_min = hello.has_version_max = true;
    hello.version_min = hello.version_max = 1;
    hello.software = software;
    if (message_pack(&hello, &body) != ERR_OK ||
        frame_append(&frame, MESSAGE_HELLO, 1, buf_content(&body), false) != ERR_OK ||
        tls_engine_write(line->tls, buf_content(&frame), &line->cipher) != ERR_OK) {
        die("HELLO cannot be said");
    }
    line_send(line);
    while ((err = frame_decode(buf_content(&line->plain), (struct frame_rules){.is_greeted = false},
                               &answer)) == ERR_AGAIN) {
        line_receive(line);
    }
    if (err != ERR_OK || answer.header.type != MESSAGE_WELCOME) {
        die("no WELCOME: is the device enrolled?");
    }
    buf_release(&body);
    buf_release(&frame);
}

static void line_close(struct line *line)
{
    (void)close(line->descriptor); /* a socket */
    tls_engine_free(line->tls);
    buf_release(&line->plain);
    buf_release(&line->cipher);
}

static long rss_kib(const char *pid)
{
    char path[64];
    char text[256];
    long kib = -1;
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "/proc/%s/status", pid);
    file = fopen(path, "re");
    if (file == NULL) {
        die(path);
    }
    while (fgets(text, sizeof text, file) != NULL) {
        if (strncmp(text, "VmRSS:", 6) == 0) {
            kib = strtol(text + 6, NULL, 10);
        }
    }
    (void)fclose(file); /* it was only read */
    return kib;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "bench_idle: %s\n", what);
    exit(1);
}
