
/*
 * How far conversations go: the highest seq that is stored in each.  The
 * roster numbers on from there when it loads a batch's conversations.
 */


#include "store_message.h"
#include "store_mongo.h"


typedef struct {
    const char *const  *ids;
    uint32_t            count;
    uint64_t           *seqs;
} message_seqs_t;


static void
message_read_seq(const bson_t *document, void *data)
{
    model_id_t       id;
    uint32_t         i;
    bson_iter_t      iter;
    message_seqs_t  *seqs = data;

    if (!bson_iter_init_find(&iter, document, "_id")
        || !BSON_ITER_HOLDS_OID(&iter))
    {
        return;
    }

    bson_oid_to_string(bson_iter_oid(&iter), id);

    for (i = 0; i < seqs->count; i++) {
        if (strcmp(seqs->ids[i], id) == 0
            && bson_iter_init_find(&iter, document, "seq"))
        {
            seqs->seqs[i] = (uint64_t) store_number(&iter);
        }
    }
}


store_status_t
store_message_last_seqs(store_t *store, const char *const *ids, uint32_t count,
    uint64_t *seqs)
{
    bson_t           *pipeline, in = BSON_INITIALIZER;
    message_seqs_t    data;

    memset(seqs, 0, count * sizeof(uint64_t));

    data.ids = ids;
    data.count = count;
    data.seqs = seqs;

    store_put_ids(&in, "$in", ids, count);

    /* Sorted and grouped like this, and not otherwise, the server looks at one
     * key of the index a conversation (DISTINCT_SCAN). */

    pipeline = BCON_NEW("pipeline", "[",
        "{", "$match", "{", "conversationId", BCON_DOCUMENT(&in), "}", "}",
        "{", "$sort", "{", "conversationId", BCON_INT32(-1),
                           "seq", BCON_INT32(-1), "}", "}",
        "{", "$group", "{", "_id", "$conversationId",
                            "seq", "{", "$first", "$seq", "}", "}", "}",
        "]");
    bson_destroy(&in);

    return store_aggregate(store, STORE_MESSAGES, pipeline, NULL,
                           message_read_seq, &data);
}
