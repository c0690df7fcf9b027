/* Errors: one enum for the whole project, from errors.def.
 * Rank 0. `enum err` is what fallible functions return; `struct error` is used where somebody will read the
 * text. */
#ifndef COMMON_BASE_ERROR_H
#define COMMON_BASE_ERROR_H

#include <stdbool.h>

#include "common/base/attr.h"

enum language { LANGUAGE_VI, LANGUAGE_EN };

enum err {
#define ERROR(name, number, may_retry, data_safe, vi, en) name = number,
#include "common/base/errors.def"
#undef ERROR
    ERR_COUNT
};

enum { ERROR_TEXT_BYTES_MAX = 512 };

struct error {
    enum err code;
    char text[ERROR_TEXT_BYTES_MAX]; /* UTF-8, NUL-terminated, cut at a character when too long */
};

/* The symbol's name, for logs: "ERR_TOO_BIG". Unknown numbers give "ERR_UNKNOWN". Static memory. */
const char *err_name(enum err code);

/* The sentence people see. Static memory. */
const char *err_text(enum err code, enum language language);

/* May the same bytes be tried again? */
bool err_may_retry(enum err code);

/* Are the user's data known to be safe? */
bool err_is_data_safe(enum err code);

/* Is this number one of ours (for numbers read from the wire)? */
bool err_is_known(unsigned number);

/* Fill `error` (may be NULL: then nothing is written) and return `code`, so that callers write
 * `return error_set(error, ERR_IO, "cannot open %s", path);`. */
MUST_CHECK enum err error_set(struct error *error, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
