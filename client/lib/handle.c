/* The inside of a handle: its failures, its store, its progress. */
#include "client/lib/handle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int handle_fail(struct dantin *dantin, enum err code, const char *format, ...)
{
    dantin->error.code = code;
    if (format == NULL) {
        (void)snprintf(dantin->error.text, sizeof dantin->error.text, "%s", err_text(code, dantin->language));
        return (int)code;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(dantin->error.text, sizeof dantin->error.text, format,
                    arguments); /* a long sentence is cut */
    va_end(arguments);
    return (int)code;
}

int handle_fail_error(struct dantin *dantin, enum err code, const struct error *error)
{
    return error->text[0] != '\0' ? handle_fail(dantin, code, "%s", error->text)
                                  : handle_fail(dantin, code, NULL);
}

enum err handle_store_open(struct dantin *dantin, struct store **ret_store)
{
    struct error error = {0};
    enum err err = store_open(dantin->home, false, ret_store, &error);
    if (err == ERR_NOT_FOUND) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_HANDLE_NO_HOME), dantin->home);
    } else if (err == ERR_LOCKED) {
        (void)handle_fail(dantin, err, NULL);
    } else if (err == ERR_STORE) {
        (void)handle_fail(dantin, err, handle_text(dantin, TEXT_DOCTOR_STORE_BAD), error.text);
    } else if (err != ERR_OK) {
        (void)handle_fail_error(dantin, err, &error);
    }
    return err;
}

bool handle_progress(const struct dantin *dantin, const char *what, uint64_t done, uint64_t total)
{
    return dantin->on_progress == NULL || dantin->on_progress(dantin->progress_context, what, done, total);
}

const char *handle_text(const struct dantin *dantin, enum text_id id)
{
    return text_get(id, dantin->language);
}
