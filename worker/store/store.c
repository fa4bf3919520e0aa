
/*
 * The connection to MongoDB: one client a process, made after fork, and what
 * its answers mean.  A call ends in time: server selection, connecting and the
 * socket have limits, and nothing is retried behind our back.
 *
 * store_errors[] is the only place that knows MongoDB's codes: above, there
 * are six answers.
 */


#include "store_mongo.h"
#include "../log.h"

#include <stdlib.h>
#include <time.h>


#define STORE_CONNECT_MS  1000
#define STORE_CALL_MS     1500
#define STORE_AWAY_MS     1000     /* no new search for a server that long */
#define STORE_DATABASE    "chat"     /* if the URI names none */


struct store_s {
    mongoc_client_t      *client;
    mongoc_database_t    *database;
    mongoc_collection_t  *collections[STORE_COLLECTIONS];
    bool                  up;
    int64_t               away_until_ms;
};


static const char  *const store_names[STORE_COLLECTIONS] = {
    "users", "conversations", "messages", "refreshTokens"
};


/*
 * Code 0: any of the domain.  What is not here is refused for good only if it
 * is the server's word about a document, or the driver's, which did not send
 * it; of anything else the outcome is unknown.
 */
static const struct {
    uint32_t         domain;
    uint32_t         code;
    store_status_t   status;
} store_errors[] = {
    { MONGOC_ERROR_SERVER_SELECTION, 0, STORE_UNAVAILABLE },
    { MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE,
      STORE_UNAVAILABLE },
    { MONGOC_ERROR_CLIENT, MONGOC_ERROR_STREAM_NAME_RESOLUTION,
      STORE_UNAVAILABLE },
    { MONGOC_ERROR_CLIENT, MONGOC_ERROR_STREAM_CONNECT, STORE_UNAVAILABLE },
    { MONGOC_ERROR_SASL, 0, STORE_UNAVAILABLE },
    { MONGOC_ERROR_SCRAM, 0, STORE_UNAVAILABLE },
    { MONGOC_ERROR_STREAM, 0, STORE_UNKNOWN },
    { MONGOC_ERROR_PROTOCOL, 0, STORE_UNKNOWN },
    { MONGOC_ERROR_WRITE_CONCERN, 0, STORE_UNKNOWN },
    { MONGOC_ERROR_SERVER, 11000, STORE_DUPLICATE },
    { MONGOC_ERROR_SERVER, 11001, STORE_DUPLICATE },
    { MONGOC_ERROR_SERVER, 12582, STORE_DUPLICATE },
    { MONGOC_ERROR_SERVER, 6, STORE_UNKNOWN },       /* HostUnreachable */
    { MONGOC_ERROR_SERVER, 7, STORE_UNKNOWN },       /* HostNotFound */
    { MONGOC_ERROR_SERVER, 24, STORE_UNKNOWN },      /* LockTimeout */
    { MONGOC_ERROR_SERVER, 43, STORE_UNKNOWN },      /* CursorNotFound */
    { MONGOC_ERROR_SERVER, 46, STORE_UNKNOWN },      /* LockBusy */
    { MONGOC_ERROR_SERVER, 50, STORE_UNKNOWN },      /* MaxTimeMSExpired */
    { MONGOC_ERROR_SERVER, 64, STORE_UNKNOWN },      /* WriteConcernFailed */
    { MONGOC_ERROR_SERVER, 89, STORE_UNKNOWN },      /* NetworkTimeout */
    { MONGOC_ERROR_SERVER, 91, STORE_UNKNOWN },      /* ShutdownInProgress */
    { MONGOC_ERROR_SERVER, 112, STORE_UNKNOWN },     /* WriteConflict */
    { MONGOC_ERROR_SERVER, 134, STORE_UNKNOWN },     /* ReadConcernNotYet */
    { MONGOC_ERROR_SERVER, 189, STORE_UNKNOWN },     /* PrimarySteppedDown */
    { MONGOC_ERROR_SERVER, 237, STORE_UNKNOWN },     /* CursorKilled */
    { MONGOC_ERROR_SERVER, 262, STORE_UNKNOWN },     /* ExceededTimeLimit */
    { MONGOC_ERROR_SERVER, 9001, STORE_UNKNOWN },    /* SocketException */
    { MONGOC_ERROR_SERVER, 10058, STORE_UNKNOWN },   /* LegacyNotPrimary */
    { MONGOC_ERROR_SERVER, 10107, STORE_UNKNOWN },   /* NotWritablePrimary */
    { MONGOC_ERROR_SERVER, 11600, STORE_UNKNOWN },   /* InterruptedAtShutdown */
    { MONGOC_ERROR_SERVER, 11601, STORE_UNKNOWN },   /* Interrupted */
    { MONGOC_ERROR_SERVER, 11602, STORE_UNKNOWN },   /* ReplStateChange */
    { MONGOC_ERROR_SERVER, 13435, STORE_UNKNOWN },   /* NotPrimaryNoSec. */
    { MONGOC_ERROR_SERVER, 13436, STORE_UNKNOWN },   /* NotPrimaryOrSecondary */
    { MONGOC_ERROR_SERVER, 14031, STORE_UNKNOWN },   /* OutOfDiskSpace */
    { MONGOC_ERROR_SERVER, 0, STORE_REFUSED },
    { MONGOC_ERROR_BSON, 0, STORE_REFUSED },
    { MONGOC_ERROR_COMMAND, 0, STORE_REFUSED },
    { MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_TOO_BIG, STORE_REFUSED },
};


