/* PostgreSQL's programs: where they are, which version, and running one to its end. Rank 4. Blocks; start-up
 * only. */
#ifndef SERVER_STORE_PROGRAM_H
#define SERVER_STORE_PROGRAM_H

#include <stddef.h>

#include "common/base/error.h"

enum {
    PROGRAM_PATH_BYTES_MAX = 1024,
    PROGRAM_OUTPUT_BYTES_MAX = 4096, /* the end of what a program printed; the rest is dropped */
    PROGRAM_ARGUMENTS_MAX = 24,
    PROGRAM_CANDIDATES_MAX = 32,
    PROGRAM_ENVIRONMENT_MAX = 8,
};

/* A folder with initdb, pg_ctl and postgres in it. */
struct programs {
    char bin[PROGRAM_PATH_BYTES_MAX];
    unsigned version; /* 10000 * major + minor */
};

/* Find the newest PostgreSQL of at least major_min; when major is not 0, of exactly that major version (a
 * data folder belongs to one). bin: look in this folder alone; "" or NULL: the usual places and pg_config.
 * ERR_NOT_FOUND with a sentence that says what to install. */
MUST_CHECK enum err programs_find(const char *bin, unsigned major_min, unsigned major, enum language language,
                                  struct programs *ret_programs, struct error *ret_error);

/* "postgres (PostgreSQL) 15.20 (Debian ...)" → 150020; 0: not understood. */
unsigned program_version_parse(const char *text);

/* The environment PostgreSQL's programs get, NULL-terminated: messages in one language, and nothing of ours but where to
 * find things. The strings are borrowed. */
void program_environment(char *ret_environment[PROGRAM_ENVIRONMENT_MAX]);

/* Run argv (NULL-terminated, argv[0] is a path) to its end in that environment; ret_output gets the end of its
 * output with a NUL. ERR_OK: exit code 0. ERR_DATABASE: another exit. ERR_IO: it cannot be started. */
MUST_CHECK enum err program_run(const char *const *argv, char ret_output[PROGRAM_OUTPUT_BYTES_MAX]);

#endif
