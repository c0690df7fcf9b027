#include "tests/lib/test_vault.h"

#include <stdio.h>

#include "common/base/check.h"
#include "tests/lib/folder.h"

struct vault *test_vault_new(const struct id *sender)
{
    char folder[FOLDER_PATH_BYTES];
    char path[FOLDER_PATH_BYTES + 16];
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
    struct vault *vault = NULL;
    folder_new(folder);
    (void)snprintf(path, sizeof path, "%s/master.key", folder);
    enum err err = vault_master_create(path, LANGUAGE_EN, NULL);
    if (err == ERR_OK) {
        err = vault_new(path, LANGUAGE_EN, &vault, NULL);
    }
    folder_remove(folder);
    REQUIRE(err == ERR_OK);
    vault_make_index_key(vault, wrapped);
    err = vault_set_index_key(vault, bytes_of(wrapped, sizeof wrapped));
    REQUIRE(err == ERR_OK);
    err = vault_make_key(vault, TEST_VAULT_KEY, sender, wrapped);
    REQUIRE(err == ERR_OK);
    return vault;
}
