
/*
 * Every name that module and worker must agree on (docs/bus.md).  Keys and
 * channels are written behind the prefix that both sides configure.
 */

#ifndef CHAT_BUS_NAMES_H
#define CHAT_BUS_NAMES_H


#define CHAT_BUS_VERSION          1
#define CHAT_BUS_PREFIX           "chat:"     /* default */
#define CHAT_BUS_FIELD            "j"

#define CHAT_BUS_META             "meta"      /* hash: version slots epoch
                                                 run_id */
#define CHAT_BUS_WORKERS          "workers"   /* hash by process */
#define CHAT_BUS_JOBS             "jobs:"     /* jobs:<lane>:<slot>, stream */
#define CHAT_BUS_TAKEN            "taken:"    /* taken:<lane>:<slot>, string */
#define CHAT_BUS_TRIES            "tries:"    /* tries:<lane>:<slot>, hash */
#define CHAT_BUS_DEAD             "jobs:dead" /* stream */
#define CHAT_BUS_SLOT             "slot:"     /* slot:<lane>:<slot>, lease */
#define CHAT_BUS_LOG              "log:"      /* log:<uid>, log:conv:<id>,
                                                 streams; hears:<uid>, set */
#define CHAT_BUS_MARKS            "marks:"    /* marks:<conversation>, hash */
#define CHAT_BUS_BLOB             "blob:"     /* blob:<id>, string */
#define CHAT_BUS_NODE             "node:"     /* node:<incarnation>, lease */

#define CHAT_BUS_REPLY            "reply:"    /* channels */
#define CHAT_BUS_USER             "user:"
#define CHAT_BUS_CONV             "conv:"
#define CHAT_BUS_ALL              "all"

#define CHAT_LANE_DEFAULT         "default"
#define CHAT_LANE_READ            "read"
#define CHAT_LANE_AUTH            "auth"
#define CHAT_LANE_UPLOAD          "upload"
#define CHAT_LANE_MAX             16          /* bytes of a lane's name */

#define CHAT_BUS_INCARNATION_MAX  96          /* <node>.<pid>.<8 hex> */
#define CHAT_BUS_REPLY_INLINE     16384       /* larger bodies: a blob */
#define CHAT_BUS_JOB_INLINE       262144
#define CHAT_BUS_JOB_MAX          (16 * 1024 * 1024)


#endif /* CHAT_BUS_NAMES_H */
