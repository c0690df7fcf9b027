/* What survives a cut of the power. Rank 0. */
#ifndef COMMON_BASE_DURABLE_H
#define COMMON_BASE_DURABLE_H

#include "common/base/attr.h"
#include "common/base/error.h"

/* The name of a file just made, renamed or removed is on the disk only with its folder, whatever was synced of the file itself: sync the
 * folder that `path` lies in. ERR_IO, with errno. */
MUST_CHECK enum err durable_name(const char *path);

#endif
