# syntax=docker/dockerfile:1
FROM debian
RUN <<EOF
apt-get update
apt-get install -y gcc
EOF
RUN <<-'SCRIPT'
	set -e
	echo "$HOME"
	SCRIPT
RUN <<EOF python3
# not a comment of the Dockerfile
print("hello \
world")

EOF
RUN cat <<A >/a && cat <<"B" >/b
from a
A
from b
B
RUN 3<<FD cat <&3
three
FD
RUN << SPACED
x
SPACED
COPY <<file.conf <<-other.conf /etc/app/
key = $value
[section]
file.conf
	indented
other.conf
COPY --chmod=755 --from=scratch <<"exact.sh" local /bin/
#!/bin/sh
exact.sh
ADD <<'END' /x
EOF
END
RUN echo "<<NOT" '<<NOT' \<\<NOT
RUN ["sh", "-c", "cat <<NOT"]
RUN cat <<<word
USER <<NOT
ONBUILD RUN <<EOF
echo later
EOF
ONBUILD COPY <<a.txt /a
a
a.txt
CMD <<NOT
