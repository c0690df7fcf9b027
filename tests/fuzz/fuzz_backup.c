/* The archive inside a backup, which anybody may seal to a public key: any bytes are files of names we know and a database, or an error.
 * Input: the archive; it is sealed here, so that the fuzzer need not. */
#include <string.h>

#include "common/base/check.h"
#include "server/commands/backup_archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum { ARCHIVE_BYTES_MAX = 4 << 20 };

struct pipe {
    struct buf sealed;
    size_t read_at;
};

static enum err sink(void *context, struct bytes out)
{
    struct pipe *pipe = context;
    return buf_append(&pipe->sealed, out);
}

static enum err source(void *context, uint8_t *at, size_t max, size_t *ret_len)
{
    struct pipe *pipe = context;
    struct bytes all = buf_content(&pipe->sealed);
    size_t len = all.len - pipe->read_at < max ? all.len - pipe->read_at : max;
    memcpy(at, all.at + pipe->read_at, len);
    pipe->read_at += len;
    *ret_len = len;
    return ERR_OK;
}

static bool is_known(const char *name)
{
    bool is_one = strcmp(name, BACKUP_MANIFEST) == 0;
    for (size_t i = 0; backup_file_names[i] != NULL; i++) {
        is_one = is_one || strcmp(name, backup_file_names[i]) == 0;
    }
    return is_one;
}

static void check(const struct backup_files *files, struct bytes rest, size_t len)
{
    size_t total = rest.len;
    ENSURE(strcmp(files->files[0].name, BACKUP_MANIFEST) == 0);
    for (size_t i = 0; i < files->count; i++) {
        ENSURE(is_known(files->files[i].name) && files->files[i].text[files->files[i].len] == '\0');
        ENSURE(backup_files_find(files, files->files[i].name) == &files->files[i]);
        total += files->files[i].len;
    }
    ENSURE(total < len);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct recipient_key *key;
    static struct backup_files *files;
    static uint8_t public_key[1][RECIPIENT_KEY_BYTES];
    struct pipe pipe = {.read_at = 0};
    struct seal_writer *writer = NULL;
    struct seal_reader *reader = NULL;
    struct bytes rest = {0};
    enum err err = key == NULL ? recipient_key_generate(&key) : ERR_OK;
    ENSURE(err == ERR_OK);
    files = files == NULL ? backup_files_new() : files;
    ENSURE(files != NULL);
    recipient_key_public(key, public_key[0]);
    buf_init(&pipe.sealed, ARCHIVE_BYTES_MAX);
    err = seal_writer_new((const uint8_t(*)[RECIPIENT_KEY_BYTES])public_key, 1, sink, &pipe, &writer);
    err = err == ERR_OK ? seal_writer_add(writer, bytes_of(at, len)) : err;
    err = err == ERR_OK ? seal_writer_finish(writer) : err;
    err = err == ERR_OK ? seal_reader_new(key, source, &pipe, &reader) : err;
    if (err == ERR_OK && backup_read_files(reader, files, &rest) == ERR_OK) {
        check(files, rest, len);
    }
    seal_reader_free(reader);
    seal_writer_free(writer);
    buf_release(&pipe.sealed);
    return 0;
}
