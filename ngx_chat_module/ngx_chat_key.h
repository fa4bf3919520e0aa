
/*
 * What things are counted by, made of what they are called.
 */

#ifndef NGX_CHAT_KEY_H
#define NGX_CHAT_KEY_H


#include "ngx_chat.h"
#include "chat_key.h"


/* `kind` keeps apart what is called the same. */
void ngx_chat_key(chat_key_t *key, ngx_str_t kind, ngx_str_t name);

/*
 * An address as text.  Of IPv6 only the first 64 bits count, which is what one
 * customer gets.
 */
void ngx_chat_key_address(chat_key_t *key, ngx_str_t kind, ngx_str_t address);


#endif /* NGX_CHAT_KEY_H */
