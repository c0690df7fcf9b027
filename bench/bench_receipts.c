/* Sends submissions of one member each until the journal holds COUNT entries, then SAMPLE more, and measures the receipts of these.
 *   bench_receipts SERVER COUNT SAMPLE HOME...     prints: receipts, bytes of the median's frame, of the largest one
 * One thread and one session per home; every home's device speaks for a sender whose branch the province knows. What the homes'
 * stores hold is not looked at: they are of no use as clients afterwards. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/lib/peer.h"
#include "common/base/check.h"
#include "common/record/record_id.h"
#include "proto/submission.pb-c.h"
#include "tests/lib/builder.h"

enum { IN_FLIGHT_MAX = 4, HOMES_MAX = 128, LANE_ARENA_BYTES_MAX = 16 << 20, TEXT_BYTES = 64 };

struct lane {
    const char *home;
    size_t number;
    struct peer peer;
    struct builder_device device;
    struct arena arena; /* of the submission being made */
    struct id cell;
    uint64_t made;
};

static const char *server;
static uint64_t journal_size; /* receipts from this position on are measured */
static uint64_t wanted;       /* of them */
static uint32_t *frame_bytes; /* one per receipt measured */
static _Atomic uint64_t measured;

static void *run_lane(void *context);
static void lane_open(struct lane *lane);
static void send_next(struct lane *lane);
static void take_receipt(struct lane *lane);
static int compare_bytes(const void *a, const void *b);

int main(int argc, char **argv)
{
    int lane_count = argc - 4;
    static struct lane lanes[HOMES_MAX];
    pthread_t threads[HOMES_MAX];
    if (lane_count < 1 || lane_count > HOMES_MAX) {
        (void)fprintf(stderr, "usage: bench_receipts SERVER COUNT SAMPLE HOME...\n");
        return 2;
    }
    server = argv[1];
    journal_size = strtoull(argv[2], NULL, 10);
    wanted = strtoull(argv[3], NULL, 10);
    REQUIRE(wanted > 0);
    frame_bytes = calloc(wanted, sizeof *frame_bytes);
    REQUIRE(frame_bytes != NULL);
    for (int i = 0; i < lane_count; i++) {
        lanes[i].home = argv[i + 4];
        lanes[i].number = (size_t)i;
        REQUIRE(pthread_create(&threads[i], NULL, run_lane, &lanes[i]) == 0);
    }
    for (int i = 0; i < lane_count; i++) {
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    }
    qsort(frame_bytes, wanted, sizeof *frame_bytes, compare_bytes);
    (void)printf("%llu %u %u\n", (unsigned long long)wanted, frame_bytes[wanted / 2],
                 frame_bytes[wanted - 1]);
    free(frame_bytes);
    return 0;
}

static void *run_lane(void *context)
{
    struct lane *lane = context;
    size_t in_flight = 0;
    lane_open(lane);
    while (measured < wanted || in_flight > 0) {
        while (measured < wanted && in_flight < IN_FLIGHT_MAX) {
            send_next(lane);
            in_flight++;
        }
        take_receipt(lane);
        in_flight--;
    }
    peer_close(&lane->peer);
    arena_release(&lane->arena);
    return NULL;
}

/* The device goes on where the server's journal has it. */
static void lane_open(struct lane *lane)
{
    struct peer *peer = &lane->peer;
    peer_open(peer, lane->home, server);
    arena_init(&lane->arena, LANE_ARENA_BYTES_MAX);
    lane->device = (struct builder_device){.key = peer->keys.key,
                                           .device = peer->keys.device,
                                           .sequence = peer->last_sequence,
                                           .previous = peer->last_envelope_hash};
}

/* First a cell of the sender's, then its members. */
static void send_next(struct lane *lane)
{
    char name[TEXT_BYTES];
    char card[TEXT_BYTES];
    uint8_t prefix[8] = {'r', 'e', 'c', 'e', 'i', 'p', 't', (uint8_t)lane->number};
    arena_clear(&lane->arena);
    struct builder_change change = {.record = record_id_make(prefix, lane->made), .is_first_load = true};
    if (lane->made == 0) {
        (void)snprintf(name, sizeof name, "Chi bộ đo %zu", lane->number);
        change.kind = KIND_BRANCH;
        change.message = builder_branch(&lane->arena, name, &lane->peer.sender, false);
        lane->cell = change.record;
    } else {
        (void)snprintf(name, sizeof name, "Nguyễn Văn Đo %llu", (unsigned long long)lane->made);
        (void)snprintf(card, sizeof card, "%03zu%06llu", lane->number, (unsigned long long)lane->made);
        change.kind = KIND_MEMBER;
        change.message = builder_member(&lane->arena, name, &lane->cell, card);
    }
    struct builder_submission sealed = builder_seal(&lane->arena, &lane->device, &change, 1);
    Dantin__Submit submit = DANTIN__SUBMIT__INIT;
    submit.has_envelope = submit.has_signature = submit.has_payload_zstd = 1;
    submit.envelope = (ProtobufCBinaryData){sealed.envelope.len, (uint8_t *)(uintptr_t)sealed.envelope.at};
    submit.signature = (ProtobufCBinaryData){sealed.signature.len, (uint8_t *)(uintptr_t)sealed.signature.at};
    submit.payload_zstd =
        (ProtobufCBinaryData){sealed.payload_zstd.len, (uint8_t *)(uintptr_t)sealed.payload_zstd.at};
    (void)peer_send(&lane->peer, MESSAGE_SUBMIT, &submit);
    lane->made++;
}

static void take_receipt(struct lane *lane)
{
    uint64_t request_id;
    Dantin__Receipt *receipt = NULL;
    if (peer_receive(&lane->peer, &request_id, &receipt) != MESSAGE_RECEIPT) {
        (void)fprintf(stderr, "bench: %s: no receipt\n", lane->home);
        exit(1);
    }
    if (receipt->n_verdict != 0 || receipt->is_unreadable || receipt->checkpoint.len == 0 ||
        receipt->proof.len == 0) {
        (void)fprintf(stderr, "bench: %s: not applied, or without its proof: %s\n", lane->home,
                      receipt->n_verdict > 0 && receipt->verdict[0]->rule != NULL ? receipt->verdict[0]->rule
                                                                                  : "");
        exit(1);
    }
    if (receipt->position >= journal_size) {
        uint64_t index = atomic_fetch_add(&measured, 1);
        if (index < wanted) {
            frame_bytes[index] = lane->peer.frame_bytes;
        }
    }
}

static int compare_bytes(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a;
    uint32_t second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}
