/* Files of an exported journal besides its tiles. */
#include "common/wire/export.h"

#include "common/crypto/hash.h"
#include "tests/lib/test.h"

static void export_head__written_and_read__same(void **state)
{
    (void)state;
    struct export_head head = {.size = 1234567};
    struct export_head again;
    char text[EXPORT_HEAD_BYTES_MAX];
    memset(head.log_key, 7, sizeof head.log_key);
    export_head_format(&head, text);
    assert_string_equal(text,
                        "dantin/export/1\nsize 1234567\nkey BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n");
    assert_int_equal(export_head_parse(bytes_of_text(text), &again), ERR_OK);
    assert_memory_equal(&head, &again, sizeof head);
    static const char *const refused[] = {
        "",
        "dantin/export/2\nsize 1\nkey BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "dantin/export/1\nsize 01\nkey BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "dantin/export/1\nsize 1\nkey BwcHBw==\n",
        "dantin/export/1\nsize 1\nkey BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        "dantin/export/1\nsize 1\nkey BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nmore\n",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(export_head_parse(bytes_of_text(refused[i]), &again), ERR_MALFORMED);
    }
}

static void export_path__both_folders__as_tiles(void **state)
{
    (void)state;
    char path[TILE_PATH_BYTES_MAX];
    export_path(EXPORT_VERDICTS, 1234067, TILE_WIDTH, path);
    assert_string_equal(path, "verdicts/x001/x234/067");
    export_path(EXPORT_PAYLOADS, 3, 17, path);
    assert_string_equal(path, "payloads/003.p/17");
}

/* Records and what is cut of them. */
static void export_record_next__cut_at_every_byte__malformed_or_whole(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 64);
    assert_int_equal(export_record_append(&out, bytes_of_text("abc")), ERR_OK);
    assert_int_equal(export_record_append(&out, bytes_of(NULL, 0)), ERR_OK);
    assert_int_equal(out.len, 11);
    for (size_t cut = 0; cut <= out.len; cut++) {
        struct bytes rest = bytes_of(out.at, cut);
        struct bytes record;
        enum err err = ERR_OK;
        while ((err = export_record_next(&rest, &record)) == ERR_OK) {
        }
        assert_int_equal(err, cut == 0 || cut == 7 || cut == 11 ? ERR_NOT_FOUND : ERR_MALFORMED);
    }
    uint8_t big[64];
    assert_int_equal(export_record_append(&out, bytes_of(big, sizeof big)), ERR_TOO_BIG);
    buf_release(&out);
}

/* The bytes are those the receipt's verdict hash is over. */
static void export_verdict_append__verdicts__bytes_under_the_hash(void **state)
{
    (void)state;
    static const struct verdict verdicts[] = {
        {.code = VERDICT_APPLIED},
        {.code = VERDICT_REFUSED, .rule = "ingest.cycle"},
        {.code = VERDICT_APPLIED, .rule = "ingest.number_elsewhere"},
        {.code = VERDICT_CONFLICT},
    };
    struct buf out;
    buf_init(&out, EXPORT_VERDICT_BYTES_MAX);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(export_verdict_append(&out, &verdicts[i]), ERR_OK);
    }
    struct hash hash = hash_of_one(buf_content(&out));
    struct hash expected = receipt_verdict_hash(verdicts, 4);
    assert_true(hash_equal(&hash, &expected));
    struct bytes rest = buf_content(&out);
    for (size_t i = 0; i < 4; i++) {
        struct verdict verdict;
        assert_int_equal(export_verdict_next(&rest, &verdict), ERR_OK);
        assert_int_equal(verdict.code, verdicts[i].code);
        assert_string_equal(verdict.rule, verdicts[i].rule);
    }
    struct verdict verdict;
    assert_int_equal(export_verdict_next(&rest, &verdict), ERR_NOT_FOUND);
    static const uint8_t refused[][3] = {{4, 0},     {0, RULE_ID_BYTES_MAX}, {0, 2, 'a'}, {0}, {3, 1, 0},
                                         {3, 1, ' '}};
    static const size_t lens[] = {2, 2, 3, 1, 3, 3};
    for (size_t i = 0; i < 6; i++) {
        rest = bytes_of(refused[i], lens[i]);
        assert_int_equal(export_verdict_next(&rest, &verdict), ERR_MALFORMED);
        assert_int_equal(rest.len, lens[i]);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(export_head__written_and_read__same),
        cmocka_unit_test(export_path__both_folders__as_tiles),
        cmocka_unit_test(export_record_next__cut_at_every_byte__malformed_or_whole),
        cmocka_unit_test(export_verdict_append__verdicts__bytes_under_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
