/* A receipt as a page for the file: Vietnamese, HTML ready to print on A4, with the proof as a QR code. Rank 5. */
#ifndef CLIENT_LIB_RECEIPT_PAGE_H
#define CLIENT_LIB_RECEIPT_PAGE_H

#include "client/include/dantin.h"
#include "common/base/buf.h"

enum {
    RECEIPT_PAGE_BYTES_MAX = 4 << 20,
    RECEIPT_PAGE_QR_BYTES_MAX = 2953, /* the most a QR code holds: version 40, level L, bytes */
};

/* Append the page to `page`. proof: the text of dantin_receipt_proof; the QR code holds exactly these bytes. ERR_TOO_BIG: more than
 * RECEIPT_PAGE_QR_BYTES_MAX, or the page's maximum. ERR_NO_MEMORY. */
MUST_CHECK enum err receipt_page_write(const struct dantin_receipt *receipt, const char *proof,
                                       struct buf *page);

#endif
