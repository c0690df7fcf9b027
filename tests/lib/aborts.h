/* Does an action end the program, as a broken check must? Tests only. */
#ifndef TESTS_LIB_ABORTS_H
#define TESTS_LIB_ABORTS_H

#include <stdbool.h>

/* Run the action in a child process, its stderr thrown away: true when it died by SIGABRT. */
bool aborts(void (*action)(void *context), void *context);

#endif
