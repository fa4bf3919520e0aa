
/*
 * Variables: $chat_user, $chat_role, $chat_job_time.
 */

#ifndef NGX_CHAT_VARIABLE_H
#define NGX_CHAT_VARIABLE_H


#include "ngx_chat.h"


ngx_int_t ngx_chat_variable_add(ngx_conf_t *cf);


#endif /* NGX_CHAT_VARIABLE_H */
