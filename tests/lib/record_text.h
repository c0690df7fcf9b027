/* Records for tests, written as pairs of texts:
 *   const char *const texts[][2] = {{"name", "Phạm Thị Bé"}, {"birth_date", "01/05/1980"}, {NULL, NULL}};
 * A wrong name or value stops the test. Everything lives in the arena. */
#ifndef TESTS_LIB_RECORD_TEXT_H
#define TESTS_LIB_RECORD_TEXT_H

#include "common/record/schema.h"

void *record_from_texts(const struct kind_schema *schema, struct arena *arena, const char *const texts[][2]);
/* "" clears a field; dates dd/mm/yyyy; booleans "0" and "1"; a reference is one character, repeated to 16 bytes. `name` is
 * a field, or list.N.item: the item of the list's Nth element (from 1), which is made where it is the next one. */
void record_set_text(const struct kind_schema *schema, struct arena *arena, void *message, const char *name,
                     const char *text);
/* Append an edge; reference is repeated to 16 bytes; dates dd/mm/yyyy or NULL. */
void record_append_edge(const struct kind_schema *schema, struct arena *arena, void *message,
                        const char *list, char reference, const char *from, const char *to);

#endif
