
/*
 * A job from the bus and back: what a handler sees of it, and the words of
 * `finish` that its result becomes.
 *
 * links: worker/job.c worker/job_result.c worker/job_encode.c
 * links: worker/bus_args.c worker/pool.c worker/log.c worker/json.c -ljansson
 */

#include "tap.h"
#include "bus.h"
#include "job.h"

#include <stdlib.h>


#define ID    "0123456789abcdef01234567"
#define ANN   "aaaaaaaaaaaaaaaaaaaaaaaa"
#define BOB   "bbbbbbbbbbbbbbbbbbbbbbbb"
#define CONV  "cccccccccccccccccccccccc"


static config_t      config = { .slots = 16, .fanout_limit = 3,
                                .redis_prefix = "chat:" };
static job_world_t   world = { .config = &config };
static pool_t       *pool;
static const char   *why;


/* The pure units have no connection. */
const config_t *
bus_config(const bus_t *bus)
{
    (void) bus;

    return &config;
}


static job_t *
job_of(const char *text)
{
    job_t  *job;

    job = job_create(pool, chat_slice_of(text, strlen(text)), &why);

    if (job) {
        job->world = &world;
        job->lane = "default";
        job->slot = 3;
        job->entry = "7-0";
    }

    return job;
}


/* The words of the job's part of `finish`, with | between. */
static const char *
encoded(job_t *job)
{
    size_t      i;
    bus_args_t  args;
    chat_buf_t  b;
    const char *text;

    bus_args_init(&args, pool);
    job_encode(job, &args);
    chat_buf_init(&b, 1 << 20);

    for (i = 0; i < args.count; i++) {
        chat_buf_str(&b, i ? "|" : "");
        chat_buf_slice(&b, args.words[i]);
    }

    text = pool_slice(pool, chat_buf_view(&b));
    chat_buf_free(&b);

    return text;
}


#define HTTP(headers, body)                                                   \
    ID " http 1000 n.1.00000000\n" "uid: " ANN "\n" headers "\n" body
#define EVENT(headers, body)                                                  \
    ID " event 0 n.1.00000000\n" "uid: " ANN "\nname: send-message\nack: 1\n" \
    headers "\n" body


static const struct {
    const char  *name;
    const char  *text;
    const char  *why;
} broken[] = {
    { "no envelope", "hello", "it is no envelope" },
    { "a header unknown", HTTP("x: 1\n", ""), "it is no envelope" },
    { "an id that is none", "1 http 0 -\n\n", "its id is none" },
    { "a kind unknown", ID " mail 0 -\n\n", "its kind is unknown" },
    { "a ttl that is none", ID " http soon -\n\n", "a number in it is none" },
    { "a time that is none", ID " http 0 -\niat: x\n\n",
      "a number in it is none" },
    { "a uid that is none", ID " http 0 -\nuid: a b\n\n", "its uid is none" },
};


static const struct {
    const char  *name;
    const char  *text;
    const char  *conversation;
} targets[] = {
    { "the path", HTTP("method: GET\npath: /api/conversations/" CONV "\n", ""),
      CONV },
    { "the body", HTTP("method: POST\npath: /api/messages\n",
                       "{\"conversationId\":\"" CONV "\"}"), CONV },
    { "an event's first argument",
      EVENT("", "[{\"conversationId\":\"" CONV "\"},{}]"), CONV },
    { "in front of attachments",
      EVENT("att: 3,2\n", "[{\"conversationId\":\"" CONV "\"}]\x01\x02\x03[["),
      CONV },
    { "attachments that are not there",
      EVENT("att: 300\n", "[{\"conversationId\":\"" CONV "\"}]"), "" },
    { "an event without argument", EVENT("", "[]"), "" },
    { "an event that is no array",
      EVENT("", "{\"conversationId\":\"" CONV "\"}"), "" },
    { "broken JSON", HTTP("method: POST\npath: /api/messages\n", "{"), "" },
    { "no body", HTTP("method: GET\npath: /api/users\n", ""), "" },
};


