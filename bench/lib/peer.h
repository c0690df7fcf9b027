/* A device's session for benchmarks: the client's connection and keys, without its syncer, so that sending
 * costs as little as possible beside the server that is measured. Blocking; one thread per peer. */
#ifndef BENCH_LIB_PEER_H
#define BENCH_LIB_PEER_H

#include "client/lib/connection.h"
#include "common/base/arena.h"
#include "common/wire/message.h"

enum { PEER_WAIT_MS = 60000, PEER_ARENA_BYTES_MAX = 16 << 20 };

struct peer {
    struct keys keys;
    struct connection *connection;
    int descriptor; /* a duplicate, to ask the system how many bytes went */
    struct arena arena;
    struct buf out;
    uint64_t next_request_id;
    uint64_t last_sequence; /* of WELCOME, with what follows */
    struct hash last_envelope_hash;
    struct id sender;
    uint32_t credits;
    uint64_t head;
    uint32_t frame_bytes; /* of the frame received last, as it came: header and body */
};

/* Connect with the keys of a client's home and finish HELLO. Exits with a sentence on any failure: a
 * benchmark has no way on. */
void peer_open(struct peer *peer, const char *home, const char *server);
void peer_close(struct peer *peer);
/* Send one request; returns its id. */
uint64_t peer_send(struct peer *peer, uint16_t type, const void *message);
/* The next frame, body unpacked into the peer's arena (cleared by the call). PING is answered and skipped. */
uint16_t peer_receive(struct peer *peer, uint64_t *ret_request_id, void *ret_message);
/* Bytes of TCP payload both ways so far. */
uint64_t peer_bytes(const struct peer *peer);

#endif
