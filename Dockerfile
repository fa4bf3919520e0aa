# nginx with the chat module, the worker and the web app in one image:
#
#   docker build -t ngx_chat .
#   docker run ... ngx_chat nginx -c /etc/ngx_chat/nginx.conf -g 'daemon off;'
#   docker run ... ngx_chat chat-worker -c /etc/ngx_chat/worker.conf
#
# Mount over /etc/ngx_chat a copy of conf/ with a jwt.key and the addresses of
# Redis and MongoDB (chat_redis in nginx.conf, redis and mongodb in worker.conf).

FROM debian:12 AS build

WORKDIR /src
COPY build.sh ./
COPY ngx_chat_module ngx_chat_module
COPY worker worker
COPY conf conf
COPY html html
RUN DESTDIR=/out ./build.sh install

FROM debian:12

RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d \
    && chmod 755 /usr/sbin/policy-rc.d \
    && apt-get -q update \
    && apt-get -qy install --no-install-recommends \
        nginx libhiredis0.14 libmongoc-1.0-0 libjansson4 libjwt0 libcrypt1 \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /run/ngx_chat

COPY --from=build /out /

EXPOSE 80
CMD ["nginx", "-c", "/etc/ngx_chat/nginx.conf", "-g", "daemon off;"]