static const struct {
    const char  *query;
    const char  *name;
    const char  *value;
} queries[] = {
    { "limit=5", "limit", "5" },
    { "a=1&limit=5&b=2", "limit", "5" },
    { "limit=5&limit=6", "limit", "5" },
    { "xlimit=5", "limit", NULL },
    { "limitx=5", "limit", NULL },
    { "limit", "limit", NULL },
    { "limit=", "limit", "" },
    { "q=a%20b+c%C3%a9", "q", "a b c\xc3\xa9" },
    { "q=%", "q", NULL },
    { "q=%4", "q", NULL },
    { "q=%zz", "q", NULL },
    { "q=a%00b", "q", NULL },
    { "q=a=b", "q", "a=b" },
};


static void
test_request(void)
{
    job_t        *job;
    char          text[512];
    size_t        i;
    uint32_t      n;
    const char  **ids, *value;

    for (i = 0; i < countof(broken); i++) {
        job = job_of(broken[i].text);
        tap_ok(job == NULL && strcmp(why, broken[i].why) == 0,
               broken[i].name);
    }

    job = job_of(HTTP("role: member\niat: 12\nip: ::1\nmethod: GET\n", ""));
    tap_is_str(job->uid, ANN, "uid");
    tap_is_str(job->role, "member", "role");
    tap_is_int((int64_t) job->issued_at_s, 12, "iat");
    tap_is_int((int64_t) job->ttl_ms, 1000, "ttl");
    tap_is_str(job->path, "", "what is absent is empty");
    tap_ok(job_wants_reply(job) && !job_answered(job), "not answered");
    job_free(job);

    for (i = 0; i < countof(targets); i++) {
        job = job_of(targets[i].text);
        job_find_target(job);
        tap_is_str(job->conversation, targets[i].conversation,
                   targets[i].name);
        tap_is_int(job_conversations(job, &ids), job->conversation[0] != '\0',
                   "  is to be loaded");
        job_free(job);
    }

    job = job_of(ID " delivered 0 -\n\n" CONV " " ANN " 7\nnonsense\n\n" ANN
                 " " BOB " 1\n" CONV);
    n = job_conversations(job, &ids);
    tap_ok(n == 2 && strcmp(ids[0], CONV) == 0 && strcmp(ids[1], ANN) == 0,
           "delivered names one a line");
    tap_ok(!job_wants_reply(job), "and wants no reply");
    job_free(job);

    for (i = 0; i < countof(queries); i++) {
        snprintf(text, sizeof(text), ID " http 0 -\nquery: %s\n\n",
                 queries[i].query);
        job = job_of(pool_strndup(pool, text, strlen(text)));
        value = job_query(job, queries[i].name);
        tap_is_str(value ? value : "NULL",
                   queries[i].value ? queries[i].value : "NULL",
                   queries[i].query);
        job_free(job);
    }
}


/* --- what a handler may have said ---------------------------------------- */

static void
say_nothing(job_t *job)
{
    (void) job;
}


static void
say_object(job_t *job)
{
    job_result_as(job, "message");
    chat_buf_str(job_reply(job, 201), "{\"seq\":1}");
}


static void
say_empty(job_t *job)
{
    job_reply(job, 204);
}


static void
say_again(job_t *job)
{
    say_object(job);
    job_event(job, "d", true, CONV, 1, NULL);
    job_to_user(job, ANN);
    job_mark(job, CONV, "seq", NULL, 1);
    job_restart(job);
    say_empty(job);
}


static void
say_error(job_t *job)
{
    job_fail(job, 403, "forbidden", "Not \"yours\"");
}


static void
say_fields(job_t *job)
{
    job_fail_field(job, "text", "is missing");
    job_fail_field(job, "to", "is yourself");
}


static void
say_unavailable(job_t *job)
{
    job_fail_store(job, STORE_UNKNOWN);
}


static void
say_headers(job_t *job)
{
    job_header(job, CHAT_H_SET_COOKIE, "jwt=x; HttpOnly");
    job_offset(job, "1.2");
    job_deliver(job, CONV, 3);
    job_deliver(job, CONV, 4);
    job_channel(job, CONV);
    chat_buf_str(job_packets(job), "[\"a\",{}]\n[\"b\",{}]");
    chat_buf_str(job_reply(job, 200), "{}");
}


