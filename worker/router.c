
/*
 * From a job to its handler, by one table: what is asked, who may ask, where it
 * has to run.  The child calls router_run() for each job of a batch; handlers
 * never see a job without its input parsed and its asker checked.
 */


#include "router.h"
#include "handlers/handle_auth.h"
#include "handlers/handle_conversation.h"
#include "handlers/handle_diagnostics.h"
#include "handlers/handle_message.h"
#include "handlers/handle_presence.h"
#include "handlers/handle_receipt.h"
#include "handlers/handle_register.h"
#include "handlers/handle_session.h"
#include "handlers/handle_sidebar.h"
#include "handlers/handle_user.h"


typedef enum {
    ROUTE_ANYWHERE = 0,
    ROUTE_HOLDER          /* only the holder of the conversation's slot */
} route_place_t;


typedef struct {
    const char       *method;     /* EVENT: path is its name */
    const char       *path;       /* a segment ":x" is any; its value is the
                                     next of job->params */
    route_access_t    access;
    route_place_t     place;
    const char       *as;         /* what the answer is called in an ack;
                                     NULL: there is only "ok" */
    job_handler_pt    handler;
} route_t;


/* The first that fits: a word stands before a ":x" in its place. */
static const route_t  routes[] = {

    { "GET", "/api/auth/check",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_auth_me },
    { "POST", "/api/auth/login",
      ROUTE_PUBLIC, ROUTE_ANYWHERE, NULL, handle_auth_login },
    { "POST", "/api/auth/logout",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_auth_logout },
    { "GET", "/api/auth/me",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_auth_me },
    { "POST", "/api/auth/refresh",
      ROUTE_PUBLIC, ROUTE_ANYWHERE, NULL, handle_auth_refresh },
    { "POST", "/api/auth/register",
      ROUTE_PUBLIC, ROUTE_ANYWHERE, NULL, handle_register },
    { "POST", "/api/auth/signup",
      ROUTE_PUBLIC, ROUTE_ANYWHERE, NULL, handle_register },

    { "GET", "/api/conversations",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_conversation_list },
    { "GET", "/api/conversations/:id",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_conversation_one },
    { "GET", "/api/conversations/:id/messages",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_conversation_history },
    { "POST", "/api/conversations/:id/messages",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_message_send_in },
    { "POST", "/api/conversations/:id/read",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_receipt_read_in },

    { "POST", "/api/messages",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_message_send },
    { "POST", "/api/messages/send/:uid",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_message_send_to },
    { "GET", "/api/messages/users",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_sidebar },
    { "GET", "/api/messages/:uid",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_conversation_with },
    { "POST", "/api/messages/:uid/read",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_receipt_read_with },

    { "GET", "/api/users",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_user_list },
    { "GET", "/api/users/online",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_user_online },
    { "GET", "/api/users/:id",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_user_one },

    { "EVENT", "mark-as-read",
      ROUTE_USER, ROUTE_HOLDER, "read", handle_receipt_read },
    { "EVENT", "send-message",
      ROUTE_USER, ROUTE_HOLDER, "message", handle_message_send },
    { "EVENT", "stop-typing",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_presence_stop_typing },
    { "EVENT", "typing",
      ROUTE_USER, ROUTE_HOLDER, NULL, handle_presence_typing },

    { "EVENT", "ask",
      ROUTE_DIAGNOSTICS, ROUTE_ANYWHERE, NULL, handle_diagnostics_ask },
    { "ACK", "question",
      ROUTE_DIAGNOSTICS, ROUTE_ANYWHERE, NULL, handle_diagnostics_answer },
    { "EVENT", "message",
      ROUTE_DIAGNOSTICS, ROUTE_ANYWHERE, NULL, handle_diagnostics_message },
    { "EVENT", "message-with-ack",
      ROUTE_DIAGNOSTICS, ROUTE_ANYWHERE, NULL, handle_diagnostics_ack },

    /* What the module says on its own. */

    { "DELIVERED", "",
      ROUTE_PUBLIC, ROUTE_ANYWHERE, NULL, handle_receipt_delivered },
    { "PRESENCE", "",
      ROUTE_USER, ROUTE_ANYWHERE, NULL, handle_presence },
    { "SESSION", "",
      ROUTE_PUBLIC, ROUTE_ANYWHERE, NULL, handle_session },
};


static const char *
router_method(const job_t *job)
{
    switch (job->kind) {

    case JOB_EVENT:
        return "EVENT";

    case JOB_ACK:
        return "ACK";

    case JOB_DELIVERED:
        return "DELIVERED";

    case JOB_PRESENCE:
        return "PRESENCE";

    case JOB_SESSION:
        return "SESSION";

    case JOB_HTTP:
        break;
    }

    return (strcmp(job->method, "HEAD") == 0) ? "GET" : job->method;
}


static const char *
router_path(const job_t *job)
{
    return (job->kind == JOB_EVENT || job->kind == JOB_ACK) ? job->name
           : (job->kind == JOB_HTTP) ? job->path : "";
}


