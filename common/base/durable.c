/* One fsync. */
#include "common/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err durable_name(const char *path)
{
    char *copy = strdup(path); /* dirname writes into it */
    int folder = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(copy);
    if (folder < 0) {
        return ERR_IO;
    }
    /* Some file systems (network shares) cannot sync a folder and say EINVAL; there is nothing more to do then. */
    bool is_synced = fsync(folder) == 0 || errno == EINVAL;
    int reason = errno;
    (void)close(folder); /* nothing was written through it */
    errno = reason;
    return is_synced ? ERR_OK : ERR_IO;
}