static store_status_t
store_classify(const bson_error_t *error)
{
    size_t  i;

    for (i = 0; i < sizeof(store_errors) / sizeof(store_errors[0]); i++) {
        if (store_errors[i].domain == error->domain
            && (store_errors[i].code == 0
                || store_errors[i].code == error->code))
        {
            return store_errors[i].status;
        }
    }

    return STORE_UNKNOWN;
}


static int64_t
store_now_ms(void)
{
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}


bool
store_is_away(const store_t *store)
{
    return !store->up && store_now_ms() < store->away_until_ms;
}


/* A server that is away is said once, not at each call. */
static void
store_note(store_t *store, store_status_t status)
{
    bool  up;

    up = status != STORE_UNAVAILABLE && status != STORE_UNKNOWN;

    if (up && !store->up) {
        log_info("store: MongoDB answers");
    }

    if (status == STORE_UNAVAILABLE) {
        store->away_until_ms = store_now_ms() + STORE_AWAY_MS;
    }

    store->up = up;
}


store_status_t
store_result(store_t *store, const char *what, bool ok,
    const bson_error_t *error)
{
    bool            told;
    store_status_t  status;

    status = ok ? STORE_OK : store_classify(error);

    told = status == STORE_OK || status == STORE_DUPLICATE
           || (status == STORE_UNAVAILABLE && store->away_until_ms != 0
               && !store->up);

    if (!told) {
        log_warn("store: %s: %s (%u.%u)", what, error->message, error->domain,
                 error->code);
    }

    store_note(store, status);

    return status;
}


mongoc_collection_t *
store_collection(store_t *store, store_collection_t which)
{
    return store->collections[which];
}


/* What the driver says of itself: its own words, at our level "debug". */
static void
store_driver_log(mongoc_log_level_t level, const char *domain,
    const char *message, void *data)
{
    (void) data;

    if (level == MONGOC_LOG_LEVEL_ERROR || level == MONGOC_LOG_LEVEL_CRITICAL) {
        log_error("store: %s: %s", domain, message);
        return;
    }

    log_debug("store: %s: %s", domain, message);
}


/* Majority and journal unless the URI says otherwise; false for w=0, with
 * which no answer could be believed. */
static bool
store_set_write_concern(mongoc_uri_t *uri)
{
    mongoc_write_concern_t  *concern;

    concern = mongoc_write_concern_copy(mongoc_uri_get_write_concern(uri));

    if (mongoc_write_concern_get_w(concern)
        == MONGOC_WRITE_CONCERN_W_UNACKNOWLEDGED)
    {
        mongoc_write_concern_destroy(concern);
        return false;
    }

    if (mongoc_write_concern_get_w(concern) == MONGOC_WRITE_CONCERN_W_DEFAULT) {
        mongoc_write_concern_set_wmajority(concern, STORE_CALL_MS);
    }

    if (!mongoc_write_concern_journal_is_set(concern)) {
        mongoc_write_concern_set_journal(concern, true);
    }

    mongoc_write_concern_set_wtimeout_int64(concern, STORE_CALL_MS);
    mongoc_uri_set_write_concern(uri, concern);
    mongoc_write_concern_destroy(concern);

    return true;
}


static mongoc_uri_t *
store_parse_uri(const char *text)
{
    mongoc_uri_t  *uri;
    bson_error_t   error;

    uri = mongoc_uri_new_with_error(text, &error);
    if (uri == NULL) {
        log_error("store: mongodb URI: %s", error.message);
        return NULL;
    }

    if (!store_set_write_concern(uri)) {
        log_error("store: mongodb URI: w=0 cannot be used");
        mongoc_uri_destroy(uri);
        return NULL;
    }

    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_SERVERSELECTIONTRYONCE,
                                  false);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS,
                                   STORE_CONNECT_MS);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS,
                                   STORE_CALL_MS);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS,
                                   STORE_CALL_MS);

    return uri;
}


store_t *
store_create(const char *text, const char *name)
{
    size_t         i;
    store_t       *store;
    const char    *database;
    mongoc_uri_t  *uri;

    mongoc_init();
    mongoc_log_set_handler(store_driver_log, NULL);

    uri = store_parse_uri(text);
    if (uri == NULL) {
        return NULL;
    }

    store = calloc(1, sizeof(store_t));
    if (store != NULL) {
        store->client = mongoc_client_new_from_uri(uri);
    }

    if (store == NULL || store->client == NULL) {
        log_error("store: cannot make a client");
        free(store);
        mongoc_uri_destroy(uri);
        return NULL;
    }

    mongoc_client_set_error_api(store->client, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_set_appname(store->client, name);

    database = mongoc_uri_get_database(uri);
    store->database = mongoc_client_get_database(store->client,
                                 (database != NULL) ? database
                                                    : STORE_DATABASE);

    for (i = 0; i < STORE_COLLECTIONS; i++) {
        store->collections[i] = mongoc_database_get_collection(store->database,
                                                               store_names[i]);
    }

    mongoc_uri_destroy(uri);

    return store;
}


void
store_destroy(store_t **p)
{
    size_t    i;
    store_t  *store = *p;

    if (store == NULL) {
        return;
    }

    for (i = 0; i < STORE_COLLECTIONS; i++) {
        mongoc_collection_destroy(store->collections[i]);
    }

    mongoc_database_destroy(store->database);
    mongoc_client_destroy(store->client);
    free(store);
    *p = NULL;

    mongoc_cleanup();
}


bool
store_ping(store_t *store)
{
    bool            ok;
    bson_t          ping = BSON_INITIALIZER;
    bson_error_t    error;

    if (store->up) {
        return true;
    }

    BSON_APPEND_INT32(&ping, "ping", 1);

    ok = mongoc_database_command_simple(store->database, &ping, NULL, NULL,
                                        &error);
    bson_destroy(&ping);

    return store_result(store, "ping", ok, &error) == STORE_OK;
}
