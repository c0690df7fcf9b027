#include "common/base/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void process_keep_private(void)
{
    const struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);        /* lowering is always allowed */
    (void)prctl(PR_SET_DUMPABLE, 0UL, 0, 0, 0); /* also where cores go to a program, whatever the limit */
}
