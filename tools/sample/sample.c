/* The seventeen senders, and small helpers. */
#include "tools/sample/sample.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"

/* Members per district: 3.2 % to 5.5 % of its people in 2016; in all 55,310. */
const struct sender senders[SAMPLE_SENDERS] = {
    {"522", "thành phố Quảng Ngãi", SENDER_TERRITORY, 11594, 522},
    {"524", "huyện Bình Sơn", SENDER_TERRITORY, 6257, 524},
    {"525", "huyện Trà Bồng", SENDER_TERRITORY, 2524, 525},
    {"527", "huyện Sơn Tịnh", SENDER_TERRITORY, 3276, 527},
    {"528", "huyện Tư Nghĩa", SENDER_TERRITORY, 4756, 528},
    {"529", "huyện Sơn Hà", SENDER_TERRITORY, 3182, 529},
    {"530", "huyện Sơn Tây", SENDER_TERRITORY, 1005, 530},
    {"531", "huyện Minh Long", SENDER_TERRITORY, 943, 531},
    {"532", "huyện Nghĩa Hành", SENDER_TERRITORY, 3558, 532},
    {"533", "huyện Mộ Đức", SENDER_TERRITORY, 4604, 533},
    {"534", "thị xã Đức Phổ", SENDER_TERRITORY, 4592, 534},
    {"535", "huyện Ba Tơ", SENDER_TERRITORY, 2831, 535},
    {"536", "huyện Lý Sơn", SENDER_TERRITORY, 811, 536},
    {"CQDN", "Khối Cơ quan và Doanh nghiệp", SENDER_OFFICES, 3000, 601},
    {"QS", "Quân sự tỉnh", SENDER_ARMY, 1000, 602},
    {"CA", "Công an tỉnh", SENDER_POLICE, 927, 603},
    {"BP", "Bộ đội Biên phòng tỉnh", SENDER_BORDER, 450, 604},
};

void sample_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("sample: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *sample_alloc(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL) {
        sample_fail("out of memory");
    }
    return memory;
}

const char *sample_file(const struct embedded_file *files, const char *path)
{
    for (; files->path != NULL; files++) {
        if (strcmp(files->path, path) == 0) {
            return (const char *)files->at;
        }
    }
    sample_fail("%s is not part of this program", path);
}

void split_random(struct prng *prng, unsigned total, size_t count, unsigned least, unsigned *ret_parts)
{
    REQUIRE(count > 0 && total >= least * count);
    enum { WEIGHT_MIN = 25, WEIGHT_MAX = 175, PARTS_MAX = 512 };
    REQUIRE(count <= PARTS_MAX);
    unsigned weights[PARTS_MAX];
    unsigned weight_sum = 0;
    for (size_t i = 0; i < count; i++) {
        weights[i] = pick(prng, WEIGHT_MIN, WEIGHT_MAX);
        weight_sum += weights[i];
    }
    unsigned spare = total - least * (unsigned)count;
    unsigned given = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned share = (unsigned)((uint64_t)spare * weights[i] / weight_sum);
        ret_parts[i] = least + share;
        given += share;
    }
    for (size_t i = 0; given < spare; i = (i + 1) % count, given++) {
        ret_parts[i]++;
    }
}

bool chance(struct prng *prng, unsigned per_mille)
{
    return prng_below(prng, 1000) < per_mille;
}

unsigned pick(struct prng *prng, unsigned from, unsigned to)
{
    return from + (unsigned)prng_below(prng, to - from + 1);
}

int32_t day_of(int year, int month, int day)
{
    int32_t days = 0;
    REQUIRE(date_to_days((struct date){year, month, day}, &days) == ERR_OK);
    return days;
}

int32_t year_end(int year)
{
    return day_of(year, 12, 31);
}

int year_of(int32_t days)
{
    return date_of_days(days).year;
}

struct prng prng_for(uint64_t seed, unsigned salt)
{
    enum { SALTS_MAX = 64 };
    REQUIRE(salt < SALTS_MAX);
    struct prng prng;
    prng_init(&prng, seed * SALTS_MAX + salt);
    return prng;
}
