
/*
 * A job as a worker takes it from Redis: whatever it holds, looking at it ends,
 * what is found of ids and parameters is what it should be, and its answer can
 * be encoded.
 *
 * links: worker/job.c worker/job_result.c worker/job_encode.c
 * links: worker/bus_args.c worker/pool.c worker/log.c worker/json.c -ljansson
 */

#include "fuzz.h"
#include "bus.h"
#include "job.h"


static const config_t  config = { .slots = 16, .fanout_limit = 3,
                                  .redis_prefix = "chat:" };
static job_world_t     world = { .config = &config };


/* The units linked here have no connection. */
const config_t *
bus_config(const bus_t *bus)
{
    (void) bus;

    return &config;
}


static void
look(job_t *job)
{
    char          id[CHAT_ID_LEN];
    uint32_t      i, n;
    const char  **ids;

    job_find_target(job);
    n = job_conversations(job, &ids);

    for (i = 0; i < n; i++) {
        MUST(strlen(ids[i]) == CHAT_ID_LEN);
        MUST(chat_id_parse(chat_slice_of(ids[i], CHAT_ID_LEN), id) == CHAT_OK);
    }

    MUST(job->uid[0] == '\0'
         || chat_uid_valid(chat_slice_of(job->uid, strlen(job->uid))));

    (void) job_query(job, "q");
    (void) job_query(job, "limit");
}


/* What was found to be attached is all of it. */
static void
arguments(const job_t *job)
{
    chat_slice_t   array, bytes;
    chat_attach_t  attach;

    if (!job_arguments(job, &array, &attach)) {
        return;
    }

    MUST(array.len >= 2 && array.data[0] == '[');

    while (chat_attach_next(&attach, &bytes) == CHAT_OK) {
        MUST(bytes.len <= job->envelope.body.len);
    }

    MUST(attach.lengths.len == 0 && attach.bytes.len == 0);
}


static void
answer(job_t *job)
{
    bus_args_t  args;

    chat_buf_str(job_reply(job, 200), "{}");
    job_event(job, "-", true, NULL, 0, NULL);
    job_to_user(job, "0123456789abcdef01234567");
    MUST(job_answered(job));

    bus_args_init(&args, job->pool);
    job_encode(job, &args);
    MUST(args.count > 0);
}


static void
body(chat_slice_t text)
{
    chat_buf_t           b;
    const json_value_t  *value, *again;

    value = json_value_parse(text);

    if (value) {
        chat_buf_init(&b, 16 * 1024 * 1024);
        json_value_write(&b, value);
        MUST(chat_buf_status(&b) == CHAT_OK);

        again = json_value_parse(chat_buf_view(&b));
        MUST(again != NULL);

        json_value_free(again);
        chat_buf_free(&b);
    }

    json_value_free(value);

    value = json_value_parse_form(text);
    MUST(value == NULL || json_value_is_object(value));
    json_value_free(value);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    job_t       *job;
    pool_t      *pool;
    const char  *why;

    pool = pool_create();
    job = job_create(pool, chat_slice_of(data, size), &why);

    if (job == NULL) {
        MUST(why != NULL);

    } else {
        job->world = &world;
        job->lane = "default";
        job->entry = "7-0";

        look(job);
        arguments(job);
        body(job->envelope.body);
        answer(job);
        job_free(job);
    }

    pool_destroy(&pool);

    return 0;
}
