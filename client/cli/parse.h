/* Command line to struct cli, and the help, both from the table of commands. */
#ifndef CLIENT_CLI_PARSE_H
#define CLIENT_CLI_PARSE_H

#include "client/cli/cli.h"

/* Fill `cli`. false: there is nothing to run (help or version were printed, or the command line is wrong);
 * exit with *ret_exit. Arguments are borrowed from argv. */
bool cli_parse(struct cli *cli, const struct cli_command *commands, int argc, char **argv,
               enum cli_exit *ret_exit);

#endif
