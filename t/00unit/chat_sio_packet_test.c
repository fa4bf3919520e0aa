
/*
 * Socket.IO packets: the grammar, what each type may carry, attachments and
 * their placeholders, and the heads of packets to clients.
 */

#include "tap.h"
#include "exact.h"
#include "chat_sio_packet.h"

#define TEN     "aaaaaaaaaa"
#define FIFTY   TEN TEN TEN TEN TEN
#define DEEP64  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["                              \
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define DEEP    DEEP64 DEEP64 DEEP64 DEEP64 DEEP64 DEEP64 DEEP64 DEEP64


typedef struct {
    const char    *name;
    chat_slice_t   text;
    int64_t        id;
    const char    *nsp;
    const char    *json;
    const char    *event;
    uint32_t       attachments;
} good_t;

static const good_t  good[] = {
    { "CONNECT", BYTES("0"), -1, "/", "", "", 0 },
    { "CONNECT with auth", BYTES("0{\"token\":\"t\"}"), -1, "/",
      "{\"token\":\"t\"}", "", 0 },
    { "CONNECT, nsp to the end", BYTES("0/custom"), -1, "/custom", "", "", 0 },
    { "CONNECT, nsp and comma", BYTES("0/custom,"), -1, "/custom", "", "", 0 },
    { "CONNECT, nsp and auth", BYTES("0/custom,{}"), -1, "/custom", "{}", "",
      0 },
    { "a lone slash is the main namespace", BYTES("0/"), -1, "/", "", "", 0 },
    { "a slash and a comma too", BYTES("0/,"), -1, "/", "", "", 0 },
    { "a query belongs to the name", BYTES("0/c?x=1,"), -1, "/c?x=1", "", "",
      0 },
    { "a namespace of 128 bytes", BYTES("0/" FIFTY FIFTY TEN TEN "aaaaaaa,"),
      -1, "/" FIFTY FIFTY TEN TEN "aaaaaaa", "", "", 0 },
    { "a namespace with a space and a tilde", BYTES("0/a ~,"), -1, "/a ~", "",
      "", 0 },
    { "CONNECT's id is read and means nothing", BYTES("0123"), 123, "/", "",
      "", 0 },
    { "DISCONNECT", BYTES("1"), -1, "/", "", "", 0 },
    { "DISCONNECT of a namespace", BYTES("1/custom,"), -1, "/custom", "", "",
      0 },
    { "EVENT", BYTES("2[\"hi\"]"), -1, "/", "[\"hi\"]", "hi", 0 },
    { "EVENT with arguments", BYTES("2[\"hi\",1,{\"a\":[]}]"), -1, "/",
      "[\"hi\",1,{\"a\":[]}]", "hi", 0 },
    { "EVENT with nsp and id", BYTES("2/admin,12[\"hi\"]"), 12, "/admin",
      "[\"hi\"]", "hi", 0 },
    { "id 0 is an id", BYTES("20[\"hi\"]"), 0, "/", "[\"hi\"]", "hi", 0 },
    { "leading zeros of an id are dropped", BYTES("2007[\"hi\"]"), 7, "/",
      "[\"hi\"]", "hi", 0 },
    { "an id of 15 digits", BYTES("2999999999999999[\"hi\"]"),
      999999999999999, "/", "[\"hi\"]", "hi", 0 },
    { "white space around the JSON is cut off", BYTES("2 [ \"hi\" ]\r\n\t"),
      -1, "/", "[ \"hi\" ]", "hi", 0 },
    { "a name with a comma in a namespace", BYTES("2/a,[\"x,y\"]"), -1, "/a",
      "[\"x,y\"]", "x,y", 0 },
    { "a name in UTF-8", BYTES("2[\"caf\xc3\xa9\"]"), -1, "/",
      "[\"caf\xc3\xa9\"]", "caf\xc3\xa9", 0 },
    { "a name of 64 bytes", BYTES("2[\"" FIFTY TEN "aaaa\"]"), -1, "/",
      "[\"" FIFTY TEN "aaaa\"]", FIFTY TEN "aaaa", 0 },
    { "a name that is a number", BYTES("2[-1.5e3,2]"), -1, "/", "[-1.5e3,2]",
      "-1.5e3", 0 },
    { "an empty name", BYTES("2[\"\"]"), -1, "/", "[\"\"]", "", 0 },
    { "a name with escapes, which stay", BYTES("2[\"a\\u0062\\\"\"]"), -1, "/",
      "[\"a\\u0062\\\"\"]", "a\\u0062\\\"", 0 },
    { "a placeholder in an EVENT is plain data",
      BYTES("2[\"e\",{\"_placeholder\":true,\"num\":9}]"), -1, "/",
      "[\"e\",{\"_placeholder\":true,\"num\":9}]", "e", 0 },
    { "ACK", BYTES("312[]"), 12, "/", "[]", "", 0 },
    { "ACK with arguments", BYTES("3/admin,456[\"bar\",{}]"), 456, "/admin",
      "[\"bar\",{}]", "", 0 },
    { "ACK without payload, to be ignored", BYTES("31"), 1, "/", "", "", 0 },
    { "ACK without id, to be ignored", BYTES("3[]"), -1, "/", "[]", "", 0 },
    { "BINARY_EVENT",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"num\":0}]"), -1, "/",
      "[\"e\",{\"_placeholder\":true,\"num\":0}]", "e", 1 },
    { "BINARY_EVENT with all parts",
      BYTES("52-/a,7[\"e\",{\"num\":1,\"_placeholder\":true}]"), 7, "/a",
      "[\"e\",{\"num\":1,\"_placeholder\":true}]", "e", 2 },
    { "ten attachments", BYTES("510-[\"e\"]"), -1, "/", "[\"e\"]", "e", 10 },
    { "a placeholder deep inside, another twice",
      BYTES("52-[\"e\",{\"a\":[{\"_placeholder\":true,\"num\":1}],\"b\":"
            "[{\"_placeholder\":true,\"num\":1}]}]"), -1, "/",
      "[\"e\",{\"a\":[{\"_placeholder\":true,\"num\":1}],\"b\":"
      "[{\"_placeholder\":true,\"num\":1}]}]", "e", 2 },
    { "a number beside a placeholder that is false",
      BYTES("51-[\"e\",{\"_placeholder\":false,\"num\":7}]"), -1, "/",
      "[\"e\",{\"_placeholder\":false,\"num\":7}]", "e", 1 },
    { "a placeholder's words inside a string",
      BYTES("51-[\"e\",\"{\\\"_placeholder\\\":true,\\\"num\\\":9}\"]"), -1,
      "/", "[\"e\",\"{\\\"_placeholder\\\":true,\\\"num\\\":9}\"]", "e", 1 },
    { "BINARY_ACK", BYTES("61-12[{\"_placeholder\":true,\"num\":0}]"), 12,
      "/", "[{\"_placeholder\":true,\"num\":0}]", "", 1 }
};

