/* Writes an exported journal (docs/journal.md#export): entries one after the other, then checkpoints, then the head, without
 * which no reader takes the folder for an export. Rank 9. Blocks on files. */
#ifndef SERVER_COMMANDS_EXPORT_FILES_H
#define SERVER_COMMANDS_EXPORT_FILES_H

#include "common/base/bytes.h"
#include "common/wire/export.h"

struct export_files;

/* folder: there, and empty. Borrowed for the call. ERR_EXISTS: not empty; ERR_IO. */
MUST_CHECK enum err export_files_open(const char *folder, enum language language,
                                      struct export_files **ret_files, struct error *ret_error);
/* Removes nothing; what was written stays. */
void export_files_free(struct export_files *files);

/* The next entry. leaf_bytes: 236. hash: as the journal keeps it. payload: at NULL when it is withheld. ERR_IO,
 * ERR_NO_MEMORY, ERR_TOO_BIG. */
MUST_CHECK enum err export_files_entry(struct export_files *files, struct bytes leaf_bytes,
                                       const struct hash *hash, struct bytes verdicts, struct bytes payload,
                                       struct error *ret_error);
/* The next checkpoint, by ascending size. */
MUST_CHECK enum err export_files_checkpoint(struct export_files *files, struct bytes note,
                                            struct error *ret_error);
/* Partial bundles and tiles, the newest checkpoint, the head. */
MUST_CHECK enum err export_files_finish(struct export_files *files,
                                        const uint8_t log_key[SIGN_PUBLIC_KEY_BYTES],
                                        struct error *ret_error);

#endif
