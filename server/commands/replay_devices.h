/* Who may speak and who counts as a witness, as the acts of the journal have it, against the tables of devices, operators and witnesses,
 * with the log's own row, where each device's chain stands, and quarantines: a row slipped in there would open sessions without a
 * line in the journal. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_REPLAY_DEVICES_H
#define SERVER_COMMANDS_REPLAY_DEVICES_H

#include "common/base/bytes.h"
#include "common/base/text.h"
#include "server/commands/table_compare.h"

/* connection: may read the journal; vault: has its keys; size: number of entries. The first difference, or TABLE_SAME: its key is a
 * device's id in hex, or an operator's name. *ret_rows is added to. ERR_DATABASE, ERR_NO_MEMORY; ERR_MALFORMED: an act does not
 * hold what its verdicts say (the sentence names the position). */
MUST_CHECK enum err replay_devices_compare(struct pg_conn *connection, struct vault *vault, uint64_t size,
                                           enum language language, uint64_t *ret_rows,
                                           struct table_difference *ret_difference, struct error *ret_error);

#endif
