
/*
 * What a pure unit answers.  NGX_* and job_status_t are translated from and
 * to this at the border of each side, once.
 */

#ifndef CHAT_STATUS_H
#define CHAT_STATUS_H


typedef enum {
    CHAT_OK = 0,
    CHAT_AGAIN,          /* not wrong, but not whole yet: give more bytes */
    CHAT_BAD,            /* breaks the grammar of the protocol */
    CHAT_TOO_BIG,        /* meets a named limit */
    CHAT_NOT_UTF8,       /* text that is not UTF-8 (RFC 3629) */
    CHAT_NOT_FOUND,
    CHAT_NOMEM
} chat_status_t;


#define CHAT_MUST_CHECK  __attribute__((warn_unused_result))


#endif /* CHAT_STATUS_H */
