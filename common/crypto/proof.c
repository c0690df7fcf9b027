/* tlog-proof. */
#include "common/crypto/proof.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/crypto/hash.h"
#include "common/crypto/text_line.h"

static const char first_line[] = "c2sp.org/tlog-proof@v1";

enum err proof_format(struct bytes extra, uint64_t index, struct bytes path, struct bytes note,
                      struct buf *out)
{
    char base64[BASE64_TEXT_BYTES(PROOF_EXTRA_BYTES_MAX) + 1];
    struct merkle_path decoded;
    if (extra.len > PROOF_EXTRA_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    enum err err = merkle_path_decode(path, &decoded);
    if (err != ERR_OK) {
        return err;
    }
    err = buf_append_format(out, "%s\n", first_line);
    if (err == ERR_OK && extra.len > 0) {
        base64_encode(extra, base64);
        err = buf_append_format(out, "extra %s\n", base64);
    }
    if (err == ERR_OK) {
        err = buf_append_format(out, "index %" PRIu64 "\n", index);
    }
    for (size_t i = 0; err == ERR_OK && i < decoded.count; i++) {
        base64_encode(bytes_of(decoded.hashes[i].at, HASH_BYTES), base64);
        err = buf_append_format(out, "%s\n", base64);
    }
    if (err == ERR_OK) {
        err = buf_append_text(out, "\n");
    }
    return err == ERR_OK ? buf_append(out, note) : err;
}

enum err proof_parse(struct bytes in, struct proof *ret_proof)
{
    struct bytes line;
    struct bytes value;
    if (in.len > PROOF_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    if (text_line_take(&in, &line) != ERR_OK || !bytes_equal(line, bytes_of_text(first_line)) ||
        text_line_take(&in, &line) != ERR_OK) {
        return ERR_MALFORMED;
    }
    memset(ret_proof, 0, sizeof *ret_proof);
    if (text_line_starts(line, "extra ", &value)) {
        enum err err = base64_decode(value, ret_proof->extra, PROOF_EXTRA_BYTES_MAX, &ret_proof->extra_len);
        if (err != ERR_OK) {
            return err;
        }
        if (ret_proof->extra_len == 0 || text_line_take(&in, &line) != ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    if (!text_line_starts(line, "index ", &value) || text_line_number(value, &ret_proof->index) != ERR_OK) {
        return ERR_MALFORMED;
    }
    for (;;) {
        if (text_line_take(&in, &line) != ERR_OK) {
            return ERR_MALFORMED;
        }
        if (line.len == 0) {
            break;
        }
        if (ret_proof->path.count == MERKLE_PATH_MAX) {
            return ERR_TOO_BIG;
        }
        if (text_line_hash(line, &ret_proof->path.hashes[ret_proof->path.count]) != ERR_OK) {
            return ERR_MALFORMED;
        }
        ret_proof->path.count++;
    }
    ret_proof->note = in;
    return ERR_OK;
}

bool proof_check(const struct proof *proof, struct bytes leaf_bytes, const struct checkpoint *checkpoint)
{
    static const uint8_t leaf_prefix[] = {0};
    struct bytes parts[] = {bytes_of(leaf_prefix, sizeof leaf_prefix), leaf_bytes};
    struct hash leaf = hash_of(parts, 2);
    return merkle_check_inclusion(&leaf, proof->index, checkpoint->size, merkle_path_encode(&proof->path),
                                  &checkpoint->root);
}
