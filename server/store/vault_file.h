/* The file of a master key: 64 hexadecimal digits and a line end, mode 0600. Rank 4. Private to server/store. Blocks. */
#ifndef SERVER_STORE_VAULT_FILE_H
#define SERVER_STORE_VAULT_FILE_H

#include "server/store/vault.h"

/* Where the next master key waits while the keys are wrapped under it. */
#define VAULT_FILE_ASIDE ".new"

/* ERR_NOT_FOUND, ERR_IO. ERR_FORBIDDEN: others may read it. ERR_MALFORMED. ret_error may be NULL. */
MUST_CHECK enum err vault_file_read(const char *path, uint8_t ret_secret[SEAL_KEY_BYTES],
                                    enum language language, struct error *ret_error);

/* Put the file at `aside` in the place of the one at `path`, durably. Somebody else may have. ERR_IO. */
MUST_CHECK enum err vault_file_settle(const char *aside, const char *path, enum language language,
                                      struct error *ret_error);

#endif
