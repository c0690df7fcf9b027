/* What a submission holds, by the envelope's kind of content (docs/protocol.md#contents): who reads its items.
 * Rank 5. Pure. */
#ifndef SERVER_INGEST_CONTENT_H
#define SERVER_INGEST_CONTENT_H

#include "server/ingest/submission.h"

struct content {
    uint16_t number; /* ENVELOPE_CONTENT_... */
    /* Protobuf fields of one item, at all depths: what unpacking it costs. */
    size_t (*elements)(struct bytes item);
    /* Read every item into the submission's arena; `scratch` may be cleared between items. What cannot be read becomes
     * that item's verdict; on any error but ERR_NO_MEMORY the whole submission is unreadable. */
    enum err (*read)(struct submission *submission, struct arena *scratch, const struct payload *payload);
};

/* NULL: a content this server does not know. Static memory. */
const struct content *content_of(uint16_t number);

#endif
