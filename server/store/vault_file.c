/* Reading and making the file of a master key. */
#include "server/store/vault_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/random.h"

static enum err io_error(const char *path, enum language language, struct error *ret_error);
static bool sync_folder_of(const char *path);

enum err vault_master_create(const char *path, enum language language, struct error *ret_error)
{
    uint8_t secret[SEAL_KEY_BYTES];
    char text[VAULT_MASTER_FILE_BYTES + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, VAULT_MASTER_FILE_MODE);
    if (fd < 0 && errno == EEXIST) {
        return error_set(ret_error, ERR_EXISTS, language == LANGUAGE_VI ? "%s đã có" : "%s already exists",
                         path);
    }
    random_bytes(secret, sizeof secret);
    hex_encode(bytes_of(secret, sizeof secret), text);
    memcpy(text + VAULT_MASTER_FILE_BYTES - 1, "\n", 2);
    bool is_written = fd >= 0 &&
                      write(fd, text, VAULT_MASTER_FILE_BYTES) == (ssize_t)VAULT_MASTER_FILE_BYTES &&
                      fsync(fd) == 0;
    bool is_closed = fd >= 0 && close(fd) == 0;
    seal_wipe(secret, sizeof secret);
    seal_wipe(text, sizeof text);
    if (!is_written || !is_closed || !sync_folder_of(path)) {
        return io_error(path, language, ret_error);
    }
    return ERR_OK;
}

enum err vault_file_read(const char *path, uint8_t ret_secret[SEAL_KEY_BYTES], enum language language,
                         struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    char text[VAULT_MASTER_FILE_BYTES + 1] = "";
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return error_set(ret_error, ERR_NOT_FOUND, is_vi ? "không thấy khoá chủ %s" : "no master key at %s",
                         path);
    }
    if (fd < 0 || fstat(fd, &status) != 0) {
        enum err err = io_error(path, language, ret_error);
        (void)(fd >= 0 && close(fd)); /* nothing was written */
        return err;
    }
    ssize_t len = read(fd, text, sizeof text);
    (void)close(fd); /* nothing was written */
    enum err err = ERR_OK;
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        err = error_set(ret_error, ERR_FORBIDDEN,
                        is_vi ? "người khác đọc được %s; hãy chạy: chmod 600 %s"
                              : "others may read %s; run: chmod 600 %s",
                        path, path);
    } else if (len == VAULT_MASTER_FILE_BYTES && text[VAULT_MASTER_FILE_BYTES - 1] == '\n') {
        text[VAULT_MASTER_FILE_BYTES - 1] = '\0';
        err = hex_decode(text, ret_secret, SEAL_KEY_BYTES);
    } else {
        err = len < 0 ? ERR_IO : ERR_MALFORMED;
    }
    seal_wipe(text, sizeof text);
    if (err == ERR_MALFORMED) {
        err = error_set(ret_error, err, is_vi ? "%s không chứa khoá chủ" : "%s holds no master key", path);
    }
    return err == ERR_IO ? io_error(path, language, ret_error) : err;
}

enum err vault_file_settle(const char *aside, const char *path, enum language language,
                           struct error *ret_error)
{
    bool is_there = rename(aside, path) == 0 || errno == ENOENT;
    return is_there && sync_folder_of(path) ? ERR_OK : io_error(path, language, ret_error);
}

static enum err io_error(const char *path, enum language language, struct error *ret_error)
{
    return error_set(ret_error, ERR_IO,
                     language == LANGUAGE_VI ? "không đọc hoặc ghi được %s: %s"
                                             : "cannot read or write %s: %s",
                     path, strerror(errno));
}

/* The name of a new file is durable only with its folder. */
static bool sync_folder_of(const char *path)
{
    char copy[VAULT_PATH_BYTES_MAX];
    if (strlen(path) >= sizeof copy) {
        return false;
    }
    memcpy(copy, path, strlen(path) + 1);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    return fd >= 0 && close(fd) == 0 && is_synced;
}
