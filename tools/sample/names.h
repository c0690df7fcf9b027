/* Vietnamese names, drawn by how often each part is borne. */
#ifndef TOOLS_SAMPLE_NAMES_H
#define TOOLS_SAMPLE_NAMES_H

#include "tools/sample/sample.h"

/* Read the embedded lists. Once. */
void names_load(void);
/* family: NULL = drawn. */
void names_draw(struct prng *prng, bool is_woman, const char *family, char ret_name[SAMPLE_TEXT_BYTES]);

#endif
