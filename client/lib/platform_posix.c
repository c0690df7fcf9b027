/* platform.h on POSIX systems: locks, files, folders, waiting. Sockets: platform_posix_socket.c. */
#include "client/lib/platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/random.h"

enum {
    READ_STEP_BYTES = 65536,
    MODE_PRIVATE = 0600,
    MODE_SHARED = 0644,
    MODE_FOLDER = 0700,
    ASIDE_TRIES_MAX = 16
};

struct platform_lock {
    int descriptor;
};

struct platform_output {
    int descriptor;
    char wanted[PLATFORM_PATH_BYTES_MAX];
    char aside[PLATFORM_PATH_BYTES_MAX]; /* "": it has no name yet, and is gone when the process is */
};

static enum err write_all(int descriptor, struct bytes content);
static enum err open_aside(const char *path, mode_t mode, char *ret_aside, int *ret_descriptor);
static enum err sync_folder_of(const char *path);
static enum err folder_of(const char *path, char *ret_folder, size_t folder_bytes);
static enum err open_unnamed(const char *path, mode_t mode, int *ret_descriptor);
static enum err give_free_name(const struct platform_output *output, char *ret_path, size_t path_bytes);
static enum err numbered_name(const char *wanted, unsigned number, char *ret_path, size_t path_bytes);
static int give_name(const struct platform_output *output, const char *path);
static int rename_no_replace(const char *from, const char *to);

const char *platform_reason(void)
{
    return strerror(errno);
}

/* ---- locks ---- */

enum err platform_lock_take(const char *path, int64_t wait_ms, struct platform_lock **ret_lock)
{
    struct platform_lock *lock = calloc(1, sizeof *lock);
    if (lock == NULL) {
        return ERR_NO_MEMORY;
    }
    lock->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, MODE_PRIVATE);
    if (lock->descriptor < 0) {
        free(lock);
        return ERR_IO;
    }
    int64_t deadline_ms = clock_monotonic_ms() + wait_ms;
    /* flock belongs to the open file, so that two handles of one process exclude each other too. */
    while (flock(lock->descriptor, LOCK_EX | LOCK_NB) != 0) {
        bool is_held = errno == EWOULDBLOCK || errno == EINTR;
        if (!is_held || clock_monotonic_ms() >= deadline_ms) {
            platform_lock_release(lock);
            return is_held ? ERR_LOCKED : ERR_IO;
        }
        platform_wait(PLATFORM_LOCK_POLL_MS);
    }
    *ret_lock = lock;
    return ERR_OK;
}

void platform_lock_release(struct platform_lock *lock)
{
    if (lock == NULL) {
        return;
    }
    (void)close(lock->descriptor); /* gives the lock back; nothing was written */
    free(lock);
}

/* ---- files ---- */

enum err platform_folder_make(const char *path)
{
    char part[PLATFORM_PATH_BYTES_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part) {
        return ERR_TOO_BIG;
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, MODE_FOLDER) != 0 && errno != EEXIST) {
            return ERR_IO;
        }
        part[i] = kept;
    }
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return ERR_IO;
    }
    return ERR_OK;
}

enum err platform_folder_each(const char *path, bool (*on_entry)(void *context, const char *name),
                              void *context)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    bool goes_on = true;
    while (goes_on) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            break;
        }
        bool is_itself = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        goes_on = is_itself || on_entry(context, entry->d_name);
    }
    enum err err = goes_on && errno != 0 ? ERR_IO : ERR_OK;
    (void)closedir(folder); /* only read */
    return err;
}

bool platform_file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

bool platform_file_is_private(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

enum err platform_file_read(const char *path, struct buf *out)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    enum err err = ERR_OK;
    for (;;) {
        /* The last step may be shorter than READ_STEP_BYTES: `out` may end before that. */
        size_t room = out->bytes_max - buf_content(out).len;
        size_t step = room < READ_STEP_BYTES ? room : READ_STEP_BYTES;
        uint8_t one_more = 0;
        uint8_t *at = &one_more;
        if (step > 0) {
            err = buf_reserve(out, step, &at);
            if (err != ERR_OK) {
                goto done;
            }
        }
        ssize_t got = read(descriptor, at, step > 0 ? step : 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            err = got == 0 ? ERR_OK : ERR_IO;
            goto done;
        }
        if (step == 0) {
            err = ERR_TOO_BIG;
            goto done;
        }
        buf_commit(out, (size_t)got);
    }
done:
    (void)close(descriptor); /* only read */
    return err;
}

enum err platform_file_replace(const char *path, struct bytes content, bool is_private)
{
    char aside[PLATFORM_PATH_BYTES_MAX];
    int descriptor = -1;
    enum err err = open_aside(path, is_private ? MODE_PRIVATE : MODE_SHARED, aside, &descriptor);
    if (err != ERR_OK) {
        return err;
    }
    err = write_all(descriptor, content);
    if (err == ERR_OK && fsync(descriptor) != 0) {
        err = ERR_IO;
    }
    if (close(descriptor) != 0 && err == ERR_OK) {
        err = ERR_IO;
    }
    if (err == ERR_OK && rename(aside, path) != 0) {
        err = ERR_IO;
    }
    if (err != ERR_OK) {
        (void)unlink(aside); /* a leftover harms nobody */
        return err;
    }
    return sync_folder_of(path);
}

