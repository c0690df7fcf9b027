/* Sends what clients have sealed, one thread and one session per home, and measures until the last receipt.
 *   bench_ingest SERVER HOME...     prints: records, seconds, p99 in ms, bytes both ways after the handshake
 * Every home must hold sealed submissions the server does not have. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/lib/home.h"
#include "bench/lib/peer.h"
#include "bench/lib/times.h"
#include "client/lib/store.h"
#include "common/base/clock.h"
#include "proto/submission.pb-c.h"

enum { IN_FLIGHT_MAX = 4, SUBMISSIONS_MAX = 4096, HOMES_MAX = 128, SEALED_BYTES_MAX = 512 << 20 };

struct lane {
    const char *home;
    const char *server;
    struct peer peer;
    struct arena arena; /* the sealed submissions */
    struct store_sealed sealed[SUBMISSIONS_MAX];
    size_t count;
    int64_t latency_us[SUBMISSIONS_MAX];
    uint64_t records;
    uint64_t not_applied;
    uint64_t bytes;
};

static pthread_barrier_t barrier;
static int64_t started_us;

static void load_sealed(struct lane *lane);
static void *run_lane(void *context);
static void send_one(struct lane *lane, size_t index);

int main(int argc, char **argv)
{
    int lane_count = argc - 2;
    if (lane_count < 1 || lane_count > HOMES_MAX) {
        (void)fprintf(stderr, "usage: bench_ingest SERVER HOME...\n");
        return 2;
    }
    struct lane *lanes = calloc((size_t)lane_count, sizeof *lanes);
    pthread_t threads[HOMES_MAX];
    if (lanes == NULL || pthread_barrier_init(&barrier, NULL, (unsigned)lane_count + 1) != 0) {
        return 1;
    }
    for (int i = 0; i < lane_count; i++) {
        lanes[i].home = argv[i + 2];
        lanes[i].server = argv[1];
        load_sealed(&lanes[i]);
    }
    for (int i = 0; i < lane_count; i++) {
        if (pthread_create(&threads[i], NULL, run_lane, &lanes[i]) != 0) {
            return 1;
        }
    }
    (void)pthread_barrier_wait(&barrier); /* every session is greeted */
    started_us = clock_monotonic_us();
    (void)pthread_barrier_wait(&barrier);
    uint64_t records = 0;
    uint64_t not_applied = 0;
    uint64_t bytes = 0;
    size_t submissions = 0;
    for (int i = 0; i < lane_count; i++) {
        (void)pthread_join(threads[i], NULL);
        records += lanes[i].records;
        not_applied += lanes[i].not_applied;
        bytes += lanes[i].bytes;
        submissions += lanes[i].count;
    }
    double seconds = (double)(clock_monotonic_us() - started_us) / 1e6;
    int64_t *times = calloc(submissions + 1, sizeof *times);
    if (times == NULL || submissions == 0 || not_applied > 0) {
        (void)fprintf(stderr, "bench: %zu submissions, %llu changes not applied\n", submissions,
                      (unsigned long long)not_applied);
        return 1;
    }
    size_t at = 0;
    for (int i = 0; i < lane_count; i++) {
        memcpy(times + at, lanes[i].latency_us, lanes[i].count * sizeof *times);
        at += lanes[i].count;
    }
    (void)printf("%llu %.6f %.3f %llu\n", (unsigned long long)records, seconds,
                 times_percentile_ms(times, submissions, 99), (unsigned long long)bytes);
    free(times);
    free(lanes);
    return 0;
}

static void load_sealed(struct lane *lane)
{
    struct store *store = NULL;
    struct error error = {0};
    arena_init(&lane->arena, SEALED_BYTES_MAX);
    struct keys keys = {0};
    struct store_owner owner = {0};
    home_unlock(lane->home, &keys);
    owner.device = keys.device;
    memcpy(owner.key, keys.store_key, sizeof owner.key);
    keys_release(&keys);
    enum err err = store_open(lane->home, &owner, false, &store, &error);
    uint64_t sequence = 0;
    while (err == ERR_OK && store_sealed_without_receipt(store, sequence, &sequence) == ERR_OK) {
        if (lane->count == SUBMISSIONS_MAX) {
            err = ERR_TOO_BIG;
            break;
        }
        err = store_sealed_get(store, sequence, &lane->arena, &lane->sealed[lane->count]);
        lane->count++;
    }
    if (err != ERR_OK) {
        (void)fprintf(stderr, "bench: %s: %s %s\n", lane->home, err_name(err), error.text);
        exit(1);
    }
    store_close(store);
}

static void *run_lane(void *context)
{
    struct lane *lane = context;
    peer_open(&lane->peer, lane->home, lane->server);
    uint64_t bytes_before = peer_bytes(&lane->peer);
    (void)pthread_barrier_wait(&barrier);
    (void)pthread_barrier_wait(&barrier);
    size_t sent = 0;
    size_t received = 0;
    uint64_t first_request_id = lane->peer.next_request_id;
    while (received < lane->count) {
        while (sent < lane->count && sent - received < IN_FLIGHT_MAX) {
            send_one(lane, sent++);
        }
        uint64_t request_id;
        Dantin__Receipt *receipt = NULL;
        if (peer_receive(&lane->peer, &request_id, &receipt) != MESSAGE_RECEIPT) {
            (void)fprintf(stderr, "bench: %s: no receipt\n", lane->home);
            exit(1);
        }
        size_t index = request_id - first_request_id;
        lane->latency_us[index] = clock_monotonic_us() - lane->latency_us[index];
        lane->records += receipt->change_count;
        for (size_t i = 0; i < receipt->n_verdict; i++) {
            lane->not_applied += receipt->verdict[i]->code != VERDICT_APPLIED;
        }
        received++;
    }
    lane->bytes = peer_bytes(&lane->peer) - bytes_before;
    peer_close(&lane->peer);
    arena_release(&lane->arena);
    return NULL;
}

static void send_one(struct lane *lane, size_t index)
{
    const struct store_sealed *sealed = &lane->sealed[index];
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;
    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = 1;
    submit.envelope = (ProtobufCBinaryData){sealed->envelope.len, (uint8_t *)(uintptr_t)sealed->envelope.at};
    submit.signature =
        (ProtobufCBinaryData){sealed->signature.len, (uint8_t *)(uintptr_t)sealed->signature.at};
    submit.payload_zstd =
        (ProtobufCBinaryData){sealed->payload_zstd.len, (uint8_t *)(uintptr_t)sealed->payload_zstd.at};
    lane->latency_us[index] = clock_monotonic_us();
    (void)peer_send(&lane->peer, MESSAGE_SUBMIT, &submit);
}
