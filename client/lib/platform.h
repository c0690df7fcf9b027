/* What only the operating system can do: locks, files that survive a power cut, folders, waiting, sockets.
 * Rank 3. One implementation per system: platform_posix.c; a Windows one is to come. Nothing else in
 * client/lib may call POSIX. Paths are UTF-8. Blocking; any thread. A failure leaves errno as the system set
 * it (platform_reason reads it). */
#ifndef CLIENT_LIB_PLATFORM_H
#define CLIENT_LIB_PLATFORM_H

#include "common/base/attr.h"
#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

enum {
    PLATFORM_PATH_BYTES_MAX = 4096,
    PLATFORM_LOCK_POLL_MS = 20,          /* how often a waiting lock is tried again */
    PLATFORM_NUMBERED_NAMES_MAX = 10000, /* "name (2).csv" ... "name (10000).csv" */
    PLATFORM_ADDRESSES_MAX = 8,          /* addresses of one host that are tried */
    PLATFORM_ADDRESS_STAGGER_MS = 250,   /* head start of an address over the next one */
    PLATFORM_LOOKUP_MS_MAX = 10000,      /* for a host's name to become addresses */
    PLATFORM_LOOKUPS_MAX = 8,            /* lookups the system has not answered yet, whoever still waits */
};

/* The system's words for the last failure of this thread. Valid until the next call. */
const char *platform_reason(void);

/* ---- locks ---- */

struct platform_lock;
/* Take the lock file (made when missing), waiting up to wait_ms. The system gives it back when the process
 * dies. ERR_LOCKED: still held by another process or handle. ERR_IO. */
MUST_CHECK enum err platform_lock_take(const char *path, int64_t wait_ms, struct platform_lock **ret_lock);
void platform_lock_release(struct platform_lock *lock);

/* ---- files ---- */

/* Make a folder and its parents, for the owner alone (0700). ERR_OK when it exists. */
MUST_CHECK enum err platform_folder_make(const char *path);
/* Tell every entry of a folder but "." and "..", in no order; false stops. ERR_NOT_FOUND: no such folder. ERR_IO. */
MUST_CHECK enum err platform_folder_each(const char *path, bool (*on_entry)(void *context, const char *name),
                                         void *context);
bool platform_file_exists(const char *path);
/* Can nobody but the owner read it? */
bool platform_file_is_private(const char *path);
/* Append the whole file to `out` (its bytes_max is the cap). ERR_NOT_FOUND, ERR_TOO_BIG, ERR_IO. */
MUST_CHECK enum err platform_file_read(const char *path, struct buf *out);
/* Put `content` at `path` at once or not at all: written aside, fsynced, renamed over, folder fsynced. Only
 * for files of our own home; people's files are written with platform_output. */
MUST_CHECK enum err platform_file_replace(const char *path, struct bytes content, bool is_private);

/* Give a file of our own home another name of the same folder, over what bears it; durable. ERR_NOT_FOUND: it is not there. */
MUST_CHECK enum err platform_file_move(const char *from, const char *to);

/* Remove a file of our own home; durable. ERR_OK also when it is not there. */
MUST_CHECK enum err platform_file_remove(const char *path);

/* A file for people: written without a name (where the file system can: so a kill leaves nothing), then given `wanted_path` or, when
 * it is taken, the next free "name (2).csv". An existing file is never overwritten. */
struct platform_output;
MUST_CHECK enum err platform_output_open(const char *wanted_path, struct platform_output **ret_output);
MUST_CHECK enum err platform_output_write(struct platform_output *output, struct bytes content);
/* Fsync, name, fsync the folder; frees `output` in every case. The name taken goes to ret_path (path_bytes
 * bytes). */
MUST_CHECK enum err platform_output_finish(struct platform_output *output, char *ret_path, size_t path_bytes);
/* Drop it without a trace. NULL is allowed. */
void platform_output_discard(struct platform_output *output);

/* $DANTIN_HOME, else ~/.local/share/dantin. ERR_NOT_FOUND: neither is known. ERR_TOO_BIG. */
MUST_CHECK enum err platform_home(char *ret_path, size_t path_bytes);
/* "folder/name" into ret_path. ERR_TOO_BIG. */
MUST_CHECK enum err platform_path_join(const char *folder, const char *name, char *ret_path,
                                       size_t path_bytes);
/* Free bytes of the file system that holds `path`. */
MUST_CHECK enum err platform_free_bytes(const char *path, uint64_t *ret_bytes);
/* Name of this machine, "localhost" when the system has none. */
void platform_host_name(char *ret_name, size_t name_bytes);
/* Sleep on the monotonic clock. */
void platform_wait(int64_t wait_ms);

/* ---- secrets kept by the system, for this user, until their time is over; never on a disk ---- */

/* Keep (or replace) a secret under this name for so many seconds. ERR_UNSUPPORTED: this system keeps none for us. ERR_BUSY: its
 * quota is full. */
MUST_CHECK enum err platform_keyring_put(const char *name, struct bytes secret, unsigned seconds);
/* ERR_NOT_FOUND: none, or its time is over. ERR_TOO_BIG: longer than bytes_max. ERR_UNSUPPORTED. */
MUST_CHECK enum err platform_keyring_get(const char *name, uint8_t *out, size_t bytes_max, size_t *ret_len);
/* ERR_NOT_FOUND. ERR_UNSUPPORTED. */
MUST_CHECK enum err platform_keyring_drop(const char *name);

/* ---- sockets: used by connection.c alone ---- */

struct platform_socket;
/* Connect to host:port (IPv4 and IPv6, the addresses tried with a short stagger) within wait_ms, of which
 * PLATFORM_LOOKUP_MS_MAX at most are for the name. ERR_UNREACHABLE. ERR_TIMED_OUT. ERR_BUSY:
 * PLATFORM_LOOKUPS_MAX earlier lookups hang in the system. */
MUST_CHECK enum err platform_socket_connect(const char *host, const char *port, int64_t wait_ms,
                                            struct platform_socket **ret_socket);
/* Take over a connected descriptor (tests use a socket pair). ERR_NO_MEMORY: still the caller's. */
MUST_CHECK enum err platform_socket_take(int descriptor, struct platform_socket **ret_socket);
void platform_socket_close(struct platform_socket *socket);
/* Wait until bytes can be read (or, with want_write, written). ERR_TIMED_OUT. ret_can_write may be NULL. */
MUST_CHECK enum err platform_socket_wait(struct platform_socket *socket, bool want_write, int64_t wait_ms,
                                         bool *ret_can_read, bool *ret_can_write);
/* Never block. ERR_AGAIN: nothing now. ERR_CLOSED: the other side is gone. */
MUST_CHECK enum err platform_socket_send(struct platform_socket *socket, struct bytes content,
                                         size_t *ret_sent);
MUST_CHECK enum err platform_socket_receive(struct platform_socket *socket, uint8_t *at, size_t bytes_max,
                                            size_t *ret_received);

#endif
