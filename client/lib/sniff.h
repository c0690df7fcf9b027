/* What is this file? Encoding, old Vietnamese fonts and the delimiter, found from the bytes. Rank 5. Pure.
 *
 * Loop: sniff_init → sniff_add for every part of the file → sniff_finish.
 * Old fonts are found both as raw bytes (the file was saved as ANSI) and as UTF-8 of the same letters (the
 * text was typed in an old font and the file saved as UTF-8): "NguyÔn V¨n §¹t" is TCVN3, "Nguyeãn Vaên Ñaït"
 * is VNI. */
#ifndef CLIENT_LIB_SNIFF_H
#define CLIENT_LIB_SNIFF_H

#include "common/base/bytes.h"

enum sniff_encoding {
    SNIFF_UTF8,
    SNIFF_UTF16,   /* "Unicode Text" of Excel */
    SNIFF_TCVN3,   /* ABC fonts (.VnTime ...) */
    SNIFF_VNI,     /* VNI fonts */
    SNIFF_CP1258,  /* Windows "ANSI" Vietnamese */
    SNIFF_UNKNOWN, /* not UTF-8 and none of these */
    SNIFF_BINARY,  /* NUL or control bytes, or a workbook (xls, xlsx): no text */
};

enum { SNIFF_HEAD_BYTES = 65536, SNIFF_ROWS_MAX = 20 };

struct sniff {
    uint8_t head[SNIFF_HEAD_BYTES]; /* the first bytes, for the delimiter */
    size_t head_bytes;
    uint64_t bytes;
    uint8_t pending[4]; /* a character cut between two parts */
    size_t pending_bytes;
    bool is_utf8; /* so far */
    bool has_control;
    uint32_t previous;     /* the letter before, as UTF-8 */
    uint8_t previous_byte; /* the letter before, as bytes */
    uint64_t unicode_marks; /* letters only Unicode Vietnamese has: ă, đ, ơ, ư, ạ … ỹ and combining marks */
    uint64_t utf8_tcvn3, utf8_vni;
    uint64_t byte_tcvn3, byte_vni, byte_cp1258;
};

struct sniff_result {
    enum sniff_encoding encoding;
    bool has_bom;   /* the first three bytes are no content */
    char delimiter; /* ',', ';' or tab */
};

void sniff_init(struct sniff *sniff);
void sniff_add(struct sniff *sniff, struct bytes part);
void sniff_finish(struct sniff *sniff, struct sniff_result *ret_result);

/* Does this one text (UTF-8) look typed in an old font, though its file does not? */
bool sniff_text_is_legacy(struct bytes text);

#endif