enum err platform_file_move(const char *from, const char *to)
{
    if (rename(from, to) != 0) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    return sync_folder_of(to);
}

enum err platform_file_remove(const char *path)
{
    if (unlink(path) != 0) {
        return errno == ENOENT ? ERR_OK : ERR_IO;
    }
    return sync_folder_of(path);
}

enum err platform_output_open(const char *wanted_path, struct platform_output **ret_output)
{
    struct platform_output *output = calloc(1, sizeof *output);
    if (output == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = ERR_TOO_BIG;
    size_t len = strlen(wanted_path);
    if (len < sizeof output->wanted) {
        memcpy(output->wanted, wanted_path, len + 1);
        err = open_unnamed(wanted_path, MODE_PRIVATE, &output->descriptor);
        if (err == ERR_UNSUPPORTED) {
            err = open_aside(wanted_path, MODE_PRIVATE, output->aside, &output->descriptor);
        }
    }
    if (err != ERR_OK) {
        free(output);
        return err;
    }
    *ret_output = output;
    return ERR_OK;
}

enum err platform_output_write(struct platform_output *output, struct bytes content)
{
    return write_all(output->descriptor, content);
}

enum err platform_output_finish(struct platform_output *output, char *ret_path, size_t path_bytes)
{
    enum err err = fsync(output->descriptor) == 0 ? ERR_OK : ERR_IO;
    if (err == ERR_OK) {
        err = give_free_name(output, ret_path, path_bytes);
    }
    if (err != ERR_OK) {
        platform_output_discard(output);
        return err;
    }
    err = sync_folder_of(ret_path);
    if (close(output->descriptor) != 0 && err == ERR_OK) {
        err = ERR_IO;
    }
    free(output);
    return err;
}

void platform_output_discard(struct platform_output *output)
{
    if (output == NULL) {
        return;
    }
    if (output->aside[0] != '\0') {
        (void)unlink(output->aside); /* a leftover harms nobody */
    }
    (void)close(output->descriptor); /* its content is unwanted */
    free(output);
}

/* ---- surroundings ---- */

enum err platform_home(char *ret_path, size_t path_bytes)
{
    const char *stated = getenv("DANTIN_HOME");
    if (stated != NULL && stated[0] != '\0') {
        size_t len = strlen(stated);
        if (len >= path_bytes) {
            return ERR_TOO_BIG;
        }
        memcpy(ret_path, stated, len + 1);
        return ERR_OK;
    }
    const char *user_home = getenv("HOME");
    if (user_home == NULL || user_home[0] == '\0') {
        const struct passwd *user = getpwuid(getuid());
        user_home = user != NULL ? user->pw_dir : NULL;
    }
    if (user_home == NULL) {
        return ERR_NOT_FOUND;
    }
    return platform_path_join(user_home, ".local/share/dantin", ret_path, path_bytes);
}

enum err platform_path_join(const char *folder, const char *name, char *ret_path, size_t path_bytes)
{
    size_t folder_len = strlen(folder);
    size_t name_len = strlen(name);
    if (folder_len >= path_bytes || name_len >= path_bytes || folder_len + 1 + name_len >= path_bytes) {
        return ERR_TOO_BIG;
    }
    memcpy(ret_path, folder, folder_len);
    ret_path[folder_len] = '/';
    memcpy(ret_path + folder_len + 1, name, name_len);
    ret_path[folder_len + 1 + name_len] = '\0';
    return ERR_OK;
}

enum err platform_free_bytes(const char *path, uint64_t *ret_bytes)
{
    struct statvfs status;
    if (statvfs(path, &status) != 0) {
        return ERR_IO;
    }
    *ret_bytes = (uint64_t)status.f_bavail * (uint64_t)status.f_frsize;
    return ERR_OK;
}

void platform_host_name(char *ret_name, size_t name_bytes)
{
    REQUIRE(name_bytes > 0);
    if (gethostname(ret_name, name_bytes) != 0) {
        (void)snprintf(ret_name, name_bytes, "localhost");
    }
    ret_name[name_bytes - 1] = '\0';
}

void platform_wait(int64_t wait_ms)
{
    struct timespec rest = {.tv_sec = (time_t)(wait_ms / 1000), .tv_nsec = (long)(wait_ms % 1000) * 1000000L};
    while (wait_ms > 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {
    }
}

/* ---- helpers ---- */

static enum err write_all(int descriptor, struct bytes content)
{
    size_t written = 0;
    while (written < content.len) {
        ssize_t step = write(descriptor, content.at + written, content.len - written);
        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step < 0) {
            return ERR_IO;
        }
        written += (size_t)step;
    }
    return ERR_OK;
}

/* A file in the folder of `path` that nobody sees until it is given a name: a kill leaves no half-written list of people behind.
 * ERR_UNSUPPORTED: not on this file system (network shares), or without /proc. */
static enum err open_unnamed(const char *path, mode_t mode, int *ret_descriptor)
{
    char folder[PLATFORM_PATH_BYTES_MAX];
    enum err err = folder_of(path, folder, sizeof folder);
    if (err != ERR_OK) {
        return err;
    }
    if (access("/proc/self/fd", X_OK) != 0) {
        return ERR_UNSUPPORTED;
    }
    int descriptor = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (descriptor < 0) {
        return ERR_UNSUPPORTED; /* what is wrong with the folder, if anything, the named way tells */
    }
    *ret_descriptor = descriptor;
    return ERR_OK;
}

/* A new file beside `path`, under a random hidden name. */
static enum err open_aside(const char *path, mode_t mode, char *ret_aside, int *ret_descriptor)
{
    char folder[PLATFORM_PATH_BYTES_MAX];
    enum err err = folder_of(path, folder, sizeof folder);
    if (err != ERR_OK) {
        return err;
    }
    for (unsigned i = 0; i < ASIDE_TRIES_MAX; i++) {
        uint8_t drawn[8];
        char hex[2 * sizeof drawn + 1];
        char name[sizeof hex + sizeof ".dantin-.part"];
        random_bytes(drawn, sizeof drawn);
        hex_encode(bytes_of(drawn, sizeof drawn), hex);
        (void)snprintf(name, sizeof name, ".dantin-%s.part", hex);
        err = platform_path_join(folder, name, ret_aside, PLATFORM_PATH_BYTES_MAX);
        if (err != ERR_OK) {
            return err;
        }
        int descriptor = open(ret_aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (descriptor >= 0) {
            *ret_descriptor = descriptor;
            return ERR_OK;
        }
        if (errno != EEXIST) {
            return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
        }
    }
    return ERR_IO;
}

/* The name of a file is durable only when its folder is. */
static enum err sync_folder_of(const char *path)
{
    char folder[PLATFORM_PATH_BYTES_MAX];
    enum err err = folder_of(path, folder, sizeof folder);
    if (err != ERR_OK) {
        return err;
    }
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return ERR_IO;
    }
    /* Some file systems (network shares) cannot sync a folder and say EINVAL; there is nothing more to do
     * then. */
    bool is_synced = fsync(descriptor) == 0 || errno == EINVAL;
    (void)close(descriptor); /* nothing was written through it */
    return is_synced ? ERR_OK : ERR_IO;
}

static enum err folder_of(const char *path, char *ret_folder, size_t folder_bytes)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == path ? "/" : slash == NULL ? "." : path;
    size_t len = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    if (len >= folder_bytes) {
        return ERR_TOO_BIG;
    }
    memcpy(ret_folder, folder, len);
    ret_folder[len] = '\0';
    return ERR_OK;
}