static const struct {
    const char     *name;
    chat_slice_t    text;
    chat_status_t   rc;
} refused[] = {
    { "empty", BYTES(""), CHAT_BAD },
    { "unknown type", BYTES("7"), CHAT_BAD },
    { "type 9 with a payload", BYTES("9[]"), CHAT_BAD },
    { "a letter", BYTES("abc"), CHAT_BAD },
    { "a slash as type", BYTES("/"), CHAT_BAD },

    { "CONNECT with an array", BYTES("0[]"), CHAT_BAD },
    { "CONNECT with null", BYTES("0null"), CHAT_BAD },
    { "CONNECT with a string", BYTES("0\"x\""), CHAT_BAD },
    { "CONNECT with broken JSON", BYTES("0{"), CHAT_BAD },
    { "DISCONNECT with an array", BYTES("1[\"x\"]"), CHAT_BAD },
    { "DISCONNECT with a comma", BYTES("1,"), CHAT_BAD },
    { "DISCONNECT with an object", BYTES("1{}"), CHAT_BAD },
    { "CONNECT_ERROR from a client", BYTES("4{\"message\":\"x\"}"), CHAT_BAD },
    { "CONNECT_ERROR without payload", BYTES("4"), CHAT_BAD },

    { "EVENT without payload", BYTES("2"), CHAT_BAD },
    { "EVENT with an id alone", BYTES("212"), CHAT_BAD },
    { "EVENT with an empty array", BYTES("2[]"), CHAT_BAD },
    { "EVENT with an object", BYTES("2{}"), CHAT_BAD },
    { "EVENT with null", BYTES("2null"), CHAT_BAD },
    { "EVENT named null", BYTES("2[null]"), CHAT_BAD },
    { "EVENT named true", BYTES("2[true]"), CHAT_BAD },
    { "EVENT named by an object", BYTES("2[{}]"), CHAT_BAD },
    { "EVENT named by a number with a leading zero", BYTES("2[01]"), CHAT_BAD },
    { "EVENT named connect", BYTES("2[\"connect\"]"), CHAT_BAD },
    { "EVENT named connect_error", BYTES("2[\"connect_error\"]"), CHAT_BAD },
    { "EVENT named disconnect", BYTES("2[\"disconnect\"]"), CHAT_BAD },
    { "EVENT named disconnecting", BYTES("2[\"disconnecting\"]"), CHAT_BAD },
    { "EVENT named newListener", BYTES("2[\"newListener\"]"), CHAT_BAD },
    { "EVENT named removeListener", BYTES("2[\"removeListener\"]"), CHAT_BAD },
    { "EVENT with a name of 65 bytes", BYTES("2[\"" FIFTY TEN "aaaaa\"]"),
      CHAT_TOO_BIG },
    { "EVENT with text behind its payload", BYTES("2[\"a\"]x"), CHAT_BAD },
    { "EVENT nested too deep", BYTES("2[\"a\"," DEEP), CHAT_TOO_BIG },
    { "EVENT that is not UTF-8", BYTES("2[\"\xff\"]"), CHAT_NOT_UTF8 },
    { "a raw control character", BYTES("2[\"a\x1e\"]"), CHAT_BAD },

    /* a rounded or wrapped id would acknowledge somebody else's event */
    { "an id of 16 digits", BYTES("21000000000000000[\"a\"]"), CHAT_BAD },
    { "an id over int64", BYTES("299999999999999999999[\"a\"]"), CHAT_BAD },
    { "a negative id", BYTES("2-1[\"a\"]"), CHAT_BAD },
    { "an id in hex", BYTES("20x1[\"a\"]"), CHAT_BAD },
    { "an id with an exponent", BYTES("21e3[\"a\"]"), CHAT_BAD },
    { "ACK with an object", BYTES("31{}"), CHAT_BAD },
    { "ACK with a string", BYTES("31\"a\""), CHAT_BAD },

    { "no attachments in a binary packet", BYTES("50-[\"a\"]"), CHAT_BAD },
    { "a count without digits", BYTES("5-[\"a\"]"), CHAT_BAD },
    { "a count without a dash", BYTES("51[\"a\"]"), CHAT_BAD },
    { "no count at all", BYTES("5[\"a\"]"), CHAT_BAD },
    { "a count and nothing", BYTES("51"), CHAT_BAD },
    { "a count with a space", BYTES("51 -[\"a\"]"), CHAT_BAD },
    { "a count with an exponent", BYTES("51e0-[\"a\"]"), CHAT_BAD },
    { "eleven attachments", BYTES("511-[\"a\"]"), CHAT_TOO_BIG },
    { "2^32 + 1 attachments", BYTES("54294967297-[\"a\"]"), CHAT_TOO_BIG },
    { "BINARY_EVENT without payload", BYTES("51-"), CHAT_BAD },
    { "a placeholder without num", BYTES("51-[\"e\",{\"_placeholder\":true}]"),
      CHAT_BAD },
    { "a placeholder past the last attachment",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"num\":1}]"), CHAT_BAD },
    { "a placeholder below the first",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"num\":-1}]"), CHAT_BAD },
    { "half a placeholder",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"num\":0.5}]"), CHAT_BAD },
    { "a placeholder numbered by a string",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"num\":\"0\"}]"), CHAT_BAD },
    { "a placeholder numbered by an array",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"num\":[0]}]"), CHAT_BAD },
    { "a bad placeholder behind objects that are none",
      BYTES("51-[\"e\",{\"num\":0,\"a\":{\"num\":0},\"_placeholder\":true,"
            "\"num\":3}]"), CHAT_BAD },
    { "a placeholder written with escapes",
      BYTES("51-[\"e\",{\"\\u005fplaceholder\":true,\"n\\u0075m\":1}]"),
      CHAT_BAD },
    { "the inner object's num is not the outer's",
      BYTES("51-[\"e\",{\"_placeholder\":true,\"a\":{\"num\":0}}]"),
      CHAT_BAD },

    { "a namespace of 129 bytes", BYTES("0/" FIFTY FIFTY TEN TEN "aaaaaaaa,"),
      CHAT_TOO_BIG },
    { "a namespace with a line break", BYTES("0/a\nb,"), CHAT_BAD },
    { "a namespace with a NUL", BYTES("0/a\0b,"), CHAT_BAD },
    { "a namespace with a DEL", BYTES("0/a\x7f,"), CHAT_BAD },
    { "a namespace that is not UTF-8", BYTES("0/a\xc3,"), CHAT_NOT_UTF8 }
};

