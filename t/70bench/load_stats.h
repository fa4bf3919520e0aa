#ifndef LOAD_STATS_H
#define LOAD_STATS_H

/*
 * Times, counted in buckets: 32 for each power of two, so that a percentile
 * is off by 3 % at most and memory does not grow with the count.
 */

#include <stdint.h>


#define LOAD_STATS_BUCKETS  (60 * 32)


typedef struct {
    uint64_t  count;
    uint64_t  sum_us;
    uint64_t  max_us;
    uint64_t  buckets[LOAD_STATS_BUCKETS];
} load_stats_t;


void load_stats_add(load_stats_t *stats, uint64_t us);

/* The time that `percent` of all did not exceed; 0 of nothing. */
double load_stats_percentile_ms(const load_stats_t *stats, double percent);

/* `"name": {"count": ..., "p50": ...}` on stdout, times in milliseconds. */
void load_stats_print(const char *name, const load_stats_t *stats);


#endif /* LOAD_STATS_H */
