/* Nothing is signed but under the key the journal goes under. */
#include "server/ingest/signer.h"

#include <string.h>

#include "common/crypto/checkpoint.h"
#include "tests/lib/test.h"

/* Keys by number, the signer under the first, and what it asked for. */
struct keys {
    struct signing_key *key[2];
    uint8_t public_key[2][SIGN_PUBLIC_KEY_BYTES];
    struct signer signer;
    size_t asked;
    bool gives; /* the other key when asked */
};

static struct keys keys;

static void on_other(void *context, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    struct keys *own = context;
    own->asked++;
    if (own->gives && memcmp(public_key, own->public_key[1], SIGN_PUBLIC_KEY_BYTES) == 0) {
        signer_set_key(&own->signer, own->key[1]);
    }
}

static int open_keys(void **state)
{
    (void)state;
    keys = (struct keys){.asked = 0};
    for (size_t i = 0; i < 2; i++) {
        uint8_t seed[SIGN_SEED_BYTES] = {(uint8_t)(1 + i)};
        assert_int_equal(signing_key_from_seed(seed, &keys.key[i]), ERR_OK);
        signing_key_public(keys.key[i], keys.public_key[i]);
    }
    signer_init(&keys.signer, keys.key[0], NULL, on_other, &keys);
    return 0;
}

static int close_keys(void **state)
{
    (void)state;
    signer_release(&keys.signer);
    signing_key_free(keys.key[0]);
    signing_key_free(keys.key[1]);
    return 0;
}

static struct store_facts facts_under(size_t which)
{
    struct store_facts facts = {.has_log_key = true};
    memcpy(facts.log_key, keys.public_key[which], sizeof facts.log_key);
    return facts;
}

/* Is the note of a group without entries signed by this key? */
static bool signs_with(size_t which)
{
    struct merkle_frontier frontier;
    struct store_group group = {.frontier_after = &frontier};
    struct checkpoint checkpoint = {.size = 0};
    struct verify_key *key = NULL;
    struct bytes note = {0};
    struct note parsed = {0};
    merkle_frontier_init(&frontier);
    signer_receipts(&keys.signer, &group, NULL);
    assert_int_equal(signer_checkpoint(&keys.signer, NULL, 0, &note), ERR_OK);
    assert_int_equal(checkpoint_parse(note, &checkpoint, &parsed), ERR_OK);
    assert_int_equal(verify_key_new(bytes_of(keys.public_key[which], SIGN_PUBLIC_KEY_BYTES), &key), ERR_OK);
    bool is_signed = checkpoint_check_log(&parsed, key) == ERR_OK;
    verify_key_free(key);
    return is_signed;
}

static void signer_start__own_key_in_force__signs(void **state)
{
    struct store_facts facts = facts_under(0);
    struct store_facts fresh = {.has_log_key = false}; /* before the first act */
    (void)state;
    assert_int_equal(signer_start(&keys.signer, &facts), ERR_OK);
    assert_true(signs_with(0));
    assert_int_equal(signer_start(&keys.signer, &fresh), ERR_OK);
    assert_int_equal(keys.asked, 0);
}

/* The key changed, and whoever has the keys has not the new one: nothing is signed with the old one. */
static void signer_start__other_key_in_force__refuses(void **state)
{
    struct store_facts facts = facts_under(1);
    (void)state;
    assert_int_equal(signer_start(&keys.signer, &facts), ERR_CONFIG);
    assert_int_equal(keys.asked, 1);
}

/* The new one is there: that group already is signed with it, and the next one asks nobody. */
static void signer_start__other_key_found__signs_with_that(void **state)
{
    struct store_facts facts = facts_under(1);
    struct store_facts before = facts_under(0);
    (void)state;
    keys.gives = true;
    assert_int_equal(signer_start(&keys.signer, &facts), ERR_OK);
    assert_true(signs_with(1));
    assert_int_equal(signer_start(&keys.signer, &facts), ERR_OK);
    assert_int_equal(keys.asked, 1);
    assert_int_equal(signer_start(&keys.signer, &before), ERR_CONFIG);
}

/* A key that comes while a group is under way signs the next group. */
static void signer_set_key__within_a_group__signs_the_next(void **state)
{
    struct store_facts facts = facts_under(0);
    (void)state;
    assert_int_equal(signer_start(&keys.signer, &facts), ERR_OK);
    signer_set_key(&keys.signer, keys.key[1]);
    assert_true(signs_with(0));
}

/* The entry that changes the key: attested by the new one, if and only if the old one is in force. */
static void signer_init__key_that_takes_over__signs_under_the_old_one(void **state)
{
    struct store_facts facts = facts_under(0);
    struct store_facts after = facts_under(1);
    (void)state;
    signer_release(&keys.signer);
    signer_init(&keys.signer, keys.key[1], keys.public_key[0], NULL, NULL);
    assert_int_equal(signer_start(&keys.signer, &facts), ERR_OK);
    assert_true(signs_with(1));
    assert_int_equal(signer_start(&keys.signer, &after), ERR_CONFIG);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_keys, close_keys)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signer_start__own_key_in_force__signs),
        TEST(signer_start__other_key_in_force__refuses),
        TEST(signer_start__other_key_found__signs_with_that),
        TEST(signer_set_key__within_a_group__signs_the_next),
        TEST(signer_init__key_that_takes_over__signs_under_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