static const struct {
    const char       *name;
    chat_sio_type_t   type;
    uint32_t          attachments;
    chat_slice_t      nsp;
    int64_t           id;
    const char       *head;
} heads[] = {
    { "the head of an event", CHAT_SIO_EVENT, 0, BYTES("/"), -1, "42" },
    { "the head of an ack in a namespace", CHAT_SIO_ACK, 0, BYTES("/custom"),
      7, "43/custom,7" },
    { "the head of an ack 0", CHAT_SIO_ACK, 0, BYTES("/"), 0, "430" },
    { "the head of a binary event", CHAT_SIO_BINARY_EVENT, 1, BYTES("/custom"),
      -1, "451-/custom," },
    { "the head of a disconnect", CHAT_SIO_DISCONNECT, 0, BYTES("/custom"), -1,
      "41/custom," },
    { "no namespace is the main one", CHAT_SIO_CONNECT, 0, BYTES(""), -1,
      "40" }
};


static bool
is(chat_slice_t slice, const char *text)
{
    return chat_slice_eq(slice, chat_slice_of(text, strlen(text)));
}


static void
test_good(const good_t *g)
{
    chat_slice_t       text;
    chat_status_t      rc;
    chat_sio_packet_t  packet;

    text = exact(g->text);
    rc = chat_sio_parse(text, &packet);

    tap_ok(rc == CHAT_OK
           && packet.type == (chat_sio_type_t) (g->text.data[0] - '0')
           && packet.id == g->id
           && packet.attachments == g->attachments
           && is(packet.nsp, g->nsp)
           && is(packet.json, g->json)
           && is(packet.event, g->event),
           g->name);

    exact_free(text);
}


int
main(void)
{
    size_t             i;
    chat_buf_t         b;
    chat_slice_t       text;
    chat_sio_packet_t  packet;

    for (i = 0; i < countof(good); i++) {
        test_good(&good[i]);
    }

    for (i = 0; i < countof(refused); i++) {
        text = exact(refused[i].text);
        tap_is_int(chat_sio_parse(text, &packet), refused[i].rc,
                   refused[i].name);
        exact_free(text);
    }

    for (i = 0; i < countof(heads); i++) {
        chat_buf_init(&b, 1024);
        chat_sio_head_encode(&b, heads[i].type, heads[i].attachments,
                             heads[i].nsp, heads[i].id);
        tap_is_mem(b.data, b.len, heads[i].head, strlen(heads[i].head),
                   heads[i].name);
        chat_buf_free(&b);
    }

    return tap_done();
}
