/* Time stands still until model_world_settle finds nothing else to do. */
#include "tests/lib/model_world.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"
#include "tests/lib/fault_memory.h"

static int64_t now_ms(void *context)
{
    return ((struct model_world *)context)->now_ms;
}

static void start_timer(void *context, uint64_t after_ms, void (*on_fired)(void *target), void *target)
{
    struct model_world *world = context;
    REQUIRE(world->on_timer == NULL);
    world->on_timer = on_fired;
    world->timer_target = target;
    world->timer_at_ms = world->now_ms + (int64_t)after_ms;
}

static void stop_timer(void *context)
{
    ((struct model_world *)context)->on_timer = NULL;
}

void model_world_open_empty(struct model_world *world)
{
    *world = (struct model_world){.now_ms = MODEL_WORLD_NOW_MS * INT64_C(1000), .next_id = 1};
    arena_init(&world->arena, (size_t)1 << 30);
    world->store = model_store_new();
    uint8_t seed[SIGN_SEED_BYTES] = {7};
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    REQUIRE(signing_key_from_seed(seed, &world->receipt_key) == ERR_OK);
    signing_key_public(world->receipt_key, public_key);
    REQUIRE(verify_key_new(bytes_of(public_key, sizeof public_key), &world->receipt_verify) == ERR_OK);
    struct ingest_config config = {
        .store = world->store,
        .receipt_key = world->receipt_key,
        .now_ms = now_ms,
        .now_context = world,
        .timer = {.context = world, .start_after_ms = start_timer, .stop = stop_timer},
    };
    REQUIRE(ingest_new(&config, &world->ingest) == ERR_OK);

    struct id *ids[] = {&world->province_branch, &world->branch_a, &world->branch_b, &world->cell_a,
                        &world->cell_b};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        *ids[i] = builder_id(world->next_id++);
    }
    struct builder_device *devices[] = {&world->province, &world->a, &world->b};
    const struct id *senders[] = {&world->province_branch, &world->branch_a, &world->branch_b};
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        builder_device_init(devices[i], i + 1);
        struct store_device row = builder_store_device(devices[i], senders[i], i == 0);
        model_store_add_device(world->store, &devices[i]->device, &row);
    }
}

void model_world_found(struct model_world *world)
{
    struct arena *arena = &world->arena;
    void *province = builder_branch(arena, "Đảng bộ tỉnh Quảng Ngãi", NULL, false);
    void *a = builder_branch(arena, "Đảng bộ thành phố Quảng Ngãi", &world->province_branch, true);
    void *b = builder_branch(arena, "Đảng bộ huyện Ba Tơ", &world->province_branch, true);
    model_world_put(world, &world->province, KIND_BRANCH, &world->province_branch, NULL, province);
    model_world_put(world, &world->province, KIND_BRANCH, &world->branch_a, NULL, a);
    model_world_put(world, &world->province, KIND_BRANCH, &world->branch_b, NULL, b);
    model_world_put(world, &world->a, KIND_BRANCH, &world->cell_a, NULL,
                    builder_branch(arena, "Chi bộ tổ 1", &world->branch_a, false));
    model_world_put(world, &world->b, KIND_BRANCH, &world->cell_b, NULL,
                    builder_branch(arena, "Chi bộ thôn Đồng Chùa", &world->branch_b, false));
    REQUIRE(model_store_current(world->store, KIND_BRANCH, &world->cell_a) != NULL);
    REQUIRE(model_store_current(world->store, KIND_BRANCH, &world->cell_b) != NULL);
}

void model_world_open(struct model_world *world)
{
    model_world_open_empty(world);
    model_world_found(world);
}

void model_world_close(struct model_world *world)
{
    model_world_settle(world);
    ingest_free(world->ingest);
    model_store_free(world->store);
    builder_device_release(&world->province);
    builder_device_release(&world->a);
    builder_device_release(&world->b);
    signing_key_free(world->receipt_key);
    verify_key_free(world->receipt_verify);
    for (size_t i = 0; i < world->answer_count; i++) {
        free(world->answers[i]);
    }
    arena_release(&world->arena);
}

