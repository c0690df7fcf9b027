/* Folders that tests work in. Tests only; what cannot be made aborts. */
#ifndef TESTS_LIB_FOLDER_H
#define TESTS_LIB_FOLDER_H

enum { FOLDER_PATH_BYTES = 256 };

/* A new empty folder under $TMPDIR or /tmp. */
void folder_new(char ret_path[FOLDER_PATH_BYTES]);
/* Remove it with everything in it. */
void folder_remove(const char *path);

#endif
