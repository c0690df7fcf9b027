#include "bench/lib/peer.h"

#include <netdb.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/lib/home.h"
#include "client/lib/platform.h"
#include "proto/session.pb-c.h"

static void give_up(const char *what, enum err err, const char *sentence);
static int connect_to(const char *host, const char *port);

void peer_open(struct peer *peer, const char *home, const char *server)
{
    memset(peer, 0, sizeof *peer);
    arena_init(&peer->arena, PEER_ARENA_BYTES_MAX);
    buf_init(&peer->out, CONNECTION_CIPHER_BYTES_MAX);
    peer->next_request_id = 1;
    home_unlock(home, &peer->keys);
    char host[CONNECTION_HOST_BYTES_MAX];
    char port[CONNECTION_PORT_BYTES_MAX];
    struct error error = {0};
    struct platform_socket *socket = NULL;
    enum err err = connection_split_server(server, host, port);
    int descriptor = err == ERR_OK ? connect_to(host, port) : -1;
    if (descriptor < 0 || (peer->descriptor = dup(descriptor)) < 0) {
        give_up(server, ERR_UNREACHABLE, "");
    }
    err = platform_socket_take(descriptor, &socket);
    if (err == ERR_OK) {
        err = connection_open_socket_take(socket, host, &peer->keys, &peer->connection, &error);
    }
    if (err != ERR_OK) {
        give_up(server, err, error.text);
    }
    Dantin__Hello hello = DANTIN__HELLO__INIT;
    char software[] = "bench";
    hello.has_version_min = hello.has_version_max = hello.has_schema_version = 1;
    hello.version_min = hello.version_max = 1;
    hello.schema_version = 1;
    hello.software = software;
    (void)peer_send(peer, MESSAGE_HELLO, &hello);
    Dantin__Welcome *welcome = NULL;
    uint64_t request_id;
    if (peer_receive(peer, &request_id, &welcome) != MESSAGE_WELCOME) {
        give_up("HELLO", ERR_PROTOCOL, "no WELCOME");
    }
    connection_set_greeted(peer->connection);
    peer->last_sequence = welcome->last_sequence;
    if (id_from_bytes(bytes_of(welcome->sender.data, welcome->sender.len), &peer->sender) != ERR_OK ||
        (welcome->last_sequence > 0 && welcome->last_envelope_hash.len != HASH_BYTES)) {
        give_up("HELLO", ERR_PROTOCOL, "WELCOME without a sender or its last submission");
    }
    if (welcome->last_sequence > 0) {
        memcpy(peer->last_envelope_hash.at, welcome->last_envelope_hash.data, HASH_BYTES);
    }
    peer->credits = welcome->credits;
    peer->head = welcome->head;
}

void peer_close(struct peer *peer)
{
    connection_close(peer->connection);
    (void)close(peer->descriptor);
    keys_release(&peer->keys);
    arena_release(&peer->arena);
    buf_release(&peer->out);
}

uint64_t peer_send(struct peer *peer, uint16_t type, const void *message)
{
    struct buf body;
    buf_init(&body, CONNECTION_CIPHER_BYTES_MAX);
    uint64_t request_id = peer->next_request_id++;
    enum err err = message_pack(message, &body);
    if (err == ERR_OK) {
        buf_clear(&peer->out);
        err = frame_append(&peer->out, type, request_id, buf_content(&body), false);
    }
    if (err == ERR_OK) {
        err = connection_send(peer->connection, buf_content(&peer->out));
    }
    if (err != ERR_OK) {
        give_up("send", err, connection_reason(peer->connection));
    }
    buf_release(&body);
    return request_id;
}

uint16_t peer_receive(struct peer *peer, uint64_t *ret_request_id, void *ret_message)
{
    for (;;) {
        struct frame frame;
        enum err err = connection_receive(peer->connection, PEER_WAIT_MS, &frame);
        if (err != ERR_OK) {
            give_up("receive", err, connection_reason(peer->connection));
        }
        arena_clear(&peer->arena);
        struct bytes body;
        const struct message_info *info = message_info_of(frame.header.type);
        err = frame_body(&frame, &peer->arena, &body);
        if (err == ERR_OK) {
            err = message_unpack(info->descriptor, body, true, &peer->arena, ret_message);
        }
        if (err != ERR_OK) {
            give_up("unpack", err, info->name);
        }
        if (frame.header.type == MESSAGE_PING) {
            Dantin__Pong pong = DANTIN__PONG__INIT;
            (void)peer_send(peer, MESSAGE_PONG, &pong);
            continue;
        }
        peer->frame_bytes = FRAME_HEADER_BYTES + frame.header.body_bytes;
        *ret_request_id = frame.header.request_id;
        return frame.header.type;
    }
}

uint64_t peer_bytes(const struct peer *peer)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    if (getsockopt(peer->descriptor, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
        give_up("TCP_INFO", ERR_IO, platform_reason());
    }
    return info.tcpi_bytes_acked + info.tcpi_bytes_received;
}

static void give_up(const char *what, enum err err, const char *sentence)
{
    (void)fprintf(stderr, "bench: %s: %s %s\n", what, err_name(err), sentence);
    exit(1);
}

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    if (getaddrinfo(host, port, &hints, &address) != 0) {
        return -1;
    }
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0 && connect(descriptor, address->ai_addr, address->ai_addrlen) != 0) {
        (void)close(descriptor);
        descriptor = -1;
    }
    freeaddrinfo(address);
    return descriptor;
}
