/* The end of a program that found itself broken. */
#include "common/base/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *kind, const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "level=error event=check_failed kind=%s at=%s:%d expression=\"%s\"\n", kind, file,
                  line, expression);
    abort();
}
