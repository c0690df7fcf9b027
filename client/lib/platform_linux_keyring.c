/* platform.h's store of secrets on Linux: the user's kernel keyring, through the system calls themselves. A key is first the process's
 * own, and the user's only when its time is set: a program that dies between leaves nothing behind. */
#include "client/lib/platform.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char key_type[] = "user";

static long find_key(const char *name);
static enum err error_of_system(void);

enum err platform_keyring_put(const char *name, struct bytes secret, unsigned seconds)
{
    long key = syscall(SYS_add_key, key_type, name, secret.at, secret.len, KEY_SPEC_PROCESS_KEYRING);
    if (key < 0) {
        return error_of_system();
    }
    enum err err = ERR_OK;
    if (syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, seconds) != 0 ||
        syscall(SYS_keyctl, KEYCTL_LINK, key, KEY_SPEC_USER_KEYRING) != 0) {
        err = error_of_system();
    }
    (void)syscall(SYS_keyctl, KEYCTL_UNLINK, key,
                  KEY_SPEC_PROCESS_KEYRING); /* it ends with the process anyway */
    return err;
}

enum err platform_keyring_get(const char *name, uint8_t *out, size_t bytes_max, size_t *ret_len)
{
    long key = find_key(name);
    if (key < 0) {
        return error_of_system();
    }
    long len = syscall(SYS_keyctl, KEYCTL_READ, key, out, bytes_max);
    if (len < 0) {
        return error_of_system();
    }
    if ((size_t)len > bytes_max) {
        return ERR_TOO_BIG;
    }
    *ret_len = (size_t)len;
    return ERR_OK;
}

enum err platform_keyring_drop(const char *name)
{
    long key = find_key(name);
    if (key < 0) {
        return error_of_system();
    }
    if (syscall(SYS_keyctl, KEYCTL_REVOKE, key) != 0) {
        return error_of_system();
    }
    (void)syscall(SYS_keyctl, KEYCTL_UNLINK, key,
                  KEY_SPEC_USER_KEYRING); /* revoked, it holds nothing any more */
    return ERR_OK;
}

/* Found keys are linked to the process, for a key may be read only by who possesses it. */
static long find_key(const char *name)
{
    return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, key_type, name,
                   KEY_SPEC_PROCESS_KEYRING);
}

static enum err error_of_system(void)
{
    switch (errno) {
    case ENOKEY:
    case EKEYEXPIRED:
    case EKEYREVOKED:
        return ERR_NOT_FOUND;
    case ENOMEM:
        return ERR_NO_MEMORY;
    case EDQUOT:
        return ERR_BUSY;
    default: /* ENOSYS, and what a container's filter says instead: EPERM, EACCES */
        return ERR_UNSUPPORTED;
    }
}
