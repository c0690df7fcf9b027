/* A home of bench/run: one person, whose passphrase is in the file "passphrase" beside the home. Ends the program when it cannot be
 * unlocked. */
#ifndef BENCH_LIB_HOME_H
#define BENCH_LIB_HOME_H

#include "client/lib/keys.h"

/* ret_keys: released by keys_release. */
void home_unlock(const char *home, struct keys *ret_keys);

#endif
