
/*
 * Ids and slots against values worked out with openssl and zlib: a change of
 * any of them would lose every conversation that exists.
 */

#include "tap.h"
#include "exact.h"
#include "chat_id.h"

#define A16  "aaaaaaaaaaaaaaaa"
#define A64  A16 A16 A16 A16
#define B16  "bbbbbbbbbbbbbbbb"
#define B64  B16 B16 B16 B16
#define K16  "kkkkkkkkkkkkkkkk"
#define U16  "uuuuuuuuuuuuuuuu"


static const struct {
    const char    *name;
    chat_slice_t   a, b;
    const char    *id;
} directs[] = {
    { "two ObjectIds", BYTES("507f1f77bcf86cd799439011"),
      BYTES("507f191e810c19729de860ea"), "7d9052b76c5d0219e94770da" },
    { "two short ids", BYTES("alice"), BYTES("bob"),
      "d4ad24bd7bf591c4109c027f" },
    { "an id that begins another", BYTES("bobby"), BYTES("bob"),
      "7fafe429d6208f47d7bfaf23" },
    { "somebody with himself", BYTES("same"), BYTES("same"),
      "493516f7bbb92439fede4394" },
    { "the longest ids", BYTES(A64), BYTES(B64), "10c89652d8c5f41bda95428a" }
};

static const struct {
    const char    *name;
    chat_slice_t   uid, conversation, client_id;
    const char    *id;
} messages[] = {
    { "a message named by its client", BYTES("507f1f77bcf86cd799439011"),
      BYTES("56171b79b12ed21fb8c1b434"), BYTES("c-1"),
      "da4271880b44e3c8eea20df5" },
    { "a message with the longest names", BYTES(U16 U16 U16 U16),
      BYTES("56171b79b12ed21fb8c1b434"),
      BYTES(K16 K16 K16 K16 K16 K16 K16 K16), "9063f55d1f80811c07da118b" }
};

static const struct {
    const char    *name;
    chat_slice_t   text;
    uint32_t       slots;
    uint32_t       slot;
} slots[] = {
    { "nothing is in slot 0", BYTES(""), 16, 0 },
    { "CRC-32's check value", BYTES("123456789"), 1024, 0xcbf43926 % 1024 },
    { "an id in 16 slots", BYTES("507f1f77bcf86cd799439011"), 16, 7 },
    { "an id in 1024 slots", BYTES("507f1f77bcf86cd799439011"), 1024, 71 },
    { "another id in 16 slots", BYTES("ffffffffffffffffffffffff"), 16, 14 },
    { "another id in 1000 slots", BYTES("ffffffffffffffffffffffff"), 1000,
      0x4bf9119e % 1000 },
    { "one slot holds all", BYTES("alice"), 1, 0 }
};

static const struct {
    const char     *name;
    chat_slice_t    text;
    chat_status_t   rc;
    const char     *id;
} ids[] = {
    { "24 hex digits", BYTES("507f1f77bcf86cd799439011"), CHAT_OK,
      "507f1f77bcf86cd799439011" },
    { "capitals become small", BYTES("507F1F77BCF86CD799439ABC"), CHAT_OK,
      "507f1f77bcf86cd799439abc" },
    { "23 digits", BYTES("507f1f77bcf86cd79943901"), CHAT_BAD, "" },
    { "25 digits", BYTES("507f1f77bcf86cd7994390111"), CHAT_BAD, "" },
    { "no digits", BYTES(""), CHAT_BAD, "" },
    { "a g", BYTES("507f1f77bcf86cd79943901g"), CHAT_BAD, "" },
    { "a space", BYTES("507f1f77bcf86cd79943901 "), CHAT_BAD, "" },
    { "a NUL", BYTES("507f1f77bcf86cd79943901\0"), CHAT_BAD, "" },
    { "0x", BYTES("0x7f1f77bcf86cd799439011"), CHAT_BAD, "" },
    { "a byte that small letters would hide", BYTES("\x10"
      "07f1f77bcf86cd799439011"), CHAT_BAD, "" }
};

