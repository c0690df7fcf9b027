/* What a complete file does not hold: listed beside the input and, for a reason, removed. Rank 6. */
#ifndef CLIENT_LIB_IMPORT_MISSING_H
#define CLIENT_LIB_IMPORT_MISSING_H

#include "client/lib/import_job.h"

/* After the last row of a file that holds everything of its kind. Fills missing, still_used, removed and
 * missing_file of job->result. What is still used is not removed; the file says so in its error column. ERR_RULE: a removal is asked for and rows failed. */
MUST_CHECK enum err import_missing_list(struct import_job *job);

#endif
