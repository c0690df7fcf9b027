/* Reading and making the file of a master key. */
#include "server/store/vault_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/durable.h"
#include "common/base/random.h"
#include "common/base/text.h"

enum { PART_NAME_BYTES = 32 };

static enum err io_error(const char *path, enum language language, struct error *ret_error);
static int name_new(const char *from, const char *to);

/* Whole before it has its name: another program that comes now, or the next one after a kill, finds a key or none. */
enum err vault_master_create(const char *path, enum language language, struct error *ret_error)
{
    uint8_t secret[SEAL_KEY_BYTES];
    char text[VAULT_MASTER_FILE_BYTES + 1];
    char part[VAULT_PATH_BYTES_MAX + PART_NAME_BYTES];
    (void)snprintf(part, sizeof part, "%s.%ld.part", path, (long)getpid());
    (void)unlink(part); /* a killed program's of the same number; usually not there */
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, VAULT_MASTER_FILE_MODE);
    random_bytes(secret, sizeof secret);
    hex_encode(bytes_of(secret, sizeof secret), text);
    memcpy(text + VAULT_MASTER_FILE_BYTES - 1, "\n", 2);
    bool is_written = fd >= 0 &&
                      write(fd, text, VAULT_MASTER_FILE_BYTES) == (ssize_t)VAULT_MASTER_FILE_BYTES &&
                      fsync(fd) == 0;
    bool is_closed = fd >= 0 && close(fd) == 0;
    seal_wipe(secret, sizeof secret);
    seal_wipe(text, sizeof text);
    bool is_named = is_written && is_closed && name_new(part, path) == 0;
    int reason = errno;
    (void)unlink(part);
    errno = reason;
    if (!is_named && is_written && is_closed && reason == EEXIST) {
        return error_set(ret_error, ERR_EXISTS, language == LANGUAGE_VI ? "%s đã có" : "%s already exists",
                         path);
    }
    return is_named && durable_name(path) == ERR_OK ? ERR_OK : io_error(path, language, ret_error);
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
        err = error_set(ret_error, ERR_FORBIDDEN, text_get(TEXT_KEY_OTHERS_READ, language), path, path);
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
    return is_there && durable_name(path) == ERR_OK ? ERR_OK : io_error(path, language, ret_error);
}

static enum err io_error(const char *path, enum language language, struct error *ret_error)
{
    return error_set(ret_error, ERR_IO,
                     language == LANGUAGE_VI ? "không đọc hoặc ghi được %s: %s"
                                             : "cannot read or write %s: %s",
                     path, strerror(errno));
}

/* Fails with EEXIST rather than replace a file. */
static int name_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    return errno == EINVAL || errno == ENOSYS ? link(from, to) : -1; /* not every file system knows it */
}
