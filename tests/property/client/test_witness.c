/* Random histories with forks: a witness that moves from checkpoint to checkpoint believes a journal exactly when it continues
 * every one it believed before. */
#include "tests/lib/test.h"

#include "client/lib/witness.h"
#include "common/base/random.h"
#include "tests/lib/log_world.h"
#include "tests/lib/seed.h"

enum { WORLDS = 60, STEPS = 40, FORKS = 4, GROWTH_MAX = 20, ARENA_BYTES_MAX = 64 << 20 };

static struct log_world logs[FORKS];

/* Do both hold the same entries up to `size`? */
static bool is_shared(const struct log_world *a, const struct log_world *b, uint64_t size)
{
    if (size > a->size || size > b->size) {
        return false;
    }
    for (uint64_t i = 0; i < size; i++) {
        if (!hash_equal(&a->entries[i].leaf, &b->entries[i].leaf)) {
            return false;
        }
    }
    return true;
}

static void run_world(struct prng *prng)
{
    struct arena arena;
    uint64_t content = 0;
    struct log_world *held_log = NULL; /* as it was when believed: logs only grow */
    uint64_t held_size = 0;
    arena_init(&arena, ARENA_BYTES_MAX);
    log_open(&logs[0], &arena, 0x31);
    (void)log_append(&logs[0], content++);
    for (size_t i = 1; i < FORKS; i++) {
        log_fork(&logs[i], &logs[i - 1], prng_below(prng, logs[i - 1].size + 1));
        for (uint64_t grown = prng_below(prng, GROWTH_MAX); grown > 0; grown--) {
            (void)log_append(&logs[i], content++);
        }
        if (logs[i].size == 0) {
            (void)log_append(&logs[i], content++);
        }
    }
    for (size_t step = 0; step < STEPS; step++) {
        struct log_world *shown = &logs[prng_below(prng, FORKS)];
        if (prng_below(prng, 2) == 0 && shown->size < LOG_ENTRIES_MAX) {
            (void)log_append(shown, content++);
        }
        uint64_t size = 1 + prng_below(prng, shown->size);
        bool is_right = held_log == NULL || (size >= held_size && is_shared(held_log, shown, held_size));
        const struct witness_known known = {.log_key = bytes_of(logs[0].public_key, SIGN_PUBLIC_KEY_BYTES),
                                            .note = held_log != NULL ? log_note(held_log, held_size)
                                                                     : (struct bytes){0}};
        const struct witness_welcome welcome = {
            .epoch = shown->epoch,
            .log_key = bytes_of(shown->public_key, SIGN_PUBLIC_KEY_BYTES),
            .note = log_note(shown, size),
            .consistency = held_size <= size ? log_consistency(shown, held_size, size) : (struct bytes){0}};
        struct witness_judgement judgement = {0};

        assert_int_equal(witness_judge(&known, &welcome, &judgement), ERR_OK);

        assert_int_equal(judgement.answer != WITNESS_REFUSES, is_right);
        if (is_right) {
            held_log = shown;
            held_size = size;
        }
        arena_clear(&arena);
    }
    for (size_t i = 0; i < FORKS; i++) {
        log_close(&logs[i]);
    }
    arena_release(&arena);
}

static void witness_judge__random_forks__believes_what_continues(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, seed_of_test());
    for (size_t i = 0; i < WORLDS; i++) {
        run_world(&prng);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(witness_judge__random_forks__believes_what_continues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
