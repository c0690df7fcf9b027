/* Bundles and tiles are gathered in memory, one of each kind and level, and written when they are full. */
#include "server/commands/export_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/crypto/merkle.h"
#include "common/crypto/note.h"

enum { PATH_BYTES_MAX = 4096, FOLDER_MODE = 0700, FILE_MODE = 0600 };

/* The hashes of a level that are not in a full tile yet. */
struct level {
    struct hash hashes[TILE_WIDTH];
    size_t count;
    uint64_t number; /* of the tile they belong to */
};

struct export_files {
    char folder[PATH_BYTES_MAX - TILE_PATH_BYTES_MAX];
    enum language language;
    uint64_t size;
    struct buf entries;
    struct buf verdicts;
    struct buf payloads;
    struct level levels[TILE_LEVELS_MAX];
    struct buf newest; /* checkpoint */
    FILE *checkpoints;
};

static enum err check_empty(const char *folder, enum language language, struct error *ret_error);
static enum err add_hash(struct export_files *files, const struct hash *hash, struct error *ret_error);
static enum err write_tile(struct export_files *files, unsigned number, struct error *ret_error);
static enum err write_bundles(struct export_files *files, uint64_t number, size_t width,
                              struct error *ret_error);
static enum err write_file(struct export_files *files, const char *name, struct bytes content,
                           struct error *ret_error);
static enum err say(enum language language, const char *path, struct error *ret_error);

enum err export_files_open(const char *folder, enum language language, struct export_files **ret_files,
                           struct error *ret_error)
{
    char path[PATH_BYTES_MAX];
    enum err err = check_empty(folder, language, ret_error);
    if (err != ERR_OK) {
        return err;
    }
    struct export_files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return error_set(ret_error, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY, language));
    }
    if (strlen(folder) >= sizeof files->folder) {
        free(files);
        return error_set(ret_error, ERR_TOO_BIG, "%s", err_text(ERR_TOO_BIG, language));
    }
    memcpy(files->folder, folder, strlen(folder) + 1);
    files->language = language;
    buf_init(&files->entries, EXPORT_BUNDLE_BYTES_MAX);
    buf_init(&files->verdicts, EXPORT_BUNDLE_BYTES_MAX);
    buf_init(&files->payloads, EXPORT_BUNDLE_BYTES_MAX);
    buf_init(&files->newest, NOTE_BYTES_MAX);
    (void)snprintf(path, sizeof path, "%s/checkpoints", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    files->checkpoints = fd < 0 ? NULL : fdopen(fd, "w");
    if (files->checkpoints == NULL) {
        if (fd >= 0) {
            (void)close(fd); /* nothing was written */
        }
        export_files_free(files);
        return say(language, path, ret_error);
    }
    *ret_files = files;
    return ERR_OK;
}

void export_files_free(struct export_files *files)
{
    if (files == NULL) {
        return;
    }
    if (files->checkpoints != NULL) {
        (void)fclose(files->checkpoints); /* finish closes it and looks; here the export is given up */
    }
    buf_release(&files->entries);
    buf_release(&files->verdicts);
    buf_release(&files->payloads);
    buf_release(&files->newest);
    free(files);
}

