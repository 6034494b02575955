FROM base
RUN <<END
echo one >/one
echo "$HOME" >/home-is
END
RUN <<'QUOTED' cat >/quoted
keep $this
QUOTED
COPY <<first <<-second /files/
value of A: $A
first
	tab cut
second
COPY --chmod=700 <<"script" /bin/script
#!/bin/sh
echo "$1"
script
RUN /bin/script ran >/ran
# not docker, not buildah: too old for here-documents
