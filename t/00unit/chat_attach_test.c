
/* Attachments: the list of lengths against the body, then one by one. */

#include "tap.h"
#include "exact.h"
#include "chat_attach.h"


static const struct {
    const char    *name;
    chat_slice_t   lengths;
    chat_slice_t   body;
    chat_status_t  status;
    size_t         rest;         /* of the body */
    const char    *parts;        /* each in brackets */
} cases[] = {
    { "no header", { 0, NULL }, BYTES("[1]"), CHAT_OK, 3, "" },
    { "one", BYTES("2"), BYTES("[1]ab"), CHAT_OK, 3, "<ab>" },
    { "an empty one", BYTES("0"), BYTES("[1]"), CHAT_OK, 3, "<>" },
    { "three", BYTES("1,0,2"), BYTES("[]abc"), CHAT_OK, 2, "<a><><bc>" },
    { "nothing before them", BYTES("1"), BYTES("a"), CHAT_OK, 0, "<a>" },
    { "longer than the body", BYTES("6"), BYTES("[1]ab"), CHAT_BAD, 0, "" },
    { "together longer", BYTES("3,3"), BYTES("[1]ab"), CHAT_BAD, 0, "" },
    { "huge ones", BYTES("999999999999999,999999999999999"),
      BYTES("[1]"), CHAT_BAD, 0, "" },
    { "a number too long", BYTES("9999999999999999"), BYTES("[1]"), CHAT_BAD,
      0, "" },
    { "no number", BYTES("x"), BYTES("[1]ab"), CHAT_BAD, 0, "" },
    { "a sign", BYTES("-1"), BYTES("[1]ab"), CHAT_BAD, 0, "" },
    { "nothing between commas", BYTES("1,,1"), BYTES("[1]ab"), CHAT_BAD, 0,
      "" },
    { "a comma at the end", BYTES("1,"), BYTES("[1]ab"), CHAT_BAD, 0, "" },
    { "a comma alone", BYTES(","), BYTES("[1]ab"), CHAT_BAD, 0, "" },
};


static void
parts_of(chat_attach_t *attach, chat_buf_t *b)
{
    chat_slice_t  bytes;

    while (chat_attach_next(attach, &bytes) == CHAT_OK) {
        chat_buf_byte(b, '<');
        chat_buf_slice(b, bytes);
        chat_buf_byte(b, '>');
    }
}


int
main(void)
{
    char           text[64];
    size_t         i;
    chat_buf_t     b;
    chat_slice_t   body, whole, lengths;
    chat_status_t  rc;
    chat_attach_t  attach;

    for (i = 0; i < countof(cases); i++) {
        whole = exact(cases[i].body);
        lengths = exact(cases[i].lengths);
        body = whole;

        rc = chat_attach_cut(lengths, &body, &attach);
        tap_is_int(rc, cases[i].status, cases[i].name);

        if (rc == CHAT_OK) {
            tap_is_int((int64_t) body.len, (int64_t) cases[i].rest,
                       "... what is left");
            chat_buf_init_fixed(&b, text, sizeof(text));
            parts_of(&attach, &b);
            chat_buf_byte(&b, '\0');
            tap_ok(strcmp(text, cases[i].parts) == 0, cases[i].parts);
        }

        exact_free(whole);
        exact_free(lengths);
    }

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_attach_add(&b, 3);
    chat_attach_add(&b, 0);
    chat_attach_add(&b, 17);
    chat_buf_byte(&b, '\0');
    tap_ok(strcmp(text, "3,0,17") == 0, "a list is written");

    return tap_done();
}
