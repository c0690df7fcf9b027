/* Numbers of the command line. */
#ifndef CLIENT_CLI_NUMBER_H
#define CLIENT_CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only, at most `max`. false: something else; *ret_number is untouched. */
bool number_parse(const char *text, uint64_t max, uint64_t *ret_number);

#endif