static const struct {
    const char    *name;
    chat_slice_t   text;
    const char    *uid;          /* NULL: none */
} uids[] = {
    { "an ObjectId", BYTES("507f1f77bcf86cd799439011"),
      "507f1f77bcf86cd799439011" },
    { "an ObjectId in capitals is lower-cased",
      BYTES("507F1F77BCF86CD799439ABC"), "507f1f77bcf86cd799439abc" },
    { "another id keeps its capitals", BYTES("Alice_B-9"), "Alice_B-9" },
    { "24 letters that are no hex keep theirs",
      BYTES("507F1F77BCF86CD79943901G"), "507F1F77BCF86CD79943901G" },
    { "one letter", BYTES("Z"), "Z" },
    { "64 letters", BYTES(A64), A64 },
    { "65 letters", BYTES(A64 "a"), NULL },
    { "nothing", BYTES(""), NULL },
    { "a space", BYTES("a b"), NULL },
    { "a colon, which joins ids in digests", BYTES("a:b"), NULL },
    { "a slash", BYTES("a/b"), NULL },
    { "a dot", BYTES("a.b"), NULL },
    { "an at sign", BYTES("@"), NULL },
    { "a bracket, one above Z", BYTES("["), NULL },
    { "a backtick, one below a", BYTES("`"), NULL },
    { "a brace, one above z", BYTES("{"), NULL },
    { "a line break", BYTES("a\n"), NULL },
    { "a NUL", BYTES("a\0"), NULL },
    { "a letter above ASCII", BYTES("\xc3\xa9"), NULL },
    { "an asterisk", BYTES("*"), NULL }
};


static void
test_source(void)
{
    size_t            i;
    char              id[CHAT_ID_LEN];
    chat_id_source_t  source;

    static const uint8_t  random[8] = {
        0xde, 0xad, 0xbe, 0xef, 0x01, 0xff, 0xff, 0xfe
    };
    static const char  *expected[] = {
        "65a0f00ddeadbeef01fffffe", "65a0f00ddeadbeef01ffffff",
        "65a0f00ddeadbeef01000000"
    };
    static const char  *names[] = {
        "an id is the second, the random part, the counter",
        "the counter counts",
        "and wraps into nobody else's bytes"
    };

    chat_id_source_init(&source, random);

    for (i = 0; i < 3; i++) {
        chat_id_next(&source, 0x65a0f00d, id);
        tap_is_mem(id, sizeof(id), expected[i], CHAT_ID_LEN, names[i]);
    }

    chat_id_next(&source, UINT32_MAX, id);
    tap_is_mem(id, 8, "ffffffff", 8, "the last second of 32 bits is one");
}


static void
test_uids(void)
{
    size_t         i, len;
    char           uid[CHAT_UID_MAX];
    chat_slice_t   text;
    chat_status_t  rc;

    for (i = 0; i < countof(uids); i++) {
        text = exact(uids[i].text);
        rc = chat_uid_parse(text, uid, &len);

        tap_ok((rc == CHAT_OK) == (uids[i].uid != NULL)
               && chat_uid_valid(text) == (uids[i].uid != NULL)
               && (rc != CHAT_OK
                   || chat_slice_eq(chat_slice_of(uid, len),
                                    chat_slice_of(uids[i].uid,
                                                  strlen(uids[i].uid)))),
               uids[i].name);

        exact_free(text);
    }
}


int
main(void)
{
    char           id[CHAT_ID_LEN], turned[CHAT_ID_LEN];
    size_t         i;
    chat_slice_t   text;
    chat_status_t  rc;

    for (i = 0; i < countof(directs); i++) {
        chat_id_direct(directs[i].a, directs[i].b, id);
        chat_id_direct(directs[i].b, directs[i].a, turned);

        tap_is_mem(id, sizeof(id), directs[i].id, CHAT_ID_LEN,
                   directs[i].name);
        tap_is_mem(turned, sizeof(turned), id, sizeof(id),
                   "    whoever is named first");
    }

    for (i = 0; i < countof(messages); i++) {
        chat_id_message(messages[i].uid, messages[i].conversation,
                        messages[i].client_id, id);
        tap_is_mem(id, sizeof(id), messages[i].id, CHAT_ID_LEN,
                   messages[i].name);
    }

    for (i = 0; i < countof(slots); i++) {
        tap_is_int(chat_slot(slots[i].text, slots[i].slots), slots[i].slot,
                   slots[i].name);
    }

    for (i = 0; i < countof(ids); i++) {
        text = exact(ids[i].text);
        rc = chat_id_parse(text, id);
        tap_ok(rc == ids[i].rc
               && (rc != CHAT_OK || memcmp(id, ids[i].id, CHAT_ID_LEN) == 0),
               ids[i].name);
        exact_free(text);
    }

    test_source();
    test_uids();

    return tap_done();
}