struct recorded {
    struct model_world *world;
    struct model_answer *answer;
};

static void on_answered(void *context, const struct ingest_answer *answer)
{
    fault_memory_pause();
    struct recorded *recorded = context;
    struct arena *arena = &recorded->world->arena;
    struct ingest_answer *copy = &recorded->answer->answer;
    recorded->answer->answer_count++;
    *copy = *answer;
    struct ingest_verdict *verdicts = arena_zalloc(arena, answer->receipt.verdict_count, sizeof *verdicts);
    REQUIRE(verdicts != NULL);
    for (size_t i = 0; i < answer->receipt.verdict_count; i++) {
        verdicts[i] = answer->receipt.verdicts[i];
        if (verdicts[i].current_body.at != NULL) {
            verdicts[i].current_body = arena_copy(arena, verdicts[i].current_body);
        }
    }
    copy->receipt.verdicts = verdicts;
    copy->receipt.checkpoint = arena_copy(arena, answer->receipt.checkpoint);
    fault_memory_resume();
}

struct model_answer *model_world_offer(struct model_world *world, const struct builder_device *device,
                                       const struct builder_submission *submission)
{
    REQUIRE(world->answer_count < MODEL_WORLD_ANSWERS_MAX);
    struct model_answer *answer = calloc(1, sizeof *answer);
    REQUIRE(answer != NULL);
    world->answers[world->answer_count++] = answer;
    struct submission *prepared = NULL;
    int32_t today = date_of_moment(world->now_ms);
    answer->refused_early =
        submission_prepare(submission->envelope, submission->signature, submission->payload_zstd,
                           &device->device, device->verify, today, &prepared);
    REQUIRE(answer->refused_early != ERR_OK || erased_apply(world->erased, prepared) == ERR_OK);
    if (answer->refused_early == ERR_OK) {
        struct recorded *recorded = arena_zalloc(&world->arena, 1, sizeof *recorded);
        REQUIRE(recorded != NULL);
        *recorded = (struct recorded){.world = world, .answer = answer};
        answer->refused_early = ingest_submit(world->ingest, prepared, on_answered, recorded);
    }
    return answer;
}

void model_world_settle(struct model_world *world)
{
    for (;;) {
        model_store_run(world->store);
        if (world->on_timer == NULL) {
            return;
        }
        void (*on_timer)(void *target) = world->on_timer;
        world->on_timer = NULL;
        world->now_ms = world->timer_at_ms > world->now_ms ? world->timer_at_ms : world->now_ms;
        on_timer(world->timer_target);
    }
}

struct model_answer *model_world_submit(struct model_world *world, struct builder_device *device,
                                        const struct builder_change *changes, size_t change_count)
{
    struct builder_submission submission = builder_seal(&world->arena, device, changes, change_count);
    struct model_answer *answer = model_world_offer(world, device, &submission);
    model_world_settle(world);
    return answer;
}

struct model_answer *model_world_put(struct model_world *world, struct builder_device *device,
                                     enum record_kind kind, const struct id *record, const struct id *base,
                                     const void *message)
{
    struct builder_change change = {.kind = kind, .record = *record, .message = message};
    if (base != NULL) {
        change.base = *base;
    }
    return model_world_submit(world, device, &change, 1);
}

struct verdict model_answer_verdict(const struct model_answer *answer, uint32_t index)
{
    REQUIRE(answer->answer_count == 1 && answer->answer.err == ERR_OK);
    const struct ingest_receipt *receipt = &answer->answer.receipt;
    REQUIRE(index < receipt->change_count);
    for (size_t i = 0; i < receipt->verdict_count; i++) {
        if (receipt->verdicts[i].index == index) {
            return receipt->verdicts[i].verdict;
        }
    }
    return (struct verdict){.code = VERDICT_APPLIED};
}