/* Goes through both at once; the values of ":x" are left in job->params. */
static bool
router_fits(job_t *job, const char *pattern, const char *path)
{
    size_t    n;
    uint32_t  param;

    param = 0;

    while (*pattern != '\0') {

        if (*pattern != ':') {
            if (*pattern++ != *path++) {
                return false;
            }

            continue;
        }

        n = strcspn(path, "/");
        if (n == 0) {
            return false;
        }

        job->params[param++] = pool_strndup(job->pool, path, n);
        path += n;
        pattern += strcspn(pattern, "/");
    }

    return *path == '\0';
}


/* Events are of the chat, which is in `/`. */
static bool
router_is_open(const job_t *job, const route_t *route)
{
    if ((job->kind == JOB_EVENT || job->kind == JOB_ACK)
        && strcmp(job->nsp, "/") != 0)
    {
        return false;
    }

    return route->access != ROUTE_DIAGNOSTICS
           || job->world->config->diagnostics;
}


/* NULL: *other says whether another method would have fitted. */
static const route_t *
router_find(job_t *job, bool *other)
{
    size_t          i;
    const char     *method, *path;
    const route_t  *route;

    method = router_method(job);
    path = router_path(job);
    *other = false;

    for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        route = &routes[i];

        if (!router_is_open(job, route)) {
            continue;
        }

        if (strcmp(route->method, method) == 0) {
            if (router_fits(job, route->path, path)) {
                return route;
            }

        } else if (job->kind == JOB_HTTP
                   && router_fits(job, route->path, path))
        {
            *other = true;
        }
    }

    return NULL;
}


static job_status_t
router_no_route(job_t *job, bool other)
{
    if (other) {
        return job_fail(job, 405, "method_not_allowed",
                        "This address has other methods");
    }

    return job_fail(job, 404, "not_found", (job->kind == JOB_EVENT)
                                           ? "Unknown event"
                                           : "Nothing is at this address");
}


static const json_value_t *
router_parse_event(chat_slice_t body)
{
    return json_value_take_first(json_value_parse(body));
}


/* Compared up to parameters such as charset; a body without type is JSON.  A
 * form's conversation would be found by neither side's chat_target. */
static const struct {
    const char             *type;
    route_place_t           place;     /* ROUTE_HOLDER: there, too */
    const json_value_t    *(*parse)(chat_slice_t body);
} router_types[] = {
    { "application/json", ROUTE_HOLDER, json_value_parse },
    { "application/x-www-form-urlencoded", ROUTE_ANYWHERE,
      json_value_parse_form },
    { "", ROUTE_HOLDER, json_value_parse },
};


/* False: answered, because nobody can read such a body. */
static bool
router_parse(job_t *job, const route_t *route, chat_slice_t body)
{
    size_t        i, n;
    chat_slice_t  type = job->envelope.headers[CHAT_H_TYPE];

    if (job->kind == JOB_EVENT) {
        job->input = job->envelope.headers[CHAT_H_ATT].data
                     ? NULL : router_parse_event(body);
        return true;
    }

    for (n = 0; n < type.len && type.data[n] != ';' && type.data[n] != ' ';
         n++)
    {
        /* void */
    }

    for (i = 0; i < sizeof(router_types) / sizeof(router_types[0]); i++) {
        if (strlen(router_types[i].type) == n
            && router_types[i].place >= route->place
            && (n == 0 || strncasecmp((const char *) type.data,
                                      router_types[i].type, n) == 0))
        {
            job->input = router_types[i].parse(body);
            return true;
        }
    }

    job_fail(job, 415, "unsupported_media_type", "Send JSON");

    return false;
}


/* A body that there is must be an object; a job that runs again has it. */
static bool
router_input(job_t *job, const route_t *route)
{
    chat_slice_t  body = job->envelope.body;

    if (job->input != NULL || body.len == 0
        || route->access == ROUTE_DIAGNOSTICS
        || (job->kind != JOB_HTTP && job->kind != JOB_EVENT)
        || strcmp(router_method(job), "GET") == 0)
    {
        return true;
    }

    if (!router_parse(job, route, body)) {
        return false;
    }

    if (json_value_is_object(job->input)) {
        return true;
    }

    job_fail(job, 400, "bad_json",
             job->envelope.headers[CHAT_H_ATT].data
             ? "Attachments are not taken here"
             : (job->kind == JOB_EVENT) ? "The argument must be an object"
                                        : "The body must be a JSON object");

    return false;
}


/* The module's guess was wrong, or it could not know. */
static bool
router_misplaced(const job_t *job)
{
    chat_slice_t  id;

    if (job->conversation[0] == '\0') {
        return false;
    }

    id = chat_slice_of(job->conversation, CHAT_ID_LEN);

    return strcmp(job->lane, CHAT_LANE_DEFAULT) != 0
           || chat_slot(id, job->world->config->slots) != job->slot;
}


job_status_t
router_run(job_t *job)
{
    bool            other;
    const route_t  *route;

    route = router_find(job, &other);
    if (route == NULL) {
        return router_no_route(job, other);
    }

    if (route->access == ROUTE_USER && job->uid[0] == '\0') {
        return job_fail(job, 401, "unauthorized", "Sign in first");
    }

    if (!router_input(job, route)) {
        return JOB_DONE;
    }

    if (route->place == ROUTE_HOLDER && router_misplaced(job)) {
        return job_move(job, job->conversation);
    }

    job_result_as(job, route->as);

    return route->handler(job);
}
