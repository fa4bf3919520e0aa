
/*
 * Structs to documents and back by tables of their members, so that a name
 * stands once.  Readers take what other programs wrote: a number where a
 * string is wanted, int32, int64 or double where a number is; what does not
 * fit at all is absent.
 */


#include "store_mongo.h"
#include "../model.h"


void
store_put_id(bson_t *document, const char *key, const char *id)
{
    bson_oid_t  oid;

    if (bson_oid_is_valid(id, strlen(id))) {
        bson_oid_init_from_string(&oid, id);
        BSON_APPEND_OID(document, key, &oid);
        return;
    }

    BSON_APPEND_UTF8(document, key, id);
}


void
store_put_ids(bson_t *document, const char *key, const char *const *ids,
    uint32_t count)
{
    char         at[16];
    bson_t       list;
    uint32_t     i;
    const char  *name;

    BSON_APPEND_ARRAY_BEGIN(document, key, &list);

    for (i = 0; i < count; i++) {
        bson_uint32_to_string(i, &name, at, sizeof(at));
        store_put_id(&list, name, ids[i]);
    }

    bson_append_array_end(document, &list);
}


static void
store_write_field(bson_t *document, const store_field_t *field, const void *p)
{
    int64_t              number;
    const char          *text;
    const chat_slice_t  *slice;

    switch (field->type) {

    case STORE_ID:
    case STORE_UID:
        if (*(const char *) p != '\0') {
            store_put_id(document, field->name, p);
        }

        return;

    case STORE_STRING:
        text = *(const char *const *) p;
        if (text != NULL) {
            BSON_APPEND_UTF8(document, field->name, text);
        }

        return;

    case STORE_SLICE:
        slice = p;
        if (slice->len != 0) {
            bson_append_utf8(document, field->name, -1,
                             (const char *) slice->data, (int) slice->len);
        }

        return;

    case STORE_NUMBER:
        memcpy(&number, p, sizeof(number));
        BSON_APPEND_INT64(document, field->name, number);
        return;

    case STORE_BOOL:
        BSON_APPEND_BOOL(document, field->name, *(const bool *) p);
        return;

    case STORE_TIME:
        number = *(const int64_t *) p;
        if (number != 0) {
            BSON_APPEND_DATE_TIME(document, field->name, number);
        }

        return;

    case STORE_WORD:
        BSON_APPEND_UTF8(document, field->name,
                         field->words[*(const unsigned *) p]);
        return;
    }
}


void
store_write_fields(bson_t *document, const store_field_t *fields,
    const void *object)
{
    for (; fields->name != NULL; fields++) {
        store_write_field(document, fields,
                          (const char *) object + fields->offset);
    }
}


int64_t
store_number(const bson_iter_t *iter)
{
    return BSON_ITER_HOLDS_NUMBER(iter) ? bson_iter_as_int64(iter) : 0;
}


static void
store_read_id(const bson_iter_t *iter, char *id, size_t size)
{
    uint32_t     len;
    const char  *text;

    if (BSON_ITER_HOLDS_OID(iter)) {
        bson_oid_to_string(bson_iter_oid(iter), id);
        return;
    }

    if (BSON_ITER_HOLDS_UTF8(iter)) {
        text = bson_iter_utf8(iter, &len);
        if (len < size) {
            memcpy(id, text, len + 1);
        }
    }
}


static char *
store_read_string(pool_t *pool, const bson_iter_t *iter)
{
    uint32_t     len;
    const char  *text;

    if (BSON_ITER_HOLDS_NUMBER(iter)) {
        return pool_printf(pool, "%lld",
                           (long long) bson_iter_as_int64(iter));
    }

    if (!BSON_ITER_HOLDS_UTF8(iter)) {
        return NULL;
    }

    text = bson_iter_utf8(iter, &len);

    return pool_strndup(pool, text, len);
}


static unsigned
store_read_word(const bson_iter_t *iter, const char *const *words)
{
    unsigned     i;
    const char  *text;

    if (!BSON_ITER_HOLDS_UTF8(iter)) {
        return 0;
    }

    text = bson_iter_utf8(iter, NULL);

    for (i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
    }

    return 0;
}


static void
store_read_field(pool_t *pool, const bson_iter_t *iter,
    const store_field_t *field, void *p)
{
    int64_t        number;
    chat_slice_t  *slice;

    switch (field->type) {

    case STORE_ID:
        store_read_id(iter, p, sizeof(model_id_t));
        return;

    case STORE_UID:
        store_read_id(iter, p, sizeof(model_uid_t));
        return;

    case STORE_STRING:
        *(char **) p = store_read_string(pool, iter);
        return;

    case STORE_SLICE:
        slice = p;
        slice->data = (const uint8_t *) store_read_string(pool, iter);
        slice->len = (slice->data != NULL) ? strlen((char *) slice->data) : 0;
        return;

    case STORE_NUMBER:
        number = store_number(iter);
        memcpy(p, &number, sizeof(number));
        return;

    case STORE_BOOL:
        *(bool *) p = bson_iter_as_bool(iter);
        return;

    case STORE_TIME:
        *(int64_t *) p = BSON_ITER_HOLDS_DATE_TIME(iter)
                         ? bson_iter_date_time(iter) : 0;
        return;

    case STORE_WORD:
        *(unsigned *) p = store_read_word(iter, field->words);
        return;
    }
}


/* Found from where the last one was on: we write in the order of the table. */
static const store_field_t *
store_find_field(const store_field_t *fields, const store_field_t *from,
    const char *name)
{
    const store_field_t  *field;

    for (field = from; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }

    for (field = fields; field != from; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }

    return NULL;
}


void
store_read_fields(pool_t *pool, const bson_t *document,
    const store_field_t *fields, void *object)
{
    bson_iter_t           iter;
    const store_field_t  *field, *next;

    if (!bson_iter_init(&iter, document)) {
        return;
    }

    next = fields;

    while (bson_iter_next(&iter)) {
        field = store_find_field(fields, next, bson_iter_key(&iter));

        if (field != NULL) {
            store_read_field(pool, &iter, field,
                             (char *) object + field->offset);
            next = field + 1;
        }
    }
}
