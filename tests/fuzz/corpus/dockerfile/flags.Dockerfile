FROM scratch
COPY --unknown=flag x y
COPY --bare x y
COPY --a=1 --b=2 -- --x y
COPY -- x y
CMD --flag [ "a", "b" ]
CMD --flag=true -- [ ]
CMD -- --x
ENV --flag a=b
LABEL --x=y a=b
WORKDIR --flag /x
EXPOSE --flag=1 80
USER -x
VOLUME --a b
