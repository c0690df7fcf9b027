/* The layout of an exported journal besides its tiles (common/crypto/tile.h), for its writer and its readers
 * (docs/journal.md#export). Rank 3. Pure.
 *
 *   journal                text: "dantin/export/1", "size <entries>", "key <first log key, base64>"
 *   checkpoint             the newest checkpoint (as tlog-tiles wants it)
 *   checkpoints            all of them, by ascending size, with their cosignatures: records
 *   tile/…                 tiles and bundles of entries (an entry is its 236 leaf bytes)
 *   verdicts/<N>[.p/<W>]   as tile/entries, each the bytes that the verdict hash is over: records
 *   payloads/<N>[.p/<W>]   likewise, each u8 0 (withheld) or u8 1 and the zstd frame: records
 *
 * A record is a u32 length and that many bytes. */
#ifndef COMMON_WIRE_EXPORT_H
#define COMMON_WIRE_EXPORT_H

#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/crypto/sign.h"
#include "common/crypto/tile.h"
#include "common/wire/payload.h"
#include "common/wire/receipt.h"

enum export_folder { EXPORT_VERDICTS, EXPORT_PAYLOADS };

enum {
    EXPORT_HEAD_BYTES_MAX = 256,
    EXPORT_LENGTH_BYTES = 4,
    EXPORT_VERDICT_BYTES_MAX = PAYLOAD_CHANGES_MAX * (1 + RULE_ID_BYTES_MAX),
    EXPORT_PAYLOAD_BYTES_MAX = 1 + PAYLOAD_COMPRESSED_BYTES_MAX,
    EXPORT_BUNDLE_BYTES_MAX = TILE_WIDTH * (EXPORT_LENGTH_BYTES + EXPORT_VERDICT_BYTES_MAX)
};

/* The file `journal`. */
struct export_head {
    uint64_t size;
    uint8_t log_key[SIGN_PUBLIC_KEY_BYTES]; /* the first one; later ones follow from the journal */
};

/* Text with a NUL. */
void export_head_format(const struct export_head *head, char ret_text[EXPORT_HEAD_BYTES_MAX]);
/* ERR_MALFORMED. */
MUST_CHECK enum err export_head_parse(struct bytes in, struct export_head *ret_head);

/* Path of a bundle of verdicts or payloads, with a NUL. Requires as tile_path. */
void export_path(enum export_folder folder, uint64_t number, size_t width,
                 char ret_path[TILE_PATH_BYTES_MAX]);

/* ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err export_record_append(struct buf *out, struct bytes record);
/* Takes the first record off *rest; a view. ERR_NOT_FOUND: nothing is left. ERR_MALFORMED: cut. */
MUST_CHECK enum err export_record_next(struct bytes *rest, struct bytes *ret_record);

/* The bytes the verdict hash is over: u8 code ‖ u8 rule length ‖ rule id of every item, appended to out. */
MUST_CHECK enum err export_verdict_append(struct buf *out, const struct verdict *verdict);
/* Takes the first verdict off *rest. ERR_NOT_FOUND: nothing is left. ERR_MALFORMED: cut, or a code, a length or a
 * rule id that there is none. */
MUST_CHECK enum err export_verdict_next(struct bytes *rest, struct verdict *ret_verdict);

#endif
