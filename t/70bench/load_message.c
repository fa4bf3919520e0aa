
/*
 * What is sent: "<run> <number> xxx...", with a clientId made of the same two,
 * as a front end gives one to each message.  The run's name is drawn from the
 * clock at the first use.
 */

#include "load_message.h"
#include "chat_envelope.h"
#include "chat_json_scan.h"

#include <time.h>


/* "<run>", ten digits or so. */
static chat_slice_t
load_run(void)
{
    static uint8_t     text[24];
    static chat_buf_t  run;

    if (run.len == 0) {
        chat_buf_init_fixed(&run, text, sizeof(text));
        chat_buf_byte(&run, 'r');
        chat_buf_u64(&run, (uint64_t) time(NULL));
    }

    return chat_buf_view(&run);
}


void
load_message_encode(chat_buf_t *b, const load_options_t *o, uint64_t n,
    chat_slice_t to, const char *conversation)
{
    size_t  i, from;

    chat_buf_str(b, conversation ? "{\"conversationId\":" : "{\"to\":");
    chat_buf_json(b, conversation ? chat_slice_of(conversation,
                                                  strlen(conversation)) : to);

    chat_buf_str(b, ",\"clientId\":\"");
    chat_buf_slice(b, load_run());
    chat_buf_byte(b, '-');
    chat_buf_u64(b, n);

    chat_buf_str(b, "\",\"text\":\"");
    from = b->len;
    chat_buf_slice(b, load_run());
    chat_buf_byte(b, ' ');
    chat_buf_u64(b, n);
    chat_buf_byte(b, ' ');

    for (i = b->len - from; i < o->text_bytes; i++) {
        chat_buf_byte(b, 'x');
    }

    chat_buf_str(b, "\"}");
}


chat_status_t
load_message_number(chat_slice_t args, uint64_t *n)
{
    size_t              at, digits;
    chat_slice_t        text, run;
    chat_json_value_t   element, member;

    at = 0;
    run = load_run();

    if (chat_json_element(args, &at, &element) != CHAT_OK
        || chat_json_element(args, &at, &element) != CHAT_OK
        || chat_json_member(element.text, chat_slice("text"), &member)
           != CHAT_OK
        || member.text.len < run.len + 4
        || memcmp(member.text.data + 1, run.data, run.len) != 0)
    {
        return CHAT_NOT_FOUND;
    }

    text = chat_slice_of(member.text.data + run.len + 2,
                         member.text.len - run.len - 2);

    for (digits = 0; digits < text.len && text.data[digits] != ' '; digits++) {
        /* void */
    }

    return chat_envelope_number(chat_slice_of(text.data, digits), n);
}
