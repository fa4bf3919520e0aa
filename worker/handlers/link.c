
/*
 * Where a list goes on, written for the client so that it need not know how
 * pages are counted.  A request's path and query come in undecoded and go out
 * so; what could end the URL early was refused by nginx or is left out.
 */


#include "link.h"


/* Neither before nor after, and nothing that RFC 3986 would have escaped. */
static bool
link_keeps(const char *p, size_t n)
{
    size_t  i;

    if ((n >= 7 && memcmp(p, "before=", 7) == 0)
        || (n >= 6 && memcmp(p, "after=", 6) == 0))
    {
        return false;
    }

    for (i = 0; i < n; i++) {
        if (p[i] <= 0x20 || p[i] >= 0x7f || strchr("<>\"\\", p[i]) != NULL) {
            return false;
        }
    }

    return n > 0;
}


/* The query's parts that stay, each followed by `&`. */
static const char *
link_query(job_t *job)
{
    char          *out, *end;
    size_t         n;
    const char    *p, *last;
    chat_slice_t   query;

    query = job->envelope.headers[CHAT_H_QUERY];

    if (query.len == 0) {
        return "";
    }

    out = end = pool_alloc(job->pool, query.len + 2);
    p = (const char *) query.data;
    last = p + query.len;

    while (p < last) {
        const char  *amp = memchr(p, '&', (size_t) (last - p));

        n = (size_t) (((amp != NULL) ? amp : last) - p);

        if (link_keeps(p, n)) {
            memcpy(end, p, n);
            end += n;
            *end++ = '&';
        }

        p += n + 1;
    }

    return out;
}


const char *
link_to(job_t *job, const char *rel, const char *name, const char *value)
{
    return pool_printf(job->pool, "<%s?%s%s=%s>; rel=\"%s\"", job->path,
                       link_query(job), name, value, rel);
}


void
link_set(job_t *job, const char *previous, const char *next)
{
    if (previous == NULL && next == NULL) {
        return;
    }

    job_header(job, CHAT_H_LINK,
               pool_printf(job->pool, "%s%s%s",
                           (previous != NULL) ? previous : "",
                           (previous != NULL && next != NULL) ? ", " : "",
                           (next != NULL) ? next : ""));
}