static enum err check_empty(const char *folder, enum language language, struct error *ret_error)
{
    DIR *entries = opendir(folder);
    bool is_empty = true;
    if (entries == NULL) {
        return say(language, folder, ret_error);
    }
    for (struct dirent *entry = readdir(entries); entry != NULL && is_empty; entry = readdir(entries)) {
        is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(entries); /* it was only read */
    return is_empty
               ? ERR_OK
               : error_set(ret_error, ERR_EXISTS,
                           language == LANGUAGE_VI ? "thư mục %s không trống" : "the folder %s is not empty",
                           folder);
}

enum err export_files_entry(struct export_files *files, struct bytes leaf_bytes, const struct hash *hash,
                            struct bytes verdicts, struct bytes payload, struct error *ret_error)
{
    uint8_t *at = NULL;
    size_t payload_len = payload.at == NULL ? 0 : payload.len;
    enum err err = bundle_append(&files->entries, leaf_bytes);
    err = err == ERR_OK ? export_record_append(&files->verdicts, verdicts) : err;
    err = err == ERR_OK ? buf_reserve(&files->payloads, EXPORT_LENGTH_BYTES + 1 + payload_len, &at) : err;
    if (err != ERR_OK) {
        return error_set(ret_error, err, "%s", err_text(err, files->language));
    }
    u32_write(at, (uint32_t)(1 + payload_len));
    at[EXPORT_LENGTH_BYTES] = payload.at != NULL;
    if (payload_len > 0) {
        memcpy(at + EXPORT_LENGTH_BYTES + 1, payload.at, payload_len);
    }
    buf_commit(&files->payloads, EXPORT_LENGTH_BYTES + 1 + payload_len);
    files->size++;
    err = add_hash(files, hash, ret_error);
    if (err == ERR_OK && files->size % TILE_WIDTH == 0) {
        err = write_bundles(files, files->size / TILE_WIDTH - 1, TILE_WIDTH, ret_error);
    }
    return err;
}

/* Into level 0; a level that is full gives the level above its root. */
static enum err add_hash(struct export_files *files, const struct hash *hash, struct error *ret_error)
{
    struct hash next = *hash;
    for (unsigned number = 0; number < TILE_LEVELS_MAX; number++) {
        struct level *level = &files->levels[number];
        level->hashes[level->count++] = next;
        if (level->count < TILE_WIDTH) {
            return ERR_OK;
        }
        struct merkle_frontier tile;
        merkle_frontier_init(&tile);
        for (size_t i = 0; i < TILE_WIDTH; i++) {
            merkle_frontier_append(&tile, &level->hashes[i]);
        }
        next = merkle_frontier_root(&tile);
        enum err err = write_tile(files, number, ret_error);
        if (err != ERR_OK) {
            return err;
        }
        level->count = 0;
        level->number++;
    }
    return ERR_OK;
}

static enum err write_tile(struct export_files *files, unsigned number, struct error *ret_error)
{
    const struct level *level = &files->levels[number];
    char path[TILE_PATH_BYTES_MAX];
    tile_path(number, level->number, level->count, path);
    return write_file(files, path, bytes_of(level->hashes, level->count * HASH_BYTES), ret_error);
}

static enum err write_bundles(struct export_files *files, uint64_t number, size_t width,
                              struct error *ret_error)
{
    char path[TILE_PATH_BYTES_MAX];
    tile_path(TILE_ENTRIES, number, width, path);
    enum err err = write_file(files, path, buf_content(&files->entries), ret_error);
    if (err == ERR_OK) {
        export_path(EXPORT_VERDICTS, number, width, path);
        err = write_file(files, path, buf_content(&files->verdicts), ret_error);
    }
    if (err == ERR_OK) {
        export_path(EXPORT_PAYLOADS, number, width, path);
        err = write_file(files, path, buf_content(&files->payloads), ret_error);
    }
    buf_clear(&files->entries);
    buf_clear(&files->verdicts);
    buf_clear(&files->payloads);
    return err;
}

enum err export_files_checkpoint(struct export_files *files, struct bytes note, struct error *ret_error)
{
    uint8_t length[EXPORT_LENGTH_BYTES];
    REQUIRE(note.len <= UINT32_MAX);
    u32_write(length, (uint32_t)note.len);
    bool is_written = fwrite(length, 1, sizeof length, files->checkpoints) == sizeof length &&
                      fwrite(note.at, 1, note.len, files->checkpoints) == note.len;
    buf_clear(&files->newest);
    enum err err = buf_append(&files->newest, note);
    if (!is_written) {
        return say(files->language, "checkpoints", ret_error);
    }
    return err == ERR_OK ? ERR_OK : error_set(ret_error, err, "%s", err_text(err, files->language));
}

enum err export_files_finish(struct export_files *files, const uint8_t log_key[SIGN_PUBLIC_KEY_BYTES],
                             struct error *ret_error)
{
    struct export_head head = {.size = files->size};
    char text[EXPORT_HEAD_BYTES_MAX];
    enum err err = ERR_OK;
    size_t width = (size_t)(files->size % TILE_WIDTH);
    if (width > 0) {
        err = write_bundles(files, files->size / TILE_WIDTH, width, ret_error);
    }
    for (unsigned number = 0; err == ERR_OK && number < TILE_LEVELS_MAX; number++) {
        if (files->levels[number].count > 0) {
            err = write_tile(files, number, ret_error);
        }
    }
    if (err == ERR_OK && files->newest.len > 0) {
        err = write_file(files, "checkpoint", buf_content(&files->newest), ret_error);
    }
    if (err == ERR_OK) {
        FILE *checkpoints = files->checkpoints;
        files->checkpoints = NULL;
        err = fclose(checkpoints) == 0 ? ERR_OK : say(files->language, "checkpoints", ret_error);
    }
    if (err == ERR_OK) {
        memcpy(head.log_key, log_key, SIGN_PUBLIC_KEY_BYTES);
        export_head_format(&head, text);
        err = write_file(files, "journal", bytes_of_text(text), ret_error);
    }
    return err;
}

/* Make the folders of a path below the export's own. */
static void make_folders(char *path, size_t root_len)
{
    for (char *slash = strchr(path + root_len + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        (void)mkdir(path, FOLDER_MODE); /* there already, or the file cannot be made, which is said */
        *slash = '/';
    }
}

static enum err write_file(struct export_files *files, const char *name, struct bytes content,
                           struct error *ret_error)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", files->folder, name);
    make_folders(path, strlen(files->folder));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    bool is_right = fd >= 0;
    for (size_t done = 0; is_right && done < content.len;) {
        ssize_t len = write(fd, content.at + done, content.len - done);
        is_right = len > 0 || (len < 0 && errno == EINTR);
        done += len > 0 ? (size_t)len : 0;
    }
    bool is_closed = fd < 0 || close(fd) == 0;
    return is_right && is_closed ? ERR_OK : say(files->language, path, ret_error);
}

static enum err say(enum language language, const char *path, struct error *ret_error)
{
    return error_set(ret_error, ERR_IO,
                     language == LANGUAGE_VI ? "không ghi được %s: %s" : "cannot write %s: %s", path,
                     strerror(errno));
}
