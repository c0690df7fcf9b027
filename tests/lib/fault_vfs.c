#include "tests/lib/fault_vfs.h"

#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

enum { METHODS_MAX = 8 };

/* The real file methods and their copies with ours in place. */
static const sqlite3_io_methods *real_methods[METHODS_MAX];
static sqlite3_io_methods our_methods[METHODS_MAX];
static unsigned method_count;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs our_vfs;
static unsigned calls_left;
static enum fault_vfs_action armed_action;
static bool has_fired;

static bool is_due(void)
{
    if (has_fired && armed_action == FAULT_VFS_ERROR) {
        return true;
    }
    if (calls_left == 0 || --calls_left > 0) {
        return false;
    }
    has_fired = true;
    if (armed_action == FAULT_VFS_CRASH) {
        _exit(FAULT_VFS_CRASH_STATUS);
    }
    return true;
}

static const sqlite3_io_methods *real_of(sqlite3_file *file)
{
    for (unsigned i = 0; i < method_count; i++) {
        if (file->pMethods == &our_methods[i]) {
            return real_methods[i];
        }
    }
    abort();
}

static int on_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 offset)
{
    /* Half of a write that fails is done: a torn page. */
    if (calls_left == 1 && len > 1) {
        (void)real_of(file)->xWrite(file, at, len / 2, offset); /* the write fails anyway */
    }
    return is_due() ? SQLITE_IOERR_WRITE : real_of(file)->xWrite(file, at, len, offset);
}

static int on_sync(sqlite3_file *file, int flags)
{
    return is_due() ? SQLITE_IOERR_FSYNC : real_of(file)->xSync(file, flags);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return is_due() ? SQLITE_IOERR_TRUNCATE : real_of(file)->xTruncate(file, size);
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    return is_due() ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, path, sync_folder);
}

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
    (void)vfs;
    int result = real_vfs->xOpen(real_vfs, path, file, flags, ret_flags);
    if (result != SQLITE_OK || file->pMethods == NULL) {
        return result;
    }
    unsigned i = 0;
    while (i < method_count && real_methods[i] != file->pMethods) {
        i++;
    }
    if (i == method_count) {
        if (method_count == METHODS_MAX) {
            abort();
        }
        real_methods[i] = file->pMethods;
        our_methods[i] = *file->pMethods;
        our_methods[i].xWrite = on_write;
        our_methods[i].xSync = on_sync;
        our_methods[i].xTruncate = on_truncate;
        method_count++;
    }
    file->pMethods = &our_methods[i];
    return SQLITE_OK;
}

void fault_vfs_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    our_vfs = *real_vfs;
    our_vfs.zName = "fault";
    our_vfs.pNext = NULL;
    our_vfs.xOpen = on_open;
    our_vfs.xDelete = on_delete;
    if (sqlite3_vfs_register(&our_vfs, 1) != SQLITE_OK) {
        abort();
    }
}

void fault_vfs_arm(unsigned countdown, enum fault_vfs_action action)
{
    calls_left = countdown;
    armed_action = action;
    has_fired = false;
}

bool fault_vfs_has_fired(void)
{
    return has_fired;
}
