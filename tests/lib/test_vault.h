/* A vault of its own, with an index key and the data key TEST_VAULT_KEY. Tests only; what cannot be made aborts. Programs that use
 * it link server_store. */
#ifndef TESTS_LIB_TEST_VAULT_H
#define TESTS_LIB_TEST_VAULT_H

#include "server/store/vault.h"

enum { TEST_VAULT_KEY = 1 };

struct vault *test_vault_new(const struct id *sender);

#endif
