/* Runs a fuzz target over the files of its corpus, so that what a fuzzer once found stays found in every test
 * run. run_corpus FOLDER…: fails when a folder is missing or holds no file. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

enum { INPUT_BYTES_MAX = 16 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

/* Exactly as many bytes as the file has, so that a read past them is caught. */
static int run_file(const char *path)
{
    int result = -1;
    uint8_t *at = NULL;
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0 || status.st_size > INPUT_BYTES_MAX) {
        goto done;
    }
    size_t len = (size_t)status.st_size;
    at = malloc(len > 0 ? len : 1);
    if (at == NULL || fread(at, 1, len, file) != len) {
        goto done;
    }
    (void)LLVMFuzzerTestOneInput(at, len);
    result = 0;
done:
    free(at);
    if (file != NULL) {
        (void)fclose(file);
    }
    if (result != 0) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
    }
    return result;
}

/* Number of files run, or -1. */
static int run_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        (void)fprintf(stderr, "%s: no such folder\n", folder);
        return -1;
    }
    int count = 0;
    for (struct dirent *entry = readdir(entries); entry != NULL && count >= 0; entry = readdir(entries)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[PATH_BYTES_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof path || run_file(path) != 0) {
            count = -1;
        } else {
            count++;
        }
    }
    (void)closedir(entries);
    return count;
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        (void)fprintf(stderr, "usage: %s FOLDER…\n", arguments[0]);
        return 2;
    }
    for (int i = 1; i < argument_count; i++) {
        int count = run_folder(arguments[i]);
        if (count <= 0) {
            (void)fprintf(stderr, "%s: no input was run\n", arguments[i]);
            return 1;
        }
        (void)printf("%s: %d inputs\n", arguments[i], count);
    }
    return 0;
}
