/* See number.h. */
#include "client/cli/number.h"

bool number_parse(const char *text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (text[0] == '\0') {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        if (*at < '0' || *at > '9' || number > (max - digit) / 10 || digit > max) {
            return false;
        }
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}
