
/*
 * The envelope: what goes in comes out, and no value can make a line of its
 * own, whichever end is asked.
 */

#include "tap.h"
#include "exact.h"
#include "chat_envelope.h"

#define TEN      "aaaaaaaaaa"
#define HUNDRED  TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HEAD     "id http 0 n.1.a"


static const struct {
    const char            *name;
    chat_envelope_kind_t   kind;
    chat_slice_t           text;
    chat_status_t          rc;
} texts[] = {
    { "a job without headers or body", CHAT_ENVELOPE_JOB, BYTES(HEAD "\n\n"),
      CHAT_OK },
    { "a job with headers and a body", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid: u1\npath: /api/x\n\n{}"), CHAT_OK },
    { "a reply", CHAT_ENVELOPE_REPLY,
      BYTES("id 200 application/json\n\n{}"), CHAT_OK },
    { "an event", CHAT_ENVELOPE_EVENT, BYTES("1.2 d c1 7\n\n[\"a\",{}]\n"),
      CHAT_OK },
    { "a body with blank lines and NULs", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\n\n\n\n\0uid: u2\n\n"), CHAT_OK },
    { "an empty value", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nquery: \n\n"),
      CHAT_OK },
    { "a value with colons and spaces", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nagent:  a: b :c \n\n"), CHAT_OK },
    { "a value that is not ASCII", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nagent: \xc3\xa9\xff\n\n"), CHAT_OK },
    { "an encoded line break stays encoded", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\npath: /a%0Auid:%20root\n\n"), CHAT_OK },
    { "a word of 128 bytes", CHAT_ENVELOPE_REPLY,
      BYTES(HUNDRED TEN TEN "aaaaaaaa 200 -\n\n"), CHAT_OK },

    { "nothing", CHAT_ENVELOPE_JOB, BYTES(""), CHAT_BAD },
    { "a head without its line break", CHAT_ENVELOPE_JOB, BYTES(HEAD),
      CHAT_BAD },
    { "no blank line", CHAT_ENVELOPE_JOB, BYTES(HEAD "\n"), CHAT_BAD },
    { "no blank line behind headers", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid: u1\n"), CHAT_BAD },
    { "a header cut off", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuid: u1"),
      CHAT_BAD },
    { "a word missing", CHAT_ENVELOPE_JOB, BYTES("id http 0\n\n"), CHAT_BAD },
    { "a word too many", CHAT_ENVELOPE_JOB, BYTES(HEAD " x\n\n"), CHAT_BAD },
    { "a word too many in a reply", CHAT_ENVELOPE_REPLY,
      BYTES("id 200 - -\n\n"), CHAT_BAD },
    { "an empty word", CHAT_ENVELOPE_JOB, BYTES("id  0 n.1.a\n\n"),
      CHAT_BAD },
    { "an empty first word", CHAT_ENVELOPE_JOB, BYTES(" http 0 n.1.a\n\n"),
      CHAT_BAD },
    { "an empty last word", CHAT_ENVELOPE_JOB, BYTES("id http 0 \n\n"),
      CHAT_BAD },
    { "an empty head", CHAT_ENVELOPE_JOB, BYTES("\n\n"), CHAT_BAD },
    { "a tab in the head", CHAT_ENVELOPE_JOB, BYTES("id http 0 n\t1\n\n"),
      CHAT_BAD },
    { "a DEL in the head", CHAT_ENVELOPE_JOB, BYTES("id http 0 n\x7f\n\n"),
      CHAT_BAD },
    { "a word of 129 bytes", CHAT_ENVELOPE_REPLY,
      BYTES(HUNDRED TEN TEN "aaaaaaaaa 200 -\n\n"), CHAT_TOO_BIG },
    { "CRLF behind the head", CHAT_ENVELOPE_JOB, BYTES(HEAD "\r\n\r\n"),
      CHAT_BAD },
    { "CRLF behind a header", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid: u1\r\n\n"), CHAT_BAD },
    { "CRLF as the blank line", CHAT_ENVELOPE_JOB, BYTES(HEAD "\n\r\n"),
      CHAT_BAD },
    { "a NUL in a value", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuid: a\0b\n\n"),
      CHAT_BAD },
    { "a tab in a value", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuid: a\tb\n\n"),
      CHAT_BAD },
    { "a DEL in a value", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuid: \x7f\n\n"),
      CHAT_BAD },
    { "a name that comes twice", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid: u1\nuid: u2\n\n"), CHAT_BAD },
    { "a name that comes twice, empty first", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid: \nuid: u2\n\n"), CHAT_BAD },
    { "an unknown name", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuidx: u1\n\n"),
      CHAT_BAD },
    { "a name cut short", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nui: u1\n\n"),
      CHAT_BAD },
    { "a name in capitals", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nUid: u1\n\n"),
      CHAT_BAD },
    { "an empty name", CHAT_ENVELOPE_JOB, BYTES(HEAD "\n: u1\n\n"), CHAT_BAD },
    { "a space in front of a name", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\n uid: u1\n\n"), CHAT_BAD },
    { "a space in front of the colon", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid : u1\n\n"), CHAT_BAD },
    { "no space behind the colon", CHAT_ENVELOPE_JOB,
      BYTES(HEAD "\nuid:u1\n\n"), CHAT_BAD },
    { "a name without a value", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuid\n\n"),
      CHAT_BAD },
    { "a space and no colon", CHAT_ENVELOPE_JOB, BYTES(HEAD "\n uid\n\n"),
      CHAT_BAD },
    { "a colon and nothing", CHAT_ENVELOPE_JOB, BYTES(HEAD "\nuid:\n\n"),
      CHAT_BAD }
};

static const struct {
    const char    *name;
    chat_slice_t   value;
    bool           fits;
} values[] = {
    { "a plain value is encoded", BYTES("u1"), true },
    { "an empty value is encoded", BYTES(""), true },
    { "bytes above ASCII are encoded", BYTES("\x80\xff"), true },
    { "a line break would forge a line", BYTES("u1\nuid: root"), false },
    { "a carriage return is refused", BYTES("u1\r"), false },
    { "a NUL is refused", BYTES("u\0" "1"), false },
    { "0x1F is refused", BYTES("\x1f"), false },
    { "DEL is refused", BYTES("\x7f"), false }
};

static const struct {
    const char    *name;
    chat_slice_t   word;
    bool           fits;
} words[] = {
    { "a plain word is encoded", BYTES("id"), true },
    { "a word may be above ASCII", BYTES("\xc3\xa9"), true },
    { "a missing word is refused", BYTES(""), false },
    { "a word with a space is refused", BYTES("a b"), false },
    { "a word with a line break is refused", BYTES("a\nb"), false },
    { "a word with DEL is refused", BYTES("a\x7f"), false },
    { "a word of 129 bytes is refused", BYTES(HUNDRED TEN TEN "aaaaaaaaa"),
      false }
};

static const struct {
    const char     *name;
    chat_slice_t    text;
    chat_status_t   rc;
    uint64_t        n;
} numbers[] = {
    { "the number 0", BYTES("0"), CHAT_OK, 0 },
    { "a number with leading zeros", BYTES("007"), CHAT_OK, 7 },
    { "a number of 15 digits", BYTES("999999999999999"), CHAT_OK,
      999999999999999 },
    { "a number of 16 digits", BYTES("1000000000000000"), CHAT_BAD, 0 },
    { "no digits", BYTES(""), CHAT_BAD, 0 },
    { "a dash", BYTES("-"), CHAT_BAD, 0 },
    { "a negative number", BYTES("-1"), CHAT_BAD, 0 },
    { "a plus", BYTES("+1"), CHAT_BAD, 0 },
    { "a space in front", BYTES(" 1"), CHAT_BAD, 0 },
    { "a space behind", BYTES("1 "), CHAT_BAD, 0 },
    { "a colon, one above the digits", BYTES("1:"), CHAT_BAD, 0 },
    { "hex", BYTES("0x1"), CHAT_BAD, 0 }
};


/* Fills all that a job has: four words, every header, a body. */
static void
fill(chat_envelope_t *e)
{
    size_t         i;
    chat_header_t  h;

    static const char  letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";

    memset(e, 0, sizeof(chat_envelope_t));

    for (i = 0; i < 4; i++) {
        e->words[i] = chat_slice_of(letters + i, 3);
    }

    for (h = 0; h < CHAT_H_N; h++) {
        e->headers[h] = chat_slice_of(letters + h, 2);
    }

    e->body = chat_slice("body\n\nuid: u\0");
}


static bool
same(const chat_envelope_t *a, const chat_envelope_t *b, size_t from)
{
    size_t         i;
    chat_header_t  h;

    for (i = from; i < 4; i++) {
        if (!chat_slice_eq(a->words[i], b->words[i])) {
            return false;
        }
    }

    for (h = 0; h < CHAT_H_N; h++) {
        if (!chat_slice_eq(a->headers[h], b->headers[h])
            || (a->headers[h].data == NULL) != (b->headers[h].data == NULL))
        {
            return false;
        }
    }

    return chat_slice_eq(a->body, b->body);
}


static void
test_decode(size_t i)
{
    chat_buf_t       b;
    chat_slice_t     text;
    chat_status_t    rc;
    chat_envelope_t  e, again;

    text = exact(texts[i].text);
    rc = chat_envelope_decode(texts[i].kind, text, &e);

    if (!tap_is_int(rc, texts[i].rc, texts[i].name) || rc != CHAT_OK) {
        exact_free(text);
        return;
    }

    chat_buf_init(&b, 65536);
    chat_envelope_encode(&b, texts[i].kind, &e);

    tap_ok(chat_buf_status(&b) == CHAT_OK
           && chat_envelope_decode(texts[i].kind, chat_buf_view(&b), &again)
              == CHAT_OK
           && same(&e, &again, 0),
           "    and encoded again it is the same");

    chat_buf_free(&b);
    exact_free(text);
}


static void
test_round(void)
{
    chat_buf_t       b;
    chat_status_t    rc;
    chat_envelope_t  e, again;

    fill(&e);

    chat_buf_init(&b, 65536);
    chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &e);

    rc = chat_envelope_decode(CHAT_ENVELOPE_JOB, chat_buf_view(&b), &again);
    tap_ok(rc == CHAT_OK && same(&e, &again, 0),
           "every header and word makes the journey");

    chat_buf_reset(&b);
    chat_buf_str(&b, "17.42 ");
    chat_envelope_encode_event_tail(&b, &e);

    rc = chat_envelope_decode(CHAT_ENVELOPE_EVENT, chat_buf_view(&b), &again);
    tap_ok(rc == CHAT_OK && same(&e, &again, 1)
           && chat_slice_eq(again.words[0], chat_slice("17.42")),
           "an offset in front of an event's tail makes the event");

    chat_buf_free(&b);
}


static void
test_wire(void)
{
    chat_buf_t       b;
    chat_envelope_t  e;

    static const char  wire[] =
        "5f1e http 15000 n1.7.0a\nuid: u1\ntoken-session: s\nmethod: POST\n"
        "path: /api/x\nquery: \nset-cookie: a=b; Path=/\nreason: no\n\n{}";

    memset(&e, 0, sizeof(e));
    e.words[0] = chat_slice("5f1e");
    e.words[1] = chat_slice("http");
    e.words[2] = chat_slice("15000");
    e.words[3] = chat_slice("n1.7.0a");
    e.headers[CHAT_H_UID] = chat_slice("u1");
    e.headers[CHAT_H_TOKEN_SESSION] = chat_slice("s");
    e.headers[CHAT_H_METHOD] = chat_slice("POST");
    e.headers[CHAT_H_PATH] = chat_slice("/api/x");
    e.headers[CHAT_H_QUERY] = chat_slice("");
    e.headers[CHAT_H_SET_COOKIE] = chat_slice("a=b; Path=/");
    e.headers[CHAT_H_REASON] = chat_slice("no");
    e.body = chat_slice("{}");

    chat_buf_init(&b, 1024);
    chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &e);
    tap_is_mem(b.data, b.len, wire, strlen(wire),
               "a job on the wire is what the documents show");
    chat_buf_free(&b);
}


static void
test_forbidden(void)
{
    size_t           i;
    chat_buf_t       b;
    chat_slice_t     big;
    chat_envelope_t  e;

    static uint8_t  aaa[CHAT_ENVELOPE_VALUE_MAX + 1];

    chat_buf_init(&b, 65536);

    for (i = 0; i < countof(values); i++) {
        fill(&e);
        e.headers[CHAT_H_PATH] = values[i].value;

        chat_buf_reset(&b);
        chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &e);
        tap_is_int(chat_buf_status(&b), values[i].fits ? CHAT_OK : CHAT_BAD,
                   values[i].name);
    }

    for (i = 0; i < countof(words); i++) {
        fill(&e);
        e.words[3] = words[i].word;

        chat_buf_reset(&b);
        chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &e);
        tap_is_int(chat_buf_status(&b), words[i].fits ? CHAT_OK : CHAT_BAD,
                   words[i].name);
    }

    memset(aaa, 'a', sizeof(aaa));
    big = chat_slice_of(aaa, CHAT_ENVELOPE_VALUE_MAX);

    fill(&e);
    e.headers[CHAT_H_COOKIE] = big;
    chat_buf_reset(&b);
    chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &e);
    tap_is_int(chat_buf_status(&b), CHAT_OK, "the longest value is encoded");
    tap_is_int(chat_envelope_decode(CHAT_ENVELOPE_JOB, chat_buf_view(&b), &e),
               CHAT_OK, "and decoded");

    big.len++;
    fill(&e);
    e.headers[CHAT_H_COOKIE] = big;
    chat_buf_reset(&b);
    chat_envelope_encode(&b, CHAT_ENVELOPE_JOB, &e);
    tap_is_int(chat_buf_status(&b), CHAT_BAD, "one byte longer is refused");

    chat_buf_reset(&b);
    chat_buf_str(&b, HEAD "\ncookie: ");
    chat_buf_slice(&b, big);
    chat_buf_str(&b, "\n\n");
    tap_is_int(chat_envelope_decode(CHAT_ENVELOPE_JOB, chat_buf_view(&b), &e),
               CHAT_TOO_BIG, "by the decoder too");

    chat_buf_free(&b);
}


int
main(void)
{
    size_t         i;
    uint64_t       n;
    chat_status_t  rc;

    for (i = 0; i < countof(texts); i++) {
        test_decode(i);
    }

    test_round();
    test_wire();
    test_forbidden();

    for (i = 0; i < countof(numbers); i++) {
        rc = chat_envelope_number(numbers[i].text, &n);
        tap_ok(rc == numbers[i].rc && (rc != CHAT_OK || n == numbers[i].n),
               numbers[i].name);
    }

    return tap_done();
}