static void
say_broken_header(job_t *job)
{
    job_mark(job, CONV, "seq", NULL, 1);
    job_header(job, CHAT_H_LOCATION, "a\nuid: " BOB);
    chat_buf_str(job_reply(job, 200), "{}");
}


static void
say_events(job_t *job)
{
    model_member_t        members[3] = { { .uid = ANN }, { .uid = BOB } };
    model_conversation_t  c = { .id = CONV, .member_count = 2,
                                .members = members };

    chat_buf_str(job_event(job, "d", true, CONV, 9, "sid1"), "[\"m\",{}]");
    job_to_members(job, &c, NULL);
    chat_buf_str(job_event(job, "-", false, NULL, 0, NULL), "[\"t\",{}]");
    job_to_members(job, &c, ANN);
    c.member_count = 4;
    job_to_members(job, &c, NULL);
    job_reply(job, 200);
}


static void
say_marks(job_t *job)
{
    job_mark(job, CONV, "r:", ANN, 9);
    job_mark(job, CONV, "seq", NULL, 9);
    job_mark(job, ANN, "d:", BOB, 2);
    job_reply(job, 200);
}


static void
say_moved(job_t *job)
{
    say_error(job);
    job_move(job, CONV);
}


static void
say_dead(job_t *job)
{
    say_events(job);
    job_bury(job);
}


#define FROM    "n.1.00000000"
#define REST    HTTP("", "")
#define REPLY(status, type, headers, body)                                    \
    "default:3|7-0|" FROM "|" ID " " status " " type "\n" headers "\n" body "||"
#define JSON    "application/json"
#define OTHERS  "|0|0|0"


static const struct {
    const char  *name;
    const char  *text;
    void       (*say)(job_t *job);
    const char  *words;
} results[] = {
    { "an object", REST, say_object,
      REPLY("201", JSON, "", "{\"seq\":1}") OTHERS },
    { "an object in an ack", EVENT("", "[{}]"), say_object,
      REPLY("201", JSON, "", "[{\"ok\":true,\"message\":{\"seq\":1}}]")
      OTHERS },
    { "nothing in it", REST, say_empty, REPLY("204", "-", "", "") OTHERS },
    { "nothing in an ack", EVENT("", "[{}]"), say_empty,
      REPLY("204", JSON, "", "[{\"ok\":true}]") OTHERS },
    { "run again: the first run left nothing", REST, say_again,
      REPLY("204", "-", "", "") OTHERS },
    { "an error", REST, say_error,
      REPLY("403", JSON, "", "{\"message\":\"Not \\\"yours\\\"\",\"code\":"
            "\"forbidden\"}") OTHERS },
    { "an error in an ack", EVENT("", "[{}]"), say_error,
      REPLY("403", JSON, "", "[{\"ok\":false,\"error\":{\"message\":\"Not "
            "\\\"yours\\\"\",\"code\":\"forbidden\"}}]") OTHERS },
    { "errors of fields", REST, say_fields,
      REPLY("400", JSON, "", "{\"message\":\"Some fields are not valid\","
            "\"code\":\"invalid\",\"fields\":{\"to\":\"is yourself\","
            "\"text\":\"is missing\"}}") OTHERS },
    { "503 says when to come again", REST, say_unavailable,
      REPLY("503", JSON, "retry-after: 1\n",
            "{\"message\":\"The chat is not available at the moment\","
            "\"code\":\"unavailable\"}") OTHERS },
    { "headers and packets", REST, say_headers,
      REPLY("200", JSON, "offset: 1.2\nset-cookie: jwt=x; HttpOnly\n"
            "packets: 17\ndeliver: " CONV ":3," CONV ":4\nchannels: " CONV
            "\n", "[\"a\",{}]\n[\"b\",{}]{}") OTHERS },
    { "no answer is a fault of ours", REST, say_nothing,
      REPLY("500", JSON, "", "{\"message\":\"That did not work\",\"code\":"
            "\"internal\"}") OTHERS },
    { "an answer that cannot be encoded: what was done is told", REST,
      say_broken_header,
      REPLY("500", JSON, "", "{\"message\":\"That did not work\",\"code\":"
            "\"internal\"}") "|1|" CONV "|1|seq|1|0|0" },
    { "no reply wanted", ID " http 0 -\n\n", say_object,
      "default:3|7-0||||" OTHERS },
    { "events", REST, say_events,
      REPLY("200", "-", "", "") "|0|2"
      "|l|d " CONV " 9\nexclude: sid1\n\n[\"m\",{}]|2|u" BOB "|u" ANN
      "|-|- - -\n\n[\"t\",{}]|2|c" CONV "|u" BOB "|0" },
    { "marks, by conversation", REST, say_marks,
      REPLY("200", "-", "", "") "|2|" CONV "|2|r:" ANN "|9|seq|9|" ANN
      "|1|d:" BOB "|2|0|0" },
    { "moved: no answer from here", REST, say_moved,
      "default:3|7-0||||" "|0|0|1|default:3|" ID " http 1000 " FROM "\nuid: "
      ANN "\nmoved: 1\n\n" },
    { "moved before: an error", HTTP("moved: 1\n", ""), say_moved,
      REPLY("500", JSON, "", "{\"message\":\"That did not work\",\"code\":"
            "\"internal\"}") OTHERS },
    { "dead", REST, say_dead,
      REPLY("500", JSON, "", "{\"message\":\"That did not work\",\"code\":"
            "\"internal\"}") "|0|0|1|dead|" REST },
};


