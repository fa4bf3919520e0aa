
/*
 * A small table, each place the last one remembered
 * there: a miss costs a find, never an error.  What is wrong here is wrong for
 * ten seconds, and only that a conversation with a disabled account begins.
 */


#include "peers.h"
#include "chat_id.h"
#include "../model.h"

#include <stdio.h>


#define PEERS_PLACES  1024


static struct {
    model_uid_t   uid;
    int64_t       seen_ms;
} peers[PEERS_PLACES];


static uint32_t
peers_place(const char *uid)
{
    return chat_slot(chat_slice_of(uid, strlen(uid)), PEERS_PLACES);
}


bool
peers_known(const char *uid, int64_t now_ms)
{
    uint32_t  i;

    i = peers_place(uid);

    return strcmp(peers[i].uid, uid) == 0
           && now_ms - peers[i].seen_ms < PEERS_LIFE_MS;
}


void
peers_remember(const char *uid, int64_t now_ms)
{
    uint32_t  i;

    i = peers_place(uid);
    snprintf(peers[i].uid, sizeof(model_uid_t), "%s", uid);
    peers[i].seen_ms = now_ms;
}
