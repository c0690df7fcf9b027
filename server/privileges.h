/* Giving up root. Rank 9; called once, before any thread starts. */
#ifndef SERVER_PRIVILEGES_H
#define SERVER_PRIVILEGES_H

#include <sys/types.h>

#include "common/base/error.h"

/* Started as root: give the data folder and what lies in it to `user`, except for the folder `ca` in it (the
 * authority's key stays with root: a server that was broken into cannot certify devices), then become that
 * user for good (groups, group, user), with umask 077. Not root: only the umask. ERR_NOT_FOUND: no such user;
 * ERR_FORBIDDEN: `user` is root, or the folder cannot be reached by it; the sentence says what to do. */
MUST_CHECK enum err privileges_drop(const char *user, const char *data_folder, enum language language,
                                    struct error *ret_error);

/* Ownership of a folder and everything in it but `ca`; links themselves, never what they point to. Whoever owned it before may be at work
 * in it meanwhile: every name is looked up in its own folder, held open, so that no exchanged folder leads outside. ERR_IO. */
MUST_CHECK enum err privileges_give_folder(const char *folder, uid_t user, gid_t group,
                                           enum language language, struct error *ret_error);

#endif
