/*
 * MongoDB for the tests and for build.sh, which speak JSON.
 *
 * "mongo_tool URI" reads one command document a line from stdin, runs it on
 * the database its "$db" names (else on the URI's), and prints the reply as one
 * line of relaxed extended JSON.  A command that failed prints its error
 * document, so that the reader sees what the server said.
 *
 * "mongo_tool --primary HOST:PORT SET" makes a server started with --replSet
 * the primary of a one-member set and waits until it is.  The set remembers
 * its member's address, so a server that came back on another port is told so.
 */

#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PRIMARY_TRIES     300
#define PRIMARY_PAUSE_NS  50000000L


static void
print_json(const bson_t *doc)
{
    char  *json;

    json = bson_as_relaxed_extended_json(doc, NULL);
    puts(json);
    fflush(stdout);
    bson_free(json);
}


static void
print_error(const bson_error_t *err)
{
    bson_t  doc = BSON_INITIALIZER;

    BSON_APPEND_INT32(&doc, "ok", 0);
    BSON_APPEND_INT32(&doc, "code", err->code);
    BSON_APPEND_UTF8(&doc, "errmsg", err->message);
    print_json(&doc);
    bson_destroy(&doc);
}


static mongoc_client_t *
connect_to(const char *text)
{
    bson_error_t      err;
    mongoc_uri_t     *uri;
    mongoc_client_t  *client;

    uri = mongoc_uri_new_with_error(text, &err);
    if (uri == NULL) {
        fprintf(stderr, "mongo_tool: %s\n", err.message);
        exit(2);
    }

    client = mongoc_client_new_from_uri(uri);
    mongoc_uri_destroy(uri);
    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);

    return client;
}


/* "$db" is the tool's own field: the server must not see it. */
static void
run_line(mongoc_client_t *client, const char *default_db, const char *line,
    size_t len)
{
    char          *db;
    bson_t         given, command = BSON_INITIALIZER, reply;
    bson_iter_t    it;
    bson_error_t   err;

    if (!bson_init_from_json(&given, line, (ssize_t) len, &err)) {
        print_error(&err);
        return;
    }

    db = bson_strdup(default_db);

    if (bson_iter_init_find(&it, &given, "$db") && BSON_ITER_HOLDS_UTF8(&it)) {
        bson_free(db);
        db = bson_strdup(bson_iter_utf8(&it, NULL));
    }

    bson_copy_to_excluding_noinit(&given, &command, "$db", NULL);

    /* without a reply of the server there is only the driver's error */
    if (!mongoc_client_command_simple(client, db, &command, NULL, &reply, &err)
        && bson_empty(&reply))
    {
        print_error(&err);

    } else {
        print_json(&reply);
    }

    bson_destroy(&reply);
    bson_destroy(&command);
    bson_destroy(&given);
    bson_free(db);
}


static int
serve(const char *uri)
{
    char             *line = NULL, *db;
    size_t            size = 0;
    ssize_t           len;
    mongoc_client_t  *client;

    client = connect_to(uri);
    db = bson_strdup(mongoc_uri_get_database(mongoc_client_get_uri(client)));

    while ((len = getline(&line, &size, stdin)) > 0) {
        run_line(client, db != NULL ? db : "test", line, (size_t) len);
    }

    free(line);
    bson_free(db);
    mongoc_client_destroy(client);

    return 0;
}


static bool
admin_command(mongoc_client_t *client, bson_t *command, bson_t *reply)
{
    bool          ok;
    bson_error_t  err;

    ok = mongoc_client_command_simple(client, "admin", command, NULL, reply,
                                      &err);
    bson_destroy(command);

    return ok;
}


static void
initiate(mongoc_client_t *client, const char *address, const char *set)
{
    bson_t  reply;

    admin_command(client, BCON_NEW("replSetInitiate", "{",
                      "_id", BCON_UTF8(set),
                      "members", "[", "{", "_id", BCON_INT32(0),
                          "host", BCON_UTF8(address), "}", "]",
                  "}"), &reply);
    bson_destroy(&reply);
}


/* Forced, because a member that does not find itself has no primary to ask. */
static void
move_to(mongoc_client_t *client, const char *address, const char *set)
{
    bson_t  reply;

    admin_command(client, BCON_NEW("replSetReconfig", "{",
                      "_id", BCON_UTF8(set),
                      "version", BCON_INT32((int32_t) time(NULL)),
                      "members", "[", "{", "_id", BCON_INT32(0),
                          "host", BCON_UTF8(address), "}", "]",
                  "}", "force", BCON_BOOL(true)), &reply);
    bson_destroy(&reply);
}


/* True when primary under this very address; else does what helps. */
static bool
advance(mongoc_client_t *client, const char *address, const char *set)
{
    bool         primary = false, known;
    bson_t       reply;
    bson_iter_t  it;

    if (!admin_command(client, BCON_NEW("hello", BCON_INT32(1)), &reply)) {
        bson_destroy(&reply);
        return false;
    }

    if (bson_iter_init_find(&it, &reply, "isWritablePrimary")) {
        primary = bson_iter_as_bool(&it);
    }

    known = bson_iter_init_find(&it, &reply, "me")
            && strcmp(bson_iter_utf8(&it, NULL), address) == 0;
    bson_destroy(&reply);

    if (known) {
        return primary;
    }

    if (admin_command(client, BCON_NEW("replSetGetConfig", BCON_INT32(1)),
                      &reply))
    {
        move_to(client, address, set);

    } else if (bson_iter_init_find(&it, &reply, "codeName")
               && strcmp(bson_iter_utf8(&it, NULL), "NotYetInitialized") == 0)
    {
        initiate(client, address, set);
    }

    bson_destroy(&reply);

    return false;
}


static int
make_primary(const char *address, const char *set)
{
    int               tries;
    bool              primary;
    char              uri[256];
    struct timespec   pause = { 0, PRIMARY_PAUSE_NS };
    mongoc_client_t  *client;

    snprintf(uri, sizeof(uri), "mongodb://%s/?directConnection=true", address);

    /* a new client each time: one that was refused would wait 5 s */

    for (tries = 0; tries < PRIMARY_TRIES; tries++) {
        client = connect_to(uri);
        primary = advance(client, address, set);
        mongoc_client_destroy(client);

        if (primary) {
            return 0;
        }

        nanosleep(&pause, NULL);
    }

    fprintf(stderr, "mongo_tool: %s does not become primary\n", address);

    return 1;
}


int
main(int argc, char **argv)
{
    int  rc;

    mongoc_init();
    mongoc_log_set_handler(NULL, NULL);

    if (argc == 4 && strcmp(argv[1], "--primary") == 0) {
        rc = make_primary(argv[2], argv[3]);

    } else if (argc == 2) {
        rc = serve(argv[1]);

    } else {
        fprintf(stderr, "usage: mongo_tool URI\n"
                        "       mongo_tool --primary HOST:PORT SET\n");
        rc = 2;
    }

    mongoc_cleanup();

    return rc;
}
