
/*
 * The worker's log.  Each line goes out in one write() to a file opened for
 * appending, so processes and threads that share it do not mix their lines.
 * Knows nothing of who writes; what may stand in a line says log.h.
 */

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define LOG_LINE   2048
#define LOG_NAME   64
#define LOG_PATH   4096


static struct {
    int          fd;
    log_level_t  level;
    char         path[LOG_PATH];     /* "": standard error */
    char         name[LOG_NAME];
} log_state = { .fd = STDERR_FILENO, .level = LOG_INFO };

static const char *const  level_names[] = { "error", "warn", "info", "debug" };


static int
log_open_file(const char *file)
{
    return open(file, O_WRONLY|O_APPEND|O_CREAT|O_CLOEXEC, 0640);
}


bool
log_open(const char *file, log_level_t level)
{
    int  fd;

    fd = STDERR_FILENO;

    if (file != NULL) {
        if (strlen(file) >= LOG_PATH) {
            errno = ENAMETOOLONG;
            return false;
        }

        fd = log_open_file(file);
        if (fd == -1) {
            return false;
        }
    }

    if (log_state.fd != STDERR_FILENO) {
        close(log_state.fd);
    }

    log_state.fd = fd;
    log_state.level = level;
    snprintf(log_state.path, LOG_PATH, "%s", file ? file : "");

    return true;
}


void
log_reopen(void)
{
    int  fd;

    if (log_state.path[0] == '\0') {
        return;
    }

    fd = log_open_file(log_state.path);

    if (fd == -1) {
        log_error("log: cannot open \"%s\" again: %s", log_state.path,
                  strerror(errno));
        return;
    }

    /* another thread may be writing: the number stays, the file changes */
    dup3(fd, log_state.fd, O_CLOEXEC);
    close(fd);
}


void
log_name(const char *name)
{
    snprintf(log_state.name, LOG_NAME, " %s", name);
}


log_level_t
log_level(void)
{
    return log_state.level;
}


static size_t
log_head(char *line, size_t size, log_level_t level)
{
    int              n;
    char             date[32];
    struct tm        tm;
    struct timespec  now;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);

    n = snprintf(line, size, "%s.%03ldZ %-5s [%d%s] ", date,
                 now.tv_nsec / 1000000, level_names[level], (int) getpid(),
                 log_state.name);

    return (n < 0) ? 0 : (size_t) n;
}


/* Bytes from outside, as in an error of Redis, cannot begin a line. */
static void
log_flatten(char *p, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if ((unsigned char) p[i] < 0x20) {
            p[i] = ' ';
        }
    }
}


void
log_write(log_level_t level, const char *format, ...)
{
    int      n;
    char     line[LOG_LINE + 1];
    size_t   len;
    va_list  args;

    if (level > log_state.level) {
        return;
    }

    len = log_head(line, LOG_LINE, level);

    va_start(args, format);
    n = vsnprintf(line + len, LOG_LINE - len, format, args);
    va_end(args);

    if (n > 0) {
        len += (size_t) n;
    }

    if (len > LOG_LINE - 1) {
        len = LOG_LINE - 1;
    }

    log_flatten(line, len);
    line[len++] = '\n';

    /* nobody is left to hear of a log that cannot be written */
    if (write(log_state.fd, line, len) == -1) {
        return;
    }
}
