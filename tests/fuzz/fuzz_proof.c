/* A proof in a file: any bytes are a proof or an error; a proof that was read is written again byte for byte. */
#include "common/base/check.h"
#include "common/crypto/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct proof proof;
    struct bytes in = bytes_of(at, len);
    if (proof_parse(in, &proof) != ERR_OK) {
        return 0;
    }
    struct buf out;
    buf_init(&out, PROOF_BYTES_MAX);
    enum err err = proof_format(bytes_of(proof.extra, proof.extra_len), proof.index,
                                merkle_path_encode(&proof.path), proof.note, &out);
    ENSURE(err == ERR_OK && bytes_equal(buf_content(&out), in));
    buf_release(&out);
    struct checkpoint checkpoint;
    if (checkpoint_parse(proof.note, &checkpoint, NULL) == ERR_OK) {
        (void)proof_check(&proof, bytes_of(proof.extra, proof.extra_len),
                          &checkpoint); /* a corpus may hold a true one */
    }
    return 0;
}
