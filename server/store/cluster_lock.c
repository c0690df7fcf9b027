/* Who uses a private cluster. */
#include "server/store/cluster_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "server/store/program.h"

static int open_locked(const char *folder, const char *name, int operation);

enum err cluster_lock_enter(struct cluster_lock *lock, const char *folder, int *ret_opening_fd)
{
    int opening_fd = open_locked(folder, "pg.opening", LOCK_EX);
    int users_fd = opening_fd >= 0 ? open_locked(folder, "pg.users", LOCK_SH) : -1;
    if (users_fd < 0) {
        if (opening_fd >= 0) {
            (void)close(opening_fd); /* nothing was written */
        }
        return ERR_IO;
    }
    lock->users_fd = users_fd;
    *ret_opening_fd = opening_fd;
    return ERR_OK;
}

bool cluster_lock_is_last(const struct cluster_lock *lock)
{
    if (lock->users_fd < 0) {
        return false;
    }
    if (flock(lock->users_fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    /* A failed change of the lock may have dropped it. */
    (void)flock(lock->users_fd, LOCK_SH | LOCK_NB);
    return false;
}

void cluster_lock_leave(struct cluster_lock *lock)
{
    if (lock->users_fd >= 0) {
        (void)close(lock->users_fd); /* gives the lock back; nothing was written */
    }
    lock->users_fd = -1;
}

static int open_locked(const char *folder, const char *name, int operation)
{
    char path[PROGRAM_PATH_BYTES_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (fd >= 0 && flock(fd, operation) != 0) {
        if (errno != EINTR) {
            (void)close(fd); /* nothing was written */
            return -1;
        }
    }
    return fd;
}
