FROM base
RUN mkdir -p /real /data && ln -s /real /via && ln -s ../data /real/rel && ln -s nowhere /dangling
COPY one.txt /via/
COPY tree /via/rel/
COPY two.txt /via/rel/x/y/
RUN ln /via/one.txt /hard && ln -s /etc/passwd /abs
COPY links/ /links/
COPY links/to-one /one-copied
