/* The inside of the syncer, shared by syncer*.c only. */
#ifndef CLIENT_LIB_SYNCER_INTERNAL_H
#define CLIENT_LIB_SYNCER_INTERNAL_H

#include "client/lib/store_witness.h"
#include "client/lib/syncer.h"
#include "common/base/text.h"
#include "common/wire/message.h"
#include "proto/session.pb-c.h"

struct Dantin__Noticed;
struct Dantin__Proved;
struct Dantin__Sealed;

enum { SYNCER_PROTOCOL_VERSION = 1 };

/* Fails the session when the server is not the one, or not in the state, that this store knows; marks it when
 * this home is a copy. ERR_PROTOCOL: fields are missing. Other errors are the store's. */
MUST_CHECK enum err syncer_check_welcome(struct syncer *syncer, const Dantin__Welcome *welcome,
                                         struct store *store);
/* Keep what WELCOME tells about this device and the server, durably, with the checkpoint it showed (NULL: none). lineage:
 * the epochs that led to it, when it is not the one known until now; else NULL. followed: the acts that led to the log key, when
 * it is another than was known; else NULL. */
MUST_CHECK enum err syncer_remember_welcome(const Dantin__Welcome *welcome, const struct witness_tree *tree,
                                            const struct witness_lineage *lineage,
                                            const struct witness_lineage *followed, struct store *store,
                                            struct arena *arena);
/* WELCOME is believed: do what the session is for. */
MUST_CHECK enum err syncer_begin(struct syncer *syncer, const Dantin__Welcome *welcome, struct store *store,
                                 struct buf *out);

/* ---- syncer_witness.c: WELCOME ---- */

/* Judge WELCOME's checkpoint (body: as received): the session goes on, proves first, or fails with an alarm. */
MUST_CHECK enum err syncer_judge_welcome(struct syncer *syncer, const Dantin__Welcome *welcome,
                                         struct bytes body, struct store *store, struct arena *arena,
                                         struct buf *out);
/* PROVED while PROVING. */
MUST_CHECK enum err syncer_on_lineage(struct syncer *syncer, const struct Dantin__Proved *proved,
                                      struct store *store, struct arena *arena, struct buf *out);
/* Keep the contradiction durably, its notes as files too. A session that submits fails. len 0: no such note. */
MUST_CHECK enum err syncer_alarm(struct syncer *syncer, enum witness_fault fault, struct bytes held,
                                 struct bytes shown, struct store *store);
/* Parse what the store holds. ERR_STORE. */
MUST_CHECK enum err syncer_parse_held(const struct store_checkpoint *held, struct checkpoint *ret_checkpoint,
                                      struct note *ret_note);

/* ---- syncer_notices.c: NOTICING ---- */

/* Ask what was erased since we asked last, or, when nothing can have been, begin to offer. */
MUST_CHECK enum err syncer_ask_notices(struct syncer *syncer, struct store *store, struct buf *out);
/* NOTICED while NOTICING. */
MUST_CHECK enum err syncer_on_noticed(struct syncer *syncer, const struct Dantin__Noticed *noticed,
                                      struct store *store, struct arena *arena, struct buf *out);
/* NOTICES was answered with an error: what may be tried again is, in another session. */
MUST_CHECK enum err syncer_notices_failed(struct syncer *syncer, const struct syncer_failure *failure,
                                          struct buf *out);
/* syncer.c: offer what is sealed. */
MUST_CHECK enum err syncer_start_offering(struct syncer *syncer, struct store *store, struct buf *out);

/* ---- syncer_seal.c: WITNESSING ---- */

/* Ask the next thing, or end the session. */
MUST_CHECK enum err syncer_witness_next(struct syncer *syncer, struct buf *out);
/* An answer to what was asked: PROVED, COSIGNED, SEALED. */
MUST_CHECK enum err syncer_on_witness(struct syncer *syncer, const struct frame *frame, struct bytes body,
                                      struct arena *arena, struct buf *out);
/* SEALED (syncer_sealed.c). */
MUST_CHECK enum err syncer_on_sealed(struct syncer *syncer, const struct Dantin__Sealed *sealed,
                                     struct store *store, struct arena *arena);
/* A receipt's checkpoint contradicts one we hold (body: of the RECEIPT): the alarm. */
MUST_CHECK enum err syncer_contradicted(struct syncer *syncer, struct bytes receipt_body,
                                        struct store *store);
/* What was asked is refused: a proof for good is a contradiction, a proof for now fails the session, the rest may wait for another day. */
MUST_CHECK enum err syncer_witness_failed(struct syncer *syncer, const struct syncer_failure *failure);
/* ERR_FORKED: of this epoch and size we hold another text. Others are the store's. */
MUST_CHECK enum err syncer_check_text(const struct witness_tree *shown, struct store *store,
                                      struct arena *arena);
/* witness_open under the log key in force, or one before it: a checkpoint told may be an older one. */
MUST_CHECK enum err syncer_open_note(const struct syncer *syncer, struct bytes note, struct store *store,
                                     struct witness_tree *ret_tree, enum witness_fault *ret_fault);
/* Send a request of the witness, and wait for its answer. */
MUST_CHECK enum err syncer_ask(struct syncer *syncer, enum message_type type, enum message_type answer,
                               const void *message, struct buf *out);

MUST_CHECK enum err syncer_append(struct buf *out, uint16_t type, uint64_t request_id, const void *message);
/* protobuf-c takes no const bytes, though packing only reads them. */
ProtobufCBinaryData syncer_field(const void *at, size_t len);
struct bytes syncer_bytes(const ProtobufCBinaryData *field);

void syncer_fail(struct syncer *syncer, enum err code, bool may_retry, const char *text);
/* A loud failure, never retried: a person has to look before anything more is sent. */
void syncer_fail_text(struct syncer *syncer, enum err code, enum text_id id);

#endif
