#include "bench/lib/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void home_unlock(const char *home, struct keys *ret_keys)
{
    char path[PLATFORM_PATH_BYTES_MAX];
    char folder[PLATFORM_PATH_BYTES_MAX];
    char person[KEYS_PERSON_BYTES_MAX + 1];
    struct buf text;
    buf_init(&text, KEYS_PASSPHRASE_BYTES_MAX);
    enum err err = platform_path_join(home, "../passphrase", path, sizeof path);
    if (err == ERR_OK) {
        err = platform_file_read(path, &text);
    }
    if (err == ERR_OK) {
        err = keys_choose(home, NULL, person);
    }
    if (err == ERR_OK) {
        err = keys_folder(home, person, folder);
    }
    if (err == ERR_OK) {
        err = buf_append(&text, bytes_of("", 1));
    }
    if (err == ERR_OK) {
        char *passphrase = (char *)(uintptr_t)buf_content(&text).at; /* ours */
        passphrase[strcspn(passphrase, "\n")] = '\0';
        err = keys_unlock(folder, passphrase, ret_keys);
    }
    buf_release(&text);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "bench: %s: %s\n", home, err_name(err));
        exit(1);
    }
}
