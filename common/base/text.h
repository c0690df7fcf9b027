/* Texts people see, Vietnamese and English side by side, from texts.def:
 *   TEXT(TEXT_IMPORT_DONE, "Đã nhập %zu dòng", "%zu rows imported")
 * Both languages take the same arguments in the same order. Rank 0. Static memory. */
#ifndef COMMON_BASE_TEXT_H
#define COMMON_BASE_TEXT_H

#include "common/base/error.h"

enum text_id {
#define TEXT(id, vi, en) id,
#include "common/base/texts.def"
#undef TEXT
    TEXT_COUNT
};

const char *text_get(enum text_id id, enum language language);

#endif
