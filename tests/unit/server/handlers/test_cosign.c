/* COSIGN over ingest and the model store: exactly one line, by the session's own key, over our text; and on what to gather. */
#include "tests/unit/server/handlers/journal_fixture.h"

/* What is known of the seal, asked by the session there is. */
static const Dantin__Sealed *ask_seal(uint64_t request_id)
{
    Dantin__Seal seal = DANTIN__SEAL__INIT;
    seal.has_tree_size = true;
    seal.tree_size = journal_size();
    fixture_send(MESSAGE_SEAL, request_id, &seal);
    return fixture_expect(MESSAGE_SEALED, request_id);
}

static struct bytes concat(struct bytes first, struct bytes second)
{
    struct buf both;
    buf_init(&both, 4096);
    assert_int_equal(buf_append(&both, first), ERR_OK);
    assert_int_equal(buf_append(&both, second), ERR_OK);
    struct bytes copy = arena_copy(&fixture.world.arena, buf_content(&both));
    buf_release(&both);
    return copy;
}

/* A right line is kept as it came: it stands in the seal when the others have signed too. */
static void cosign__own_line__kept(void **state)
{
    (void)state;
    struct model_world *world = &fixture.world;
    struct bytes line = journal_line(journal_text(5), &world->a);

    const Dantin__Cosigned *cosigned = journal_cosign(&world->a, 5);
    assert_int_equal(cosigned->checkpoint.len, 0);
    (void)journal_cosign(&world->b, 5);

    struct bytes note = journal_bytes(ask_seal(3)->checkpoint);
    assert_true(note.len > line.len);
    assert_non_null(memmem(note.at, note.len, line.at, line.len));
}

/* The same checkpoint signed again is as good as once. */
static void cosign__again__taken(void **state)
{
    (void)state;
    (void)journal_cosign(&fixture.world.a, 5);
    (void)journal_cosign(&fixture.world.a, 5);
    assert_int_equal(ask_seal(3)->checkpoint.len,
                     0); /* one sender of three is no quorum, however often it signs */
}

/* The witnesses gather: who signs a newer one is asked to sign the older, with the proof that it is a part. */
static void cosign__another_gathered_before__told_with_proof(void **state)
{
    (void)state;
    struct model_world *world = &fixture.world;
    (void)journal_cosign(&world->a, 3);

    const Dantin__Cosigned *cosigned = journal_cosign(&world->b, 5);

    struct hash old = journal_root(3);
    struct hash root = journal_root(5);
    struct bytes told = journal_bytes(cosigned->checkpoint);
    assert_true(bytes_equal(told, model_store_note(world->store, 3)));
    assert_true(merkle_check_consistency(3, &old, 5, &root, journal_bytes(cosigned->consistency)));
    journal_send_cosign(3, 3, journal_line(journal_text(3), &world->b));
    assert_int_equal(((const Dantin__Cosigned *)fixture_expect(MESSAGE_COSIGNED, 3))->checkpoint.len, 0);
}

/* Nothing but the device's own line over the very text is taken; each wrong one has its error, and none is kept. */
static void cosign__wrong_lines__refused(void **state)
{
    (void)state;
    struct model_world *world = &fixture.world;
    struct bytes text = journal_text(5);
    struct bytes own = journal_line(text, &world->a);
    struct builder_device other_key = world->b; /* says it were A's device */
    char flipped[JOURNAL_LINE_BYTES_MAX];
    other_key.device = world->a.device;
    memcpy(flipped, own.at, own.len);
    flipped[own.len - 10] = flipped[own.len - 10] == 'A' ? 'B' : 'A';
    const struct {
        struct bytes line;
        enum err err;
    } wrong[] = {
        {journal_line(journal_text(4), &world->a), ERR_BAD_SIGNATURE}, /* of another checkpoint */
        {journal_line(text, &world->b), ERR_BAD_SIGNATURE},            /* of another device */
        {journal_line(text, &other_key), ERR_BAD_SIGNATURE},           /* by another's key */
        {bytes_of(flipped, own.len), ERR_BAD_SIGNATURE},
        {concat(own, own), ERR_MALFORMED},
        {concat(own, journal_line(text, &world->b)), ERR_MALFORMED},
        {concat(bytes_of_text("6\n"), own), ERR_MALFORMED},
        {bytes_of(own.at, own.len - 1), ERR_MALFORMED}, /* without its newline */
    };
    fixture_connect(world->a.public_key);
    (void)fixture_greet();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        journal_send_cosign(10 + i, 5, wrong[i].line);
        (void)fixture_expect_error(10 + i, wrong[i].err);
    }
    assert_int_equal(session_state(fixture.session), SESSION_READY);
    (void)journal_cosign(&world->b, 5);
    assert_int_equal(ask_seal(3)->checkpoint.len, 0); /* B alone has signed */
}

/* A checkpoint the server never signed cannot be cosigned, whatever is over it. */
static void cosign__unknown_checkpoint__not_found(void **state)
{
    (void)state;
    struct model_world *world = &fixture.world;
    struct bytes line = journal_line(journal_text(5), &world->a);
    Dantin__Cosign cosign = DANTIN__COSIGN__INIT;
    struct id other = {{1, 2, 3}};
    (void)fixture_greet();
    journal_send_cosign(2, 77, line);
    (void)fixture_expect_error(2, ERR_NOT_FOUND);
    cosign.has_epoch = cosign.has_size = cosign.has_line = true;
    cosign.size = 5;
    cosign.line = journal_field(line.at, line.len);
    cosign.epoch = journal_field(other.at, ID_BYTES);
    fixture_send(MESSAGE_COSIGN, 3, &cosign);
    (void)fixture_expect_error(3, ERR_NOT_FOUND);
    cosign.epoch = journal_field(other.at, ID_BYTES - 1);
    fixture_send(MESSAGE_COSIGN, 4, &cosign);
    (void)fixture_expect_error(4, ERR_MALFORMED);
}

/* The database fails at any of the three waits: told, and it can be signed again. */
static void cosign__store_fails__told(void **state)
{
    (void)state;
    static const enum model_call calls[] = {MODEL_FIND_CHECKPOINT, MODEL_PUT_COSIGNATURE, MODEL_FIND_PROOFS};
    struct model_world *world = &fixture.world;
    (void)journal_cosign(&world->b, 3);
    fixture_connect(world->a.public_key);
    (void)fixture_greet();
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        model_store_fail(world->store, calls[i], 1, ERR_DATABASE);
        journal_send_cosign(10 + i, 5, journal_line(journal_text(5), &world->a));
        (void)fixture_expect_error(10 + i, ERR_DATABASE);
    }
    journal_send_cosign(20, 5, journal_line(journal_text(5), &world->a));
    (void)fixture_expect(MESSAGE_COSIGNED, 20);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, journal_open, journal_close)
    const struct CMUnitTest tests[] = {
        TEST(cosign__own_line__kept),
        TEST(cosign__again__taken),
        TEST(cosign__another_gathered_before__told_with_proof),
        TEST(cosign__wrong_lines__refused),
        TEST(cosign__unknown_checkpoint__not_found),
        TEST(cosign__store_fails__told),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
