/* What one core does of a submission without the database: prepare (verify, unpack, rules) and judge, per
 * member. Prints `name value unit` lines. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/check.h"
#include "server/ingest/judge.h"
#include "tests/lib/builder.h"

enum { SUBMISSIONS = 64, MEMBERS = 128, CELLS = 40, ROUNDS = 7 };

struct bench {
    struct arena arena;
    struct builder_device device;
    struct builder_submission sealed[SUBMISSIONS];
    struct store_branch_fact branches[CELLS + 1];
    struct store_edge edges[CELLS];
};

/* Processor time, so that neighbours on the machine do not count. */
static int64_t cpu_us(void)
{
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void seal(struct bench *bench)
{
    uint64_t next_id = 1000;
    for (size_t i = 0; i < SUBMISSIONS; i++) {
        struct builder_change changes[MEMBERS];
        for (size_t j = 0; j < MEMBERS; j++) {
            char *card = arena_zalloc(&bench->arena, 1, 16);
            REQUIRE(card != NULL);
            (void)snprintf(card, 16, "51%06u", (unsigned)(i * MEMBERS + j));
            struct id cell = builder_id(1 + next_id % CELLS);
            changes[j] = (struct builder_change){
                .kind = KIND_MEMBER,
                .record = builder_id(next_id++),
                .message = builder_member(&bench->arena, "Nguyễn Thị Ngọc Ánh", &cell, card),
                .is_first_load = true};
        }
        bench->sealed[i] = builder_seal(&bench->arena, &bench->device, changes, MEMBERS);
    }
}

/* A sender (id 0) with its cells, as the store would answer. */
static void make_branches(struct bench *bench)
{
    struct id sender = builder_id(0);
    bench->branches[0] = (struct store_branch_fact){.branch = sender, .is_sender = true};
    for (size_t i = 0; i < CELLS; i++) {
        bench->edges[i] = (struct store_edge){.to_branch = sender, .from = INT32_MIN, .to = INT32_MAX};
        bench->branches[i + 1] = (struct store_branch_fact){
            .branch = builder_id(i + 1), .parents = &bench->edges[i], .parent_count = 1};
    }
}

static void answer_facts(struct bench *bench, const struct store_facts_request *request, struct arena *arena,
                         struct store_facts *facts)
{
    struct store_device *devices = arena_zalloc(arena, request->submission_count, sizeof *devices);
    REQUIRE(devices != NULL);
    struct id sender = builder_id(0);
    for (size_t i = 0; i < request->submission_count; i++) {
        devices[i] = builder_store_device(&bench->device, &sender, false);
    }
    *facts = (struct store_facts){
        .devices = devices,
        .journalled = arena_zalloc(arena, request->submission_count, sizeof *facts->journalled),
        .records = arena_zalloc(arena, request->record_count, sizeof *facts->records),
        .branches = bench->branches,
        .branch_count = CELLS + 1,
        .references = arena_zalloc(arena, request->reference_count, sizeof *facts->references),
    };
    REQUIRE(facts->journalled != NULL && facts->records != NULL && facts->references != NULL);
}

static int64_t prepare_us(struct bench *bench, struct submission **submissions)
{
    int64_t start_us = cpu_us();
    for (size_t i = 0; i < SUBMISSIONS; i++) {
        const struct builder_submission *sealed = &bench->sealed[i];
        REQUIRE(submission_prepare(sealed->envelope, sealed->signature, sealed->payload_zstd,
                                   &bench->device.device, bench->device.verify, builder_date("2024-01-01"),
                                   &submissions[i]) == ERR_OK);
    }
    return cpu_us() - start_us;
}

static int64_t judge_us(struct bench *bench, struct submission **submissions)
{
    struct arena arena;
    struct world world;
    const struct store_facts_request *request = NULL;
    struct store_facts facts;
    struct judgement judgement;
    int64_t start_us = cpu_us();
    arena_init(&arena, (size_t)256 << 20);
    world_init(&world, &arena);
    REQUIRE(world_collect(&world, submissions, SUBMISSIONS, &request) == ERR_OK);
    answer_facts(bench, request, &arena, &facts);
    REQUIRE(world_load(&world, &facts) == ERR_OK);
    REQUIRE(judge_group(&world, submissions, SUBMISSIONS, INT64_C(1704067200000), &judgement) == ERR_OK);
    REQUIRE(judgement.changes_applied == SUBMISSIONS * MEMBERS);
    world_release(&world);
    arena_release(&arena);
    return cpu_us() - start_us;
}

static int compare_i64(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

int main(void)
{
    static struct bench bench;
    int64_t prepare[ROUNDS];
    int64_t judge[ROUNDS];
    arena_init(&bench.arena, (size_t)1 << 30);
    builder_device_init(&bench.device, 1);
    seal(&bench);
    make_branches(&bench);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct submission *submissions[SUBMISSIONS] = {NULL};
        prepare[round] = prepare_us(&bench, submissions);
        judge[round] = judge_us(&bench, submissions);
        for (size_t i = 0; i < SUBMISSIONS; i++) {
            submission_free(submissions[i]);
        }
    }
    qsort(prepare, ROUNDS, sizeof prepare[0], compare_i64);
    qsort(judge, ROUNDS, sizeof judge[0], compare_i64);
    double members = SUBMISSIONS * MEMBERS;
    double prepared_us = (double)prepare[ROUNDS / 2];
    double judged_us = (double)judge[ROUNDS / 2];
    printf("judge_prepare_us_per_member %.2f us\n", prepared_us / members);
    printf("judge_judge_us_per_member %.2f us\n", judged_us / members);
    printf("judge_members_per_s %.0f 1/s\n", members * 1e6 / (prepared_us + judged_us));
    builder_device_release(&bench.device);
    arena_release(&bench.arena);
    return 0;
}
