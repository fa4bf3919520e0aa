
/*
 * Percentiles of many times in little memory, and their place in the line of
 * results.  Knows nothing of what took the time.
 */

#include "load_stats.h"

#include <stdio.h>


#define LOAD_STATS_BITS  5            /* 32 buckets a power of two */


static uint32_t
load_stats_bucket(uint64_t us)
{
    uint32_t  shift;

    if (us < 2u << LOAD_STATS_BITS) {
        return (uint32_t) us;
    }

    shift = 63 - (uint32_t) __builtin_clzll(us) - LOAD_STATS_BITS;

    return (shift << LOAD_STATS_BITS) + (uint32_t) (us >> shift);
}


/* The greatest time that falls into the bucket. */
static uint64_t
load_stats_bucket_end(uint32_t bucket)
{
    uint32_t  shift;
    uint64_t  first;

    if (bucket < 2u << LOAD_STATS_BITS) {
        return bucket;
    }

    shift = (bucket >> LOAD_STATS_BITS) - 1;
    first = bucket - (shift << LOAD_STATS_BITS);

    return ((first + 1) << shift) - 1;
}


void
load_stats_add(load_stats_t *stats, uint64_t us)
{
    stats->count++;
    stats->sum_us += us;
    stats->max_us = (us > stats->max_us) ? us : stats->max_us;
    stats->buckets[load_stats_bucket(us)]++;
}


double
load_stats_percentile_ms(const load_stats_t *stats, double percent)
{
    uint32_t  i;
    uint64_t  wanted, seen, us;

    wanted = (uint64_t) ((double) stats->count * percent / 100 + 0.999999);

    for (i = 0, seen = 0; i < LOAD_STATS_BUCKETS; i++) {
        seen += stats->buckets[i];

        if (seen && seen >= wanted) {
            us = load_stats_bucket_end(i);
            return (double) (us < stats->max_us ? us : stats->max_us) / 1000;
        }
    }

    return 0;
}


void
load_stats_print(const char *name, const load_stats_t *stats)
{
    double  mean;

    mean = stats->count ? (double) stats->sum_us / (double) stats->count : 0;

    printf("\"%s\": {\"count\": %llu, \"mean\": %.3f, \"p50\": %.3f, "
           "\"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f}",
           name, (unsigned long long) stats->count, mean / 1000,
           load_stats_percentile_ms(stats, 50),
           load_stats_percentile_ms(stats, 90),
           load_stats_percentile_ms(stats, 99),
           (double) stats->max_us / 1000);
}
