/* The head of a backup: what goes in comes out, and an archive of another hand is refused before a file is written. */
#include "server/commands/backup_archive.h"

#include "tests/lib/test.h"

enum { ARCHIVE_BYTES_MAX = 1 << 20 };

struct fixture {
    struct recipient_key *key;
    uint8_t public_key[1][RECIPIENT_KEY_BYTES];
    struct buf sealed;
    size_t read_at;
    struct backup_files *files;
    struct bytes rest;
};

static enum err sink(void *context, struct bytes out)
{
    struct fixture *f = context;
    return buf_append(&f->sealed, out);
}

static enum err source(void *context, uint8_t *at, size_t max, size_t *ret_len)
{
    struct fixture *f = context;
    struct bytes all = buf_content(&f->sealed);
    size_t len = all.len - f->read_at < max ? all.len - f->read_at : max;
    memcpy(at, all.at + f->read_at, len);
    f->read_at += len;
    *ret_len = len;
    return ERR_OK;
}

static int fixture_open(void **state)
{
    static struct fixture f;
    f = (struct fixture){.files = backup_files_new()};
    assert_non_null(f.files);
    buf_init(&f.sealed, ARCHIVE_BYTES_MAX);
    assert_int_equal(recipient_key_generate(&f.key), ERR_OK);
    recipient_key_public(f.key, f.public_key[0]);
    *state = &f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    buf_release(&f->sealed);
    recipient_key_free(f->key);
    backup_files_free(f->files);
    return 0;
}

static struct seal_writer *begin(struct fixture *f)
{
    struct seal_writer *writer = NULL;
    buf_clear(&f->sealed);
    assert_int_equal(
        seal_writer_new((const uint8_t(*)[RECIPIENT_KEY_BYTES])f->public_key, 1, sink, f, &writer), ERR_OK);
    return writer;
}

static enum err read_back(struct fixture *f, struct seal_reader **ret_reader)
{
    f->read_at = 0;
    enum err err = seal_reader_new(f->key, source, f, ret_reader);
    return err == ERR_OK ? backup_read_files(*ret_reader, f->files, &f->rest) : err;
}

static enum err read_plain(struct fixture *f, struct bytes plain)
{
    struct seal_reader *reader = NULL;
    struct seal_writer *writer = begin(f);
    assert_int_equal(seal_writer_add(writer, plain), ERR_OK);
    assert_int_equal(seal_writer_finish(writer), ERR_OK);
    seal_writer_free(writer);
    enum err err = read_back(f, &reader);
    seal_reader_free(reader);
    return err;
}

/* Files with their bytes, the last one longer than a chunk is on, and then the database's first bytes. */
static void backup_read_files__written_archive__same_files(void **state)
{
    struct fixture *f = *state;
    struct backup_files *in = backup_files_new();
    struct seal_reader *reader = NULL;
    char *big = test_malloc(CONTEXT_FILE_BYTES_MAX);
    memset(big, 'x', CONTEXT_FILE_BYTES_MAX);
    assert_int_equal(backup_files_add(in, BACKUP_MANIFEST, bytes_of_text("epoch 1\n")), ERR_OK);
    assert_int_equal(backup_files_add(in, "ca/ca.crt", bytes_of(NULL, 0)), ERR_OK);
    assert_int_equal(backup_files_add(in, "operators/an.key", bytes_of_text("sealed")), ERR_OK);
    assert_int_equal(backup_files_add(in, "server.key", bytes_of(big, CONTEXT_FILE_BYTES_MAX - 1)), ERR_OK);
    assert_int_equal(backup_files_add(in, "look.key", bytes_of(big, CONTEXT_FILE_BYTES_MAX)), ERR_TOO_BIG);
    struct seal_writer *writer = begin(f);
    assert_int_equal(backup_write_files(writer, in), ERR_OK);
    assert_int_equal(seal_writer_add(writer, bytes_of_text("PGDMP")), ERR_OK);
    assert_int_equal(seal_writer_finish(writer), ERR_OK);
    seal_writer_free(writer);

    assert_int_equal(read_back(f, &reader), ERR_OK);

    assert_int_equal(f->files->count, 4);
    assert_string_equal(backup_files_find(f->files, BACKUP_MANIFEST)->text, "epoch 1\n");
    assert_int_equal(backup_files_find(f->files, "ca/ca.crt")->len, 0);
    assert_int_equal(backup_files_find(f->files, "server.key")->len, CONTEXT_FILE_BYTES_MAX - 1);
    assert_null(backup_files_find(f->files, "look.key"));
    assert_string_equal(backup_files_find(f->files, "operators/an.key")->text, "sealed");
    assert_true(bytes_equal(f->rest, bytes_of_text("PGDMP")));
    seal_reader_free(reader);
    backup_files_free(in);
    test_free(big);
}

/* Names that lead out of the folder, twice the same, no manifest, lengths past the limits, cut anywhere. */
static void backup_read_files__another_hand__refused(void **state)
{
    struct fixture *f = *state;
#define START "dantin/backup/1\n\1\10manifest\0\0\0\1x"
    static const char whole[] = START "\1\12server.key\0\0\0\2ab\2PGDMP";
    static const struct {
        const char *at;
        size_t len;
    } bad[] = {
#define BAD(text) {text, sizeof(text) - 1}
        BAD("dantin/backup/2\n\1\10manifest\0\0\0\1x\2"),
        BAD(START "\1\15../server.key\0\0\0\1x\2"),
        BAD(START "\1\22operators/../a.key\0\0\0\1x\2"),
        BAD(START "\1\21operators/a/b.key\0\0\0\1x\2"),
        BAD(START "\1\16operators/.key\0\0\0\1x\2"),
        BAD(START "\1\10manifest\0\0\0\1x\2"),
        BAD(START "\3"),
        BAD("dantin/backup/1\n\1\12server.key\0\0\0\1x\2"),
        BAD(START "\1\377server.key"),
        BAD(START "\1\12server.key\377\377\377\377x"),
        BAD("dantin/backup/1\n\2"),
#undef BAD
    };
    assert_int_equal(read_plain(f, bytes_of(whole, sizeof whole - 1)), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_plain(f, bytes_of(bad[i].at, bad[i].len)), ERR_MALFORMED);
    }
    for (size_t len = 0; len < sizeof whole - 1 - 5; len++) {
        assert_int_equal(read_plain(f, bytes_of(whole, len)), ERR_MALFORMED);
    }
#undef START
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(backup_read_files__written_archive__same_files, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(backup_read_files__another_hand__refused, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
