/* One cell of a spreadsheet to one value of a record. Rank 6. Pure.
 * Spreadsheets lose and add things: leading zeros, scientific notation, invisible characters, two forms of
 * the same letter. What can be put right without doubt is put right; the rest is a fault with a sentence that
 * says what to do. */
#ifndef CLIENT_LIB_IMPORT_VALUE_H
#define CLIENT_LIB_IMPORT_VALUE_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/record/schema.h"

enum { IMPORT_FAULT_BYTES_MAX = 2000, IMPORT_CELL_SHOWN_BYTES_MAX = 60 };

/* What is wrong with a row: sentences, "; " between. */
struct import_faults {
    enum language language;
    size_t count;
    struct buf text;
};

void import_faults_init(struct import_faults *faults, enum language language);
void import_faults_release(struct import_faults *faults);
void import_faults_clear(struct import_faults *faults);
/* "label: sentence"; label may be "". `format` takes the (shortened) cell as its only argument, or none.
 * Faults past IMPORT_FAULT_BYTES_MAX are counted but not told. */
void import_fault(struct import_faults *faults, const char *label, enum text_id format, struct bytes cell);
void import_fault_text(struct import_faults *faults, const char *label, const char *sentence);

/* name_normalise, and nothing left that no record may hold. ERR_ENCODING, ERR_TOO_BIG. */
MUST_CHECK enum err import_tidy(struct bytes cell, struct arena *arena, struct bytes *ret_text);

/* Parse a cell of any type but REFERENCE. label: for the faults. A blank cell gives a value that is not
 * stated. Texts live in `arena`. false: not understood, a fault was added, ret_value is untouched. */
bool import_value_parse(const struct field_schema *field, const char *label, struct bytes cell,
                        struct arena *arena, struct import_faults *faults, struct value *ret_value);

/* Excel's "1.23E+11": the digits are lost. */
bool import_is_scientific(struct bytes text);

#endif
