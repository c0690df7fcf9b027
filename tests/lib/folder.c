#include "tests/lib/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)status, (void)type, (void)level; /* every kind of entry goes the same way */
    return remove(path);
}

void folder_new(char ret_path[FOLDER_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(ret_path, FOLDER_PATH_BYTES, "%s/dantin-test-XXXXXX", base != NULL ? base : "/tmp");
    if (len < 0 || len >= FOLDER_PATH_BYTES || mkdtemp(ret_path) == NULL) {
        perror("folder_new");
        abort();
    }
}

void folder_remove(const char *path)
{
    enum { DESCRIPTORS_MAX = 16 };
    if (nftw(path, remove_one, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS) != 0) {
        perror("folder_remove");
        abort();
    }
}
