/* Structured log: one line, key=value, lower case, to stderr (or the sink set). Rank 0.
 * error: someone must act. warn: we coped. info: life-cycle. debug: per message. Never secrets, bodies or
 * names of people. */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include "common/base/attr.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* The least severe level written; LOG_INFO at start. */
void log_set_level(enum log_level level);
/* Where lines go, without newline; NULL = stderr. For tests. */
void log_set_sink(void (*sink)(enum log_level level, const char *line));

/* log_write(LOG_INFO, "session_ready", "session=%u role=%s", id, role). Values with spaces must be quoted by
 * the caller; control characters are replaced. */
void log_write(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
