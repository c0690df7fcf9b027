/* The inside of `struct dantin` and what every public function needs of it. Rank of dantin.h; private to
 * client/lib. Public functions: open the store with handle_store_open, work, store_close, and end with
 * `return handle_fail(...)` or 0. */
#ifndef CLIENT_LIB_HANDLE_H
#define CLIENT_LIB_HANDLE_H

#include "client/include/dantin.h"
#include "client/lib/keys.h"
#include "client/lib/platform.h"
#include "client/lib/store.h"
#include "common/base/error.h"
#include "common/base/text.h"

enum { HANDLE_SERVER_BYTES_MAX = 512 };

struct dantin {
    char home[PLATFORM_PATH_BYTES_MAX];
    char server[HANDLE_SERVER_BYTES_MAX]; /* "host:port" of dantin.ini, "" when none */
    char person[KEYS_PERSON_BYTES_MAX + 1];
    char folder[PLATFORM_PATH_BYTES_MAX]; /* the person's */
    struct keys keys;                     /* unlocked */
    struct store_owner owner;             /* of the keys */
    enum language language;
    struct error error; /* last failure */
    dantin_on_progress *on_progress;
    void *progress_context;
};

/* Sentence of the last failure of this thread that had no handle left to keep it. */
void handle_keep_error(const struct dantin *dantin);
const char *handle_kept_error(void);
/* A handle of these options' home, nothing else read yet. The failure is kept. */
MUST_CHECK enum err handle_new(const struct dantin_options *options, struct dantin **ret_dantin);
void handle_free(struct dantin *dantin);
/* Choose the person and unlock the keys; the failure is recorded. */
MUST_CHECK enum err handle_choose(struct dantin *dantin, const struct dantin_options *options);
MUST_CHECK enum err handle_unlock(struct dantin *dantin, const struct dantin_options *options);
/* A new passphrase that is refused is told as such. */
MUST_CHECK enum err handle_check_passphrase(struct dantin *dantin, const char *passphrase);

/* Record a failure: `code` and, when format is not NULL, its sentence (else the sentence of the code).
 * Returns code. */
int handle_fail(struct dantin *dantin, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Record a failure whose sentence is already in `error` (an empty one becomes the sentence of its code). */
int handle_fail_error(struct dantin *dantin, enum err code, const struct error *error);
/* Record why nothing was sealed. */
int handle_fail_seal(struct dantin *dantin, enum err code);
/* Fill the owner from keys just unlocked or made (handle_unlock does). */
void handle_set_owner(struct dantin *dantin);
/* Open the store of this handle; the failure is recorded. */
MUST_CHECK enum err handle_store_open(struct dantin *dantin, struct store **ret_store);
/* Tell the caller how far the work is; false: stop at the next safe point. */
bool handle_progress(const struct dantin *dantin, const char *what, uint64_t done, uint64_t total);
/* Sentence in the language of the handle. */
const char *handle_text(const struct dantin *dantin, enum text_id id);

#endif
