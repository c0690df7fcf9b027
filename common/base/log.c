/* One line per event, made whole and written at once, so that lines of several threads or processes do not
 * mix. */
#include "common/base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/utf8.h"

enum { LINE_BYTES_MAX = 2048 };

static enum log_level least_severe = LOG_INFO;
static void (*line_sink)(enum log_level level, const char *line);

static size_t write_head(enum log_level level, const char *event, char *line, size_t size);
static size_t clean_line(char *line, size_t len);

void log_set_level(enum log_level level)
{
    least_severe = level;
}

void log_set_sink(void (*sink)(enum log_level level, const char *line))
{
    line_sink = sink;
}

void log_write(enum log_level level, const char *event, const char *format, ...)
{
    if (level > least_severe) {
        return;
    }
    /* One byte more than a line may have shows that it was cut; one more for the newline. */
    char line[LINE_BYTES_MAX + 2];
    size_t len = write_head(level, event, line, LINE_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(line + len, LINE_BYTES_MAX + 1 - len, format, arguments);
    va_end(arguments);
    if (added > 0) {
        len += strlen(line + len);
    }
    len = clean_line(line, utf8_cut(bytes_of(line, len), LINE_BYTES_MAX - 1));
    if (line_sink != NULL) {
        line_sink(level, line);
        return;
    }
    line[len] = '\n';
    /* A log that cannot be written has nowhere to say so. */
    ssize_t written = write(STDERR_FILENO, line, len + 1);
    (void)written;
}

/* "time=… level=… event=… ", its length returned. */
static size_t write_head(enum log_level level, const char *event, char *line, size_t size)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    int64_t now_ms = clock_now_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc = {0};
    char moment[32] = "";
    if (gmtime_r(&seconds, &utc) != NULL) {
        (void)strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%S", &utc);
    }
    int len = snprintf(line, size, "time=%s.%03dZ level=%s event=%s ", moment, (int)(now_ms % 1000),
                       names[level], event);
    if (len < 0) {
        return 0;
    }
    return (size_t)len < size ? (size_t)len : size - 1;
}

/* Control characters become '?', so that nothing logged can forge a line; trailing blanks go. */
static size_t clean_line(char *line, size_t len)
{
    while (len > 0 && line[len - 1] == ' ') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)line[i];
        if (byte < 0x20 || byte == 0x7F) {
            line[i] = '?';
        }
    }
    line[len] = '\0';
    return len;
}
