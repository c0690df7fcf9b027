/* Unlocked keys in the system's keyring. */
#include "client/lib/keys.h"

#include <string.h>

#include "common/crypto/hash.h"
#include "common/crypto/seal.h"

enum { SECONDS_PER_MINUTE = 60, NAME_BYTES = sizeof "dantin:" + HASH_HEX_BYTES };

static enum err name_of(const char *folder, char ret_name[NAME_BYTES]);

enum err keys_keep(const char *folder, const struct keys *keys, unsigned minutes)
{
    char name[NAME_BYTES];
    uint8_t packed[KEYS_PACKED_BYTES];
    enum err err = name_of(folder, name);
    if (err == ERR_OK) {
        keys_pack(keys, packed);
        err = platform_keyring_put(name, bytes_of(packed, sizeof packed), minutes * SECONDS_PER_MINUTE);
        seal_wipe(packed, sizeof packed);
    }
    return err;
}

enum err keys_kept(const char *folder, struct keys *ret_keys)
{
    char name[NAME_BYTES];
    uint8_t packed[KEYS_PACKED_BYTES];
    size_t len = 0;
    enum err err = name_of(folder, name);
    if (err == ERR_OK) {
        err = platform_keyring_get(name, packed, sizeof packed, &len);
    }
    if (err == ERR_OK) {
        err = keys_unpack(bytes_of(packed, len), folder, ret_keys);
        seal_wipe(packed, sizeof packed);
    }
    return err;
}

enum err keys_forget(const char *folder)
{
    char name[NAME_BYTES];
    enum err err = name_of(folder, name);
    return err != ERR_OK ? err : platform_keyring_drop(name);
}

/* By the content of device.key: other homes and later passphrases have other names. */
static enum err name_of(const char *folder, char ret_name[NAME_BYTES])
{
    static const char prefix[] = "dantin:";
    char path[PLATFORM_PATH_BYTES_MAX];
    struct buf pem;
    buf_init(&pem, SIGN_PEM_BYTES_MAX);
    enum err err = platform_path_join(folder, "device.key", path, sizeof path);
    if (err == ERR_OK) {
        err = platform_file_read(path, &pem);
    }
    if (err == ERR_OK) {
        struct hash hash = hash_of_one(buf_content(&pem));
        memcpy(ret_name, prefix, sizeof prefix - 1);
        hex_encode(bytes_of(hash.at, HASH_BYTES), ret_name + sizeof prefix - 1);
    }
    buf_release(&pem);
    return err;
}
