
/*
 * One line a fact, with ids, never with tokens, passwords or texts:
 * `2026-01-31T12:00:00.123Z info  [pid lane] slot: took default:3`.
 */

#ifndef LOG_H
#define LOG_H


#include <stdbool.h>


typedef enum {
    LOG_ERROR = 0,      /* somebody has to do something */
    LOG_WARN,           /* worth knowing; the system copes */
    LOG_INFO,
    LOG_DEBUG
} log_level_t;


/* `file` NULL: standard error.  False and errno if it cannot be opened. */
bool log_open(const char *file, log_level_t level);
void log_reopen(void);
void log_name(const char *name);         /* shown in brackets, after fork */
log_level_t log_level(void);

void log_write(log_level_t level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)  log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)   log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)   log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                        \
    do {                                                                      \
        if (log_level() >= LOG_DEBUG) log_write(LOG_DEBUG, __VA_ARGS__);      \
    } while (0)


#endif /* LOG_H */
