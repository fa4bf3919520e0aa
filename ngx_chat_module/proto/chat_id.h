
/*
 * Ids and slots, the same on both sides of the bus (docs/bus.md).
 *
 * An id is 12 bytes written as 24 lower-case hex digits, as MongoDB's
 * ObjectId.  A conversation's slot follows from its id, so that everything
 * that changes one conversation arrives in one stream.
 */

#ifndef CHAT_ID_H
#define CHAT_ID_H


#include "chat_slice.h"
#include "chat_status.h"


#define CHAT_ID_LEN           24
#define CHAT_UID_MAX          64     /* a user's id: 1 to 64 of A-Za-z0-9_- */
#define CHAT_CLIENT_ID_MAX    128    /* bytes of an idempotency key */
#define CHAT_SLOTS_MAX        1024


/* Draws ids; one a process, its random part drawn after fork. */
typedef struct {
    uint8_t    random[5];
    uint32_t   counter;      /* its low 24 bits count (ObjectId) */
} chat_id_source_t;


void chat_id_source_init(chat_id_source_t *source, const uint8_t random[8]);

/* A fresh ObjectId for the second `now`, as 24 hex digits, no NUL. */
void chat_id_next(chat_id_source_t *source, uint32_t now, char id[CHAT_ID_LEN]);

/* CHAT_OK and the digits in lower case, or CHAT_BAD. */
chat_status_t chat_id_parse(chat_slice_t text, char id[CHAT_ID_LEN])
    CHAT_MUST_CHECK;

/* True if `text` can be a user's id: its length and its characters. */
bool chat_uid_valid(chat_slice_t text);

/*
 * A user's id as it enters the system: 24 hex digits are lower-cased, other
 * valid ids are kept.  `uid` has room for CHAT_UID_MAX; *len is written.
 */
chat_status_t chat_uid_parse(chat_slice_t text, char uid[CHAT_UID_MAX],
    size_t *len) CHAT_MUST_CHECK;

/*
 * The direct conversation of two users, whichever is named first.  Here and
 * below: parts that were not parsed, or are longer than their limit, abort().
 */
void chat_id_direct(chat_slice_t a, chat_slice_t b, char id[CHAT_ID_LEN]);

/* The id of the message that a client named with its own `client_id`. */
void chat_id_message(chat_slice_t uid, chat_slice_t conversation,
    chat_slice_t client_id, char id[CHAT_ID_LEN]);

/* CRC-32 (IEEE 802.3) of the text, modulo slots (1 to CHAT_SLOTS_MAX). */
uint32_t chat_slot(chat_slice_t text, uint32_t slots);


#endif /* CHAT_ID_H */
