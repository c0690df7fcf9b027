/* A moment as people of Asia/Ho_Chi_Minh read it (UTC+7, no summer time). */
#ifndef CLIENT_CLI_MOMENT_H
#define CLIENT_CLI_MOMENT_H

#include <stdint.h>

#include "common/base/error.h"

enum { MOMENT_TEXT_BYTES = 32 };

/* "14:05:33 03/02/2024", in English "2024-02-03 14:05:33". ms_utc: since 1970. */
void moment_format(int64_t ms_utc, enum language language, char ret_text[MOMENT_TEXT_BYTES]);
/* "2024-02-03" to "03/02/2024" in Vietnamese; any other text is copied. */
void moment_format_date(const char *iso, enum language language, char ret_text[MOMENT_TEXT_BYTES]);

#endif
