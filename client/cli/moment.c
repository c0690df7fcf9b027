/* See moment.h. */
#include "client/cli/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OFFSET_SECONDS = 7 * 3600 };

void moment_format(int64_t ms_utc, enum language language, char ret_text[MOMENT_TEXT_BYTES])
{
    time_t seconds = (time_t)(ms_utc / 1000) + OFFSET_SECONDS;
    struct tm parts;
    const char *format = language == LANGUAGE_VI ? "%H:%M:%S %d/%m/%Y" : "%Y-%m-%d %H:%M:%S";

    if (gmtime_r(&seconds, &parts) == NULL || strftime(ret_text, MOMENT_TEXT_BYTES, format, &parts) == 0) {
        (void)snprintf(ret_text, MOMENT_TEXT_BYTES, "-"); /* a year beyond reason */
    }
}

void moment_format_date(const char *iso, enum language language, char ret_text[MOMENT_TEXT_BYTES])
{
    bool is_iso = strlen(iso) == 10 && iso[4] == '-' && iso[7] == '-';

    if (is_iso && language == LANGUAGE_VI) {
        (void)snprintf(ret_text, MOMENT_TEXT_BYTES, "%.2s/%.2s/%.4s", iso + 8, iso + 5, iso); /* fits */
    } else {
        (void)snprintf(ret_text, MOMENT_TEXT_BYTES, "%.*s", MOMENT_TEXT_BYTES - 1, iso); /* dates are short */
    }
}
