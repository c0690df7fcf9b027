/* What a backup holds, inside its seal (common/crypto/seal_stream.h): "dantin/backup/1" NEWLINE, then members:
 *
 *   01 ‖ length of the name (u8) ‖ name ‖ length (u32) ‖ bytes     a file of the server's folder, or the manifest
 *   02 ‖ bytes up to the end of the stream                         the database, as pg_dump --format=custom writes it
 *
 * Only the names in backup_file_names and operators' keys are files; the manifest is the first member, the database the last. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_BACKUP_ARCHIVE_H
#define SERVER_COMMANDS_BACKUP_ARCHIVE_H

#include "common/base/buf.h"
#include "common/crypto/seal_stream.h"
#include "common/crypto/sign.h"
#include "server/commands/context.h"

enum { BACKUP_FILES_MAX = 48, BACKUP_NAME_BYTES_MAX = 96 };

#define BACKUP_MANIFEST "manifest"
#define BACKUP_MASTER_KEY "master.key"
#define BACKUP_OPERATORS "operators" /* the folder of NAME.key */

/* NULL-terminated: every file of the folder that is part of a backup, but the operators' keys. */
extern const char *const backup_file_names[];
/* BACKUP_OPERATORS/NAME.key, and NAME is one an operator may have. */
bool backup_is_operator_key(const char *name);

struct backup_file {
    char name[BACKUP_NAME_BYTES_MAX];
    size_t len;
    char text[CONTEXT_FILE_BYTES_MAX]; /* with a NUL behind it */
};

/* The files before the database. On the heap; holds keys. */
struct backup_files {
    size_t count;
    struct backup_file files[BACKUP_FILES_MAX];
};
struct backup_files *backup_files_new(void);
void backup_files_free(struct backup_files *files); /* wipes them */
/* NULL: none of this name. */
const struct backup_file *backup_files_find(const struct backup_files *files, const char *name);
/* ERR_TOO_BIG: no room. */
MUST_CHECK enum err backup_files_add(struct backup_files *files, const char *name, struct bytes content);

/* The head of the archive, up to where the database begins. Errors of seal_writer_add. */
MUST_CHECK enum err backup_write_files(struct seal_writer *writer, const struct backup_files *files);
/* Read it. ret_rest: bytes of the database that were read with it, valid until the reader's next call. ERR_MALFORMED: no
 * archive of this program; errors of seal_reader_next. */
MUST_CHECK enum err backup_read_files(struct seal_reader *reader, struct backup_files *files,
                                      struct bytes *ret_rest);

enum { BACKUP_LOG_KEY_BYTES = 2 * SIGN_PUBLIC_KEY_BYTES + 1 };

/* The public key of a log key, as PEM, in hex. ERR_MALFORMED: it is none. */
MUST_CHECK enum err backup_log_key(struct bytes pem, char ret_hex[BACKUP_LOG_KEY_BYTES]);

#endif