static void
test_results(void)
{
    job_t   *job;
    size_t   i;

    for (i = 0; i < countof(results); i++) {
        job = job_of(results[i].text);
        results[i].say(job);
        tap_is_str(encoded(job), results[i].words, results[i].name);
        job_free(job);
    }

    job = job_of(REST);
    say_events(job);
    tap_is_int(job_event_count(job), 4, "publications");
    job_free(job);
}


/* 16 KB go in the reply, one byte more beside it, unless it is an event's. */
static void
test_blob(void)
{
    job_t       *job;
    char         body[CHAT_BUS_REPLY_INLINE + 2];
    bus_args_t   args;

    memset(body, 'x', sizeof(body));

    job = job_of(REST);
    body[CHAT_BUS_REPLY_INLINE] = '\0';
    chat_buf_str(job_reply(job, 200), body);
    bus_args_init(&args, pool);
    job_encode(job, &args);
    tap_is_int((int64_t) args.words[5].len, 0, "16 KB: no blob");
    job_free(job);

    job = job_of(REST);
    body[CHAT_BUS_REPLY_INLINE] = 'x';
    body[CHAT_BUS_REPLY_INLINE + 1] = '\0';
    chat_buf_str(job_reply(job, 200), body);
    bus_args_init(&args, pool);
    job_encode(job, &args);
    tap_is_mem(args.words[4].data, args.words[4].len, ID, CHAT_ID_LEN,
               "more: a blob, named like the job");
    tap_is_int((int64_t) args.words[5].len, CHAT_BUS_REPLY_INLINE + 1,
               "it holds the body");
    tap_ok(memmem(args.words[3].data, args.words[3].len, "blob: " ID, 30)
           != NULL && args.words[3].len < 200, "the reply only names it");
    job_free(job);

    job = job_of(EVENT("", "[]"));
    job_result_as(job, "page");
    chat_buf_str(job_reply(job, 200), body);
    bus_args_init(&args, pool);
    job_encode(job, &args);
    tap_is_int((int64_t) args.words[5].len, 0, "an event's: no blob");
    tap_ok(args.words[3].len > CHAT_BUS_REPLY_INLINE, "but in the reply");
    job_free(job);
}


int
main(void)
{
    /* what cannot be encoded is logged; here it is provoked */
    log_open("/dev/null", LOG_ERROR);
    pool = pool_create();

    test_request();
    test_results();
    test_blob();

    pool_destroy(&pool);

    return tap_done();
}
