#include "client/lib/outbox_items.h"

#include "common/base/random.h"
#include "common/record/schema.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"

static enum err put_sealed(struct store *store, const struct outbox_signer *signer, uint16_t content,
                           struct bytes payload_zstd, const struct payload_sealed *payload, size_t count,
                           uint64_t *ret_sequence);

enum err outbox_seal_items(struct store *store, const struct outbox_signer *signer, uint16_t content,
                           const struct bytes *items, size_t count, uint64_t *ret_sequence)
{
    uint8_t seed[PAYLOAD_SEED_BYTES];
    struct buf payload;
    struct payload_sealed sealed = {0};
    random_bytes(seed, sizeof seed);
    buf_init(&payload, PAYLOAD_COMPRESSED_BYTES_MAX);
    enum err err = outbox_check_signer(store, signer);
    if (err == ERR_OK) {
        err = payload_encode(seed, items, count, &payload, &sealed);
    }
    if (err == ERR_OK) {
        err = put_sealed(store, signer, content, buf_content(&payload), &sealed, count, ret_sequence);
    }
    buf_release(&payload);
    return err;
}

static enum err put_sealed(struct store *store, const struct outbox_signer *signer, uint16_t content,
                           struct bytes payload_zstd, const struct payload_sealed *payload, size_t count,
                           uint64_t *ret_sequence)
{
    uint8_t envelope_bytes[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct envelope envelope = {
        .device = signer->device,
        .content = content,
        .schema_version = SCHEMA_VERSION,
        .payload_bytes = payload->plain_bytes,
        .payload_hash = payload->hash,
    };
    enum err err = store_sealed_last(store, &envelope.sequence, &envelope.previous);
    if (err != ERR_OK) {
        return err;
    }
    envelope.sequence++;
    envelope_encode(&envelope, envelope_bytes);
    signing_key_sign(signer->key, bytes_of(envelope_bytes, sizeof envelope_bytes), signature);
    const struct store_sealed sealed = {
        .sequence = envelope.sequence,
        .envelope = bytes_of(envelope_bytes, sizeof envelope_bytes),
        .signature = bytes_of(signature, sizeof signature),
        .payload_zstd = payload_zstd,
        .envelope_hash = envelope_hash(bytes_of(envelope_bytes, sizeof envelope_bytes)),
        .item_count = (uint32_t)count,
    };
    *ret_sequence = envelope.sequence;
    return store_sealed_put(store, &sealed);
}
