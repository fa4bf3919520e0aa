
/*
 * Bytes of this process that clients can make it keep: what is to be written
 * to them, and what of theirs is not whole yet.  chat_memory bounds them all
 * together.
 */

#ifndef NGX_CHAT_MEMORY_H
#define NGX_CHAT_MEMORY_H


#include "ngx_chat.h"


/* So many more, or fewer. */
void ngx_chat_memory_add(ssize_t bytes);

size_t ngx_chat_memory_bytes(void);

/* True if it is more than chat_memory. */
ngx_uint_t ngx_chat_memory_full(void);


#endif /* NGX_CHAT_MEMORY_H */
