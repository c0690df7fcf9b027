/* A ticket as somebody typed it. What is read is written again as a text that reads the same. */
#include <string.h>

#include "common/base/check.h"
#include "common/wire/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct ticket ticket;
    struct ticket again;
    char text[TICKET_TEXT_BYTES_MAX];
    if (ticket_parse(bytes_of(at, len), &ticket) != ERR_OK) {
        return 0;
    }
    ticket_format(&ticket, text);
    enum err err = ticket_parse(bytes_of_text(text), &again);
    ENSURE(err == ERR_OK);
    ENSURE(memcmp(ticket.code, again.code, sizeof ticket.code) == 0);
    ENSURE(memcmp(ticket.pin, again.pin, sizeof ticket.pin) == 0);
    ENSURE(ticket.number == again.number && ticket.expires_s == again.expires_s);
    ENSURE(strcmp(ticket.server, again.server) == 0);
    return 0;
}
