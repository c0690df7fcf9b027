/* Days on which rules and figures came into force, or ceased to be. Rank 3. A test compares each with its comment. */
#ifndef COMMON_RULES_DATES_H
#define COMMON_RULES_DATES_H

#include <stdint.h>

#define SINCE_ALWAYS INT32_MIN
#define SINCE_REGULATION_24 18838  /* 30/07/2021, Quy định 24-QĐ/TW */
#define SINCE_GUIDANCE_01 18898    /* 28/09/2021, Hướng dẫn 01-HD/TW */
#define SINCE_GUIDANCE_21 18187    /* 18/10/2019, Hướng dẫn 21-HD/BTCTW */
#define SINCE_REGULATION_366 20330 /* 30/08/2025, Quy định 366-QĐ/TW */
#define SINCE_DECREE_59 19584      /* 15/08/2023, Nghị định 59/2023/NĐ-CP */
#define SINCE_REGULATION_190 20006 /* 10/10/2024, Quy định 190-QĐ/TW */
#define STILL INT32_MAX

#endif
