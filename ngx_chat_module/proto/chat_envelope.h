
/*
 * The one text form of everything on the bus (docs/bus.md):
 *
 *     word word word word\n        three or four fixed words
 *     name: value\n                any number of headers
 *     \n
 *     body bytes
 *
 *     job:    <id> <kind> <ttl ms> <from>
 *     reply:  <job id> <status> <content type or ->
 *     event:  <offset or -> <flags or -> <conversation or -> <seq or ->
 *
 * Words are bytes above 0x20 without 0x7F, values bytes from 0x20 without
 * 0x7F.  Header names are the table below and no others.
 */

#ifndef CHAT_ENVELOPE_H
#define CHAT_ENVELOPE_H


#include "chat_buf.h"


#define CHAT_ENVELOPE_WORD_MAX    128
#define CHAT_ENVELOPE_VALUE_MAX   16384


typedef enum {
    CHAT_ENVELOPE_JOB = 0,
    CHAT_ENVELOPE_REPLY,
    CHAT_ENVELOPE_EVENT
} chat_envelope_kind_t;


/* The table of names stands in chat_envelope.c, in this order. */
typedef enum {
    CHAT_H_UID = 0,          /* uid            authenticated user */
    CHAT_H_ROLE,             /* role */
    CHAT_H_IAT,              /* iat            seconds */
    CHAT_H_EXP,              /* exp            seconds */
    CHAT_H_TOKEN_SESSION,    /* token-session  the device's sign-in */
    CHAT_H_IP,               /* ip */
    CHAT_H_METHOD,           /* method */
    CHAT_H_PATH,             /* path           undecoded */
    CHAT_H_QUERY,            /* query          undecoded */
    CHAT_H_TYPE,             /* type           content type of a job's body */
    CHAT_H_IDEMPOTENCY_KEY,  /* idempotency-key */
    CHAT_H_COOKIE,           /* cookie         refresh cookie, if configured */
    CHAT_H_AGENT,            /* agent          User-Agent, for device lists */
    CHAT_H_DIALECT,          /* dialect */
    CHAT_H_SID,              /* sid            Socket.IO id */
    CHAT_H_GENERATION,       /* generation */
    CHAT_H_NSP,              /* nsp */
    CHAT_H_NAME,             /* name           event */
    CHAT_H_ACK,              /* ack            1: the client awaits one */
    CHAT_H_ATT,              /* att            lengths of attachments: 3,17 */
    CHAT_H_STATE,            /* state          open, close, resume */
    CHAT_H_OFFSET,           /* offset */
    CHAT_H_COUNT,            /* count          sockets of a user */
    CHAT_H_MOVED,            /* moved          1 */
    CHAT_H_BLOB,             /* blob           id of the key with the body */
    CHAT_H_SET_COOKIE,       /* set-cookie */
    CHAT_H_LOCATION,         /* location */
    CHAT_H_LINK,             /* link */
    CHAT_H_RETRY_AFTER,      /* retry-after    seconds */
    CHAT_H_PACKETS,          /* packets        bytes of the body that are
                                               packet lines, before the rest */
    CHAT_H_DELIVER,          /* deliver        <conversation>:<seq>,... */
    CHAT_H_CHANNELS,         /* channels       <conversation>,... */
    CHAT_H_EXCLUDE,          /* exclude        a sid */
    CHAT_H_REASON,           /* reason         of a close */
    CHAT_H_N
} chat_header_t;


typedef struct {
    chat_slice_t   words[4];             /* the 4th empty in a reply */
    chat_slice_t   headers[CHAT_H_N];    /* data NULL: absent */
    chat_slice_t   body;
} chat_envelope_t;


/* Slices point into `text`.  CHAT_BAD also for a name that comes twice. */
chat_status_t chat_envelope_decode(chat_envelope_kind_t kind,
    chat_slice_t text, chat_envelope_t *envelope) CHAT_MUST_CHECK;

/*
 * Appends the envelope; a forbidden byte in a word or value, or one that is
 * too long, fails the buffer with CHAT_BAD.
 */
void chat_envelope_encode(chat_buf_t *b, chat_envelope_kind_t kind,
    const chat_envelope_t *envelope);

/*
 * An event without its offset and the space behind it: `finish` puts them in
 * front, because only Redis knows the offset.
 */
void chat_envelope_encode_event_tail(chat_buf_t *b,
    const chat_envelope_t *envelope);

/* A decimal number of at most 15 digits; CHAT_BAD. */
chat_status_t chat_envelope_number(chat_slice_t text, uint64_t *n)
    CHAT_MUST_CHECK;


/* Flags of an event: any of these letters, or "-" for none. */
#define CHAT_EVENT_DELIVER    'd'    /* report what reached a socket */
#define CHAT_EVENT_VOLATILE   'v'    /* dropped where it would wait */
#define CHAT_EVENT_CLOSE      'c'    /* close the user's sockets: all, or those
                                        of token-session, or of one sid */
#define CHAT_EVENT_JOIN       'j'    /* subscribe to the conversation named */
#define CHAT_EVENT_LEAVE      'l'    /* stop hearing it */


#endif /* CHAT_ENVELOPE_H */
