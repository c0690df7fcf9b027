/* Unicode text of records: NFC, tidied names, and the search key without tone marks (utf8proc underneath).
 * Rank 2. Pure. */
#ifndef COMMON_RECORD_NAME_H
#define COMMON_RECORD_NAME_H

#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

/* NFC, outer spaces dropped, runs of white space (line ends and other controls too) folded to one space,
 * invisible format characters (zero-width, direction marks) dropped: no sealed text has any. ERR_ENCODING:
 * not UTF-8. ERR_TOO_BIG. */
MUST_CHECK enum err name_normalise(struct bytes in, struct arena *arena, struct bytes *ret_text);
/* Lower case, no marks (đ → d), digits and letters kept, everything else one space: "Nguyễn  Văn Đạt" →
 * "nguyen van dat". */
MUST_CHECK enum err name_fold(struct bytes in, struct arena *arena, struct bytes *ret_key);
/* The same into the caller's memory. ERR_TOO_BIG: the key is longer than out_bytes. */
MUST_CHECK enum err name_fold_into(struct bytes in, char *out, size_t out_bytes, size_t *ret_len);
bool name_is_nfc(struct bytes in);
/* The same words with the same marks, whatever the case and what stands between the words: Hùng and Hưng are two names, though their
 * folded keys are one. Both are NFC UTF-8; of other bytes only equal ones are the same. */
bool name_is_same(struct bytes a, struct bytes b);

#endif
