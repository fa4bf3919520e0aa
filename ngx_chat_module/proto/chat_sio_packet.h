
/*
 * Socket.IO v5 packets, inside Engine.IO messages:
 *
 *     type [count "-"] [nsp ","] [id] [json]
 *
 * The decoder is strict where the reference is lenient: numbers are plain
 * decimal digits, an EVENT has a payload, JSON is checked whole.
 */

#ifndef CHAT_SIO_PACKET_H
#define CHAT_SIO_PACKET_H


#include "chat_buf.h"


#define CHAT_SIO_ATTACHMENTS_MAX   10    /* what current clients accept */
#define CHAT_SIO_ID_DIGITS_MAX     15    /* exact in a JavaScript number */
#define CHAT_SIO_NSP_MAX           128   /* bytes of a namespace's name */
#define CHAT_SIO_EVENT_MAX         64    /* bytes of an event's name */


typedef enum {
    CHAT_SIO_CONNECT = 0,
    CHAT_SIO_DISCONNECT,
    CHAT_SIO_EVENT,
    CHAT_SIO_ACK,
    CHAT_SIO_CONNECT_ERROR,
    CHAT_SIO_BINARY_EVENT,
    CHAT_SIO_BINARY_ACK
} chat_sio_type_t;


typedef struct {
    chat_sio_type_t   type;
    uint32_t          attachments;   /* that follow; 0 if not binary */
    chat_slice_t      nsp;           /* "/" if the packet names none */
    int64_t           id;            /* -1: none */
    chat_slice_t      json;          /* payload; len 0: none */
    chat_slice_t      event;         /* EVENT: its name as it stands there, a
                                        string without its quotes */
} chat_sio_packet_t;


/*
 * Decodes and validates a client's packet (`text` is what follows the
 * Engine.IO digit).  CHAT_BAD and the like: the engine is to be closed.
 * An event's name is a string or a number of up to CHAT_SIO_EVENT_MAX bytes,
 * and none of the reserved names.  Escapes in it stay: no name that means
 * anything has one.  A client may not send CONNECT_ERROR: CHAT_BAD.
 */
chat_status_t chat_sio_parse(chat_slice_t text, chat_sio_packet_t *packet)
    CHAT_MUST_CHECK;

/*
 * CHAT_OK if a namespace can have that name.  It is sent back in refusals, so
 * it has to be fit for a text frame.
 */
chat_status_t chat_sio_nsp_check(chat_slice_t nsp) CHAT_MUST_CHECK;

/*
 * Appends everything before the JSON of a packet to a client, the Engine.IO
 * digit `4` included: "42", "43/custom,7", "451-/custom,".
 */
void chat_sio_head_encode(chat_buf_t *b, chat_sio_type_t type,
    uint32_t attachments, chat_slice_t nsp, int64_t id);


#endif /* CHAT_SIO_PACKET_H */
