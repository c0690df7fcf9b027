/* A program of PostgreSQL whose input or output we are: pg_dump and pg_restore. Rank 4. Blocks; commands only. */
#ifndef SERVER_STORE_PROGRAM_PIPE_H
#define SERVER_STORE_PROGRAM_PIPE_H

#include <stdbool.h>

#include "server/store/program.h"

struct program_pipe {
    int pid;
    int fd;        /* its output, or its input */
    int errors_fd; /* what it complains of */
};

/* Start argv (as program_run) with its output (or its input) at ret_pipe->fd. password: for its connection, NULL or "": none; it
 * travels in the environment, not in the arguments, which everybody sees. ERR_IO. */
MUST_CHECK enum err program_pipe_open(const char *const *argv, const char *password, bool is_input,
                                      struct program_pipe *ret_pipe);
/* Close our end and wait. ret_output: the end of what it complained of, with a NUL. ERR_OK: exit code 0; ERR_DATABASE. */
MUST_CHECK enum err program_pipe_close(struct program_pipe *pipe, char ret_output[PROGRAM_OUTPUT_BYTES_MAX]);

#endif
