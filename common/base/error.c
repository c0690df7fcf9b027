/* The table of errors.def and the struct that carries a sentence. */
#include "common/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/utf8.h"

struct error_info {
    const char *name;
    const char *text_vi;
    const char *text_en;
    bool may_retry;
    bool is_data_safe;
};

static const struct error_info errors[ERR_COUNT] = {
#define ERROR(name, number, may_retry, data_safe, vi, en) [number] = {#name, vi, en, may_retry, data_safe},
#include "common/base/errors.def"
#undef ERROR
};

static const struct error_info unknown = {"ERR_UNKNOWN", "Lỗi không rõ", "An unknown error", true, false};

static const struct error_info *info_of(enum err code)
{
    return err_is_known((unsigned)code) ? &errors[code] : &unknown;
}

bool err_is_known(unsigned number)
{
    return number < ERR_COUNT && errors[number].name != NULL;
}

const char *err_name(enum err code)
{
    return info_of(code)->name;
}

const char *err_text(enum err code, enum language language)
{
    return language == LANGUAGE_EN ? info_of(code)->text_en : info_of(code)->text_vi;
}

bool err_may_retry(enum err code)
{
    return info_of(code)->may_retry;
}

bool err_is_data_safe(enum err code)
{
    return info_of(code)->is_data_safe;
}

enum err error_set(struct error *error, enum err code, const char *format, ...)
{
    if (error == NULL) {
        return code;
    }
    /* Formatted aside, so that error->text itself may be among the arguments. One byte more than fits shows a
     * cut. */
    char text[ERROR_TEXT_BYTES_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len < 0) {
        text[0] = '\0';
    }
    size_t kept = utf8_cut(bytes_of_text(text), sizeof error->text - 1);
    memcpy(error->text, text, kept);
    error->text[kept] = '\0';
    error->code = code;
    return code;
}
