/* Writing and reading an archive's head. */
#include "server/commands/backup_archive.h"

#include <stdlib.h>
#include <string.h>

#include "server/commands/operators.h"

enum { MEMBER_FILE = 1, MEMBER_DATABASE = 2, MEMBER_HEADER_BYTES = 2, LENGTH_BYTES = 4 };

static const char magic[] = "dantin/backup/1\n";

const char *const backup_file_names[] = {"dantind.ini",      "ca/ca.key",   "ca/ca.crt", "server.key",
                                         "server.crt",       "receipt.key", "look.key",  BACKUP_MASTER_KEY,
                                         "receipt.key.next", NULL};

/* What was read and not yet used: a chunk, which is smaller than a file may be. */
struct input {
    struct seal_reader *reader;
    struct bytes left;
};

static bool is_known(const char *name);
static enum err take(struct input *input, void *out, size_t len);
static enum err read_file(struct input *input, struct backup_files *files);

bool backup_is_operator_key(const char *name)
{
    static const char folder[] = BACKUP_OPERATORS "/";
    static const char end[] = ".key";
    char operator_name[BACKUP_NAME_BYTES_MAX];
    size_t len = strlen(name);
    if (len >= sizeof operator_name || len < sizeof folder - 1 + sizeof end - 1 ||
        strncmp(name, folder, sizeof folder - 1) != 0 || strcmp(name + len - (sizeof end - 1), end) != 0) {
        return false;
    }
    len -= sizeof folder - 1 + sizeof end - 1;
    memcpy(operator_name, name + sizeof folder - 1, len);
    operator_name[len] = '\0';
    return operators_is_name(operator_name);
}

struct backup_files *backup_files_new(void)
{
    return calloc(1, sizeof(struct backup_files));
}

void backup_files_free(struct backup_files *files)
{
    if (files != NULL) {
        seal_wipe(files, sizeof *files);
        free(files);
    }
}

const struct backup_file *backup_files_find(const struct backup_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->files[i].name, name) == 0) {
            return &files->files[i];
        }
    }
    return NULL;
}

enum err backup_files_add(struct backup_files *files, const char *name, struct bytes content)
{
    if (files->count == BACKUP_FILES_MAX || content.len >= CONTEXT_FILE_BYTES_MAX ||
        strlen(name) >= BACKUP_NAME_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    struct backup_file *file = &files->files[files->count++];
    memcpy(file->name, name, strlen(name) + 1);
    if (content.len > 0) {
        memcpy(file->text, content.at, content.len);
    }
    file->text[content.len] = '\0';
    file->len = content.len;
    return ERR_OK;
}

enum err backup_write_files(struct seal_writer *writer, const struct backup_files *files)
{
    static const uint8_t database = MEMBER_DATABASE;
    enum err err = seal_writer_add(writer, bytes_of_text(magic));
    for (size_t i = 0; i < files->count && err == ERR_OK; i++) {
        const struct backup_file *file = &files->files[i];
        uint8_t head[MEMBER_HEADER_BYTES] = {MEMBER_FILE, (uint8_t)strlen(file->name)};
        uint8_t length[LENGTH_BYTES];
        u32_write(length, (uint32_t)file->len);
        struct bytes parts[] = {bytes_of(head, sizeof head), bytes_of_text(file->name),
                                bytes_of(length, sizeof length), bytes_of(file->text, file->len)};
        for (size_t j = 0; j < sizeof parts / sizeof parts[0] && err == ERR_OK; j++) {
            err = seal_writer_add(writer, parts[j]);
        }
    }
    return err == ERR_OK ? seal_writer_add(writer, bytes_of(&database, 1)) : err;
}

enum err backup_read_files(struct seal_reader *reader, struct backup_files *files, struct bytes *ret_rest)
{
    struct input input = {.reader = reader};
    char start[sizeof magic - 1];
    uint8_t type = 0;
    files->count = 0;
    enum err err = take(&input, start, sizeof start);
    if (err == ERR_OK && memcmp(start, magic, sizeof start) != 0) {
        err = ERR_MALFORMED;
    }
    while (err == ERR_OK && type != MEMBER_DATABASE) {
        err = take(&input, &type, 1);
        if (err == ERR_OK && type == MEMBER_FILE) {
            err = read_file(&input, files);
        } else if (err == ERR_OK && type != MEMBER_DATABASE) {
            err = ERR_MALFORMED;
        }
    }
    if (err == ERR_OK && (files->count == 0 || strcmp(files->files[0].name, BACKUP_MANIFEST) != 0)) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        *ret_rest = input.left;
    }
    return err;
}

enum err backup_log_key(struct bytes pem, char ret_hex[BACKUP_LOG_KEY_BYTES])
{
    struct signing_key *key = NULL;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    enum err err = signing_key_from_pem(pem, &key);
    if (err == ERR_OK) {
        signing_key_public(key, public_key);
        hex_encode(bytes_of(public_key, sizeof public_key), ret_hex);
    }
    signing_key_free(key);
    return err;
}

static enum err read_file(struct input *input, struct backup_files *files)
{
    struct backup_file *file = &files->files[files->count];
    uint8_t name_len = 0;
    uint8_t length[LENGTH_BYTES];
    if (files->count == BACKUP_FILES_MAX) {
        return ERR_MALFORMED;
    }
    memset(file, 0, sizeof *file);
    enum err err = take(input, &name_len, 1);
    if (err == ERR_OK && name_len >= BACKUP_NAME_BYTES_MAX) {
        err = ERR_MALFORMED;
    }
    err = err == ERR_OK ? take(input, file->name, name_len) : err;
    err = err == ERR_OK ? take(input, length, sizeof length) : err;
    if (err == ERR_OK) {
        file->len = u32_read(length);
        bool is_new = is_known(file->name) && backup_files_find(files, file->name) == NULL;
        err =
            is_new && file->len < CONTEXT_FILE_BYTES_MAX ? take(input, file->text, file->len) : ERR_MALFORMED;
    }
    files->count += err == ERR_OK ? 1 : 0;
    return err;
}

static bool is_known(const char *name)
{
    bool is_one = strcmp(name, BACKUP_MANIFEST) == 0 || backup_is_operator_key(name);
    for (size_t i = 0; backup_file_names[i] != NULL; i++) {
        is_one = is_one || strcmp(name, backup_file_names[i]) == 0;
    }
    return is_one;
}

/* Exactly `len` bytes. ERR_MALFORMED: the archive ends before. */
static enum err take(struct input *input, void *out, size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        if (input->left.len == 0) {
            enum err err = seal_reader_next(input->reader, &input->left);
            if (err != ERR_OK || input->left.len == 0) {
                return err == ERR_OK ? ERR_MALFORMED : err;
            }
        }
        size_t part = len < input->left.len ? len : input->left.len;
        memcpy(at, input->left.at, part);
        input->left = bytes_of(input->left.at + part, input->left.len - part);
        at += part;
        len -= part;
    }
    return ERR_OK;
}