static enum err give_free_name(const struct platform_output *output, char *ret_path, size_t path_bytes)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    for (unsigned number = 1; number <= PLATFORM_NUMBERED_NAMES_MAX; number++) {
        enum err err = numbered_name(output->wanted, number, path, sizeof path);
        if (err != ERR_OK) {
            return err;
        }
        if (strlen(path) >= path_bytes) {
            return ERR_TOO_BIG;
        }
        if (give_name(output, path) == 0) {
            memcpy(ret_path, path, strlen(path) + 1);
            return ERR_OK;
        }
        if (errno != EEXIST) {
            return ERR_IO;
        }
    }
    return ERR_EXISTS;
}

/* 1: "name.csv" itself; n: "name (n).csv". */
static enum err numbered_name(const char *wanted, unsigned number, char *ret_path, size_t path_bytes)
{
    const char *slash = strrchr(wanted, '/');
    const char *name = slash == NULL ? wanted : slash + 1;
    const char *dot = strrchr(name, '.');
    size_t stem_len = dot == NULL || dot == name ? strlen(wanted) : (size_t)(dot - wanted);
    int len = number == 1 ? snprintf(ret_path, path_bytes, "%s", wanted)
                          : snprintf(ret_path, path_bytes, "%.*s (%u)%s", (int)stem_len, wanted, number,
                                     wanted + stem_len);
    return len >= 0 && (size_t)len < path_bytes ? ERR_OK : ERR_TOO_BIG;
}

/* Fails with EEXIST rather than replace a file. */
static int give_name(const struct platform_output *output, const char *path)
{
    char unnamed[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
    if (output->aside[0] != '\0') {
        return rename_no_replace(output->aside, path);
    }
    (void)snprintf(unnamed, sizeof unnamed, "/proc/self/fd/%d", output->descriptor); /* fits */
    return linkat(AT_FDCWD, unnamed, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static int rename_no_replace(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    /* A file system without RENAME_NOREPLACE: a second name never replaces a file either. */
    if (link(from, to) != 0) {
        return -1;
    }
    return unlink(from);
}
