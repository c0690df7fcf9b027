/* The list of erasures beside the database: DIR/erasures. Rank 9. Blocks.
 *
 * A backup made before an erasure does not know of it, and neither does the journal it brings back. So every act of erasure is written
 * here too, durably, before it is journalled; what the list has and the journal has not is issued again before anything is served
 * (server/erasures_issue.h). Readable in it: record, kind, decision, names of versions, moments; the act itself, which keeps coded
 * fields, is sealed under a key of the vault.
 *
 *   line = base64(ErasureListed, proto/journal.proto) SP base64(signature by the log key over "dantin/erasures" ‖ NULs to 32 ‖ the bytes) LF
 *
 * Each line is by a key the log goes or went under; a line of its own says that it goes on under another. Each names the hash of the one before, so that nobody without the log key adds, changes or takes out a line; only the end can
 * be cut off. A last line without its end was never journalled: it is passed over, and cut off by the next. */
#ifndef SERVER_ERASURES_LIST_H
#define SERVER_ERASURES_LIST_H

#include "common/crypto/sign.h"

struct Dantin__ErasureListed;

#define ERASURES_LIST_FILE "erasures"

enum { ERASURES_LIST_LINE_BYTES_MAX = 4 << 20, ERASURES_LIST_DOMAIN_BYTES = 32 };

/* log_keys: every key the log ever went under by the journal, SIGN_PUBLIC_KEY_BYTES each; to them come those that lines name.
 * Lines in order, each checked before it is given out; *listed is valid during the call. No file: no line. ERR_BAD_SIGNATURE with a sentence
 * that names the line: the list was changed. ERR_IO. What on_line returns ends the walk, with its own sentence. */
MUST_CHECK enum err erasures_list_walk(const char *path, struct bytes log_keys,
                                       enum err (*on_line)(void *context,
                                                           const struct Dantin__ErasureListed *listed,
                                                           struct error *ret_error),
                                       void *context, enum language language, struct error *ret_error);

/* Add a line behind the others, named as its `previous`. Durable when it returns. Errors as the walk's. */
MUST_CHECK enum err erasures_list_add(const char *path, const struct signing_key *key, struct bytes log_keys,
                                      struct Dantin__ErasureListed *listed, enum language language,
                                      struct error *ret_error);
/* The log will go on under another key (server/commands/log_key_change.h): a line by `key`, one it goes or went under, says so, for a
 * database of before that knows only that one. Once it is there it is not added again. */
MUST_CHECK enum err erasures_list_follow(const char *path, const struct signing_key *key,
                                         struct bytes log_keys, const uint8_t next[SIGN_PUBLIC_KEY_BYTES],
                                         enum language language, struct error *ret_error);

/* Is there a line about an erasure? Unchecked: what cannot be read counts. */
bool erasures_list_has_any(const char *path);

#endif
