/* The table of texts.def. */
#include "common/base/text.h"

#include "common/base/check.h"

static const char *const texts[TEXT_COUNT][2] = {
#define TEXT(id, vi, en) [id] = {vi, en},
#include "common/base/texts.def"
#undef TEXT
};

const char *text_get(enum text_id id, enum language language)
{
    REQUIRE((unsigned)id < TEXT_COUNT);
    return texts[id][language == LANGUAGE_EN ? 1 : 0];
}
