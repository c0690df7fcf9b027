/* A passphrase from a file or from the terminal. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_PASSPHRASE_H
#define SERVER_COMMANDS_PASSPHRASE_H

#include "common/base/bytes.h"
#include "common/base/error.h"

enum { PASSPHRASE_BYTES_MAX = 256, PASSPHRASE_CHARACTERS_MIN = 10 };

struct options;

/* Of `name`: the first line of --passphrase-file FILE ("-": standard input), or typed without echo. is_new: typed twice, and
 * refused when it is short. Wipe it after use. ERR_PASSPHRASE, ERR_IO. */
MUST_CHECK enum err passphrase_read(const struct options *options, const char *name, bool is_new,
                                    char ret_text[PASSPHRASE_BYTES_MAX], struct error *ret_error);

#endif
