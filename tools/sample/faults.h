/* Realistic mistakes, put into members' rows on demand and written down, so that a test knows what must
 * happen. */
#ifndef TOOLS_SAMPLE_FAULTS_H
#define TOOLS_SAMPLE_FAULTS_H

#include "tools/sample/sheet.h"

enum fault { FAULT_DATES, FAULT_NFD, FAULT_CARDS, FAULT_CODES, FAULT_ZEROS, FAULT_COUNT };

struct faults {
    unsigned per_million[FAULT_COUNT]; /* of the rows; a row has one fault at most */
    struct sheet_format format;        /* semicolon, bom, crlf */
};

/* Columns of a members' row that faults touch. */
struct fault_columns {
    size_t name, card_number, birth_date, admission_date, official_date, ethnicity, religion, occupation, sex;
};

/* "dates=1%,nfd=0.5%,semicolon,bom": names of enum fault with a share, and semicolon, bom, crlf without. */
void faults_parse(const char *spec, struct faults *ret_faults);
bool faults_any(const struct faults *faults);

/* What a fault leads to; the column "expected" of <file>.faults.csv:
 *   fails      the import puts the row into its error file
 *   repaired   the import takes the row, as if the fault were not there
 *   duplicate  the card number of an earlier row: client or server refuses this row */
struct fault_applied {
    const char *fault;
    const char *column; /* header */
    const char *expected;
};

/* Perhaps spoil a row. earlier_card: a card number of a row before, "" = none. Returns whether it did. */
bool faults_apply(struct prng *prng, const struct faults *faults, const struct fault_columns *columns,
                  const char *const *headers, const char *earlier_card, struct sheet_row *row,
                  struct fault_applied *ret_applied);

#endif
