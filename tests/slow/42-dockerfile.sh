# Dockerfiles without a RUN, built by davit and by docker's BuildKit: the same config, the same history, the same files.
. "${0%/*}/../support/flow.sh"
cd "$flow_tmp" || exit 1
work=$flow_tmp/docker
mkdir -p "$work/config" context/d
echo '{}' >"$work/config/config.json"
export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config DOCKER_BUILDKIT=1
dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" \
	--storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none >"$work/dockerd.log" 2>&1 &
dockerd=$!
docker() {
	/usr/bin/docker "$@"
}
eventually 60 docker version || fail "$(tail -n 3 "$work/dockerd.log")"
echo a >context/a
echo c >context/d/f.c
echo h >context/d/f.h
ln -s a context/link

# What an older BuildKit tells otherwise: no start interval, ports as a map, COPY without its flags, ARG without what it was given.
newer='s/^(HEALTHCHECK .*) ('"'"'[^ ]*\})$/\1 "0s" \2/; s/^EXPOSE map\[/EXPOSE [/; /^EXPOSE/s/:\{\}//g'
history_of() {
	"$1" history --no-trunc --format '{{.CreatedBy}}' "$2" | sed -E 's/^(COPY|ADD) (--[a-z]+=[^ ]* )*/\1 /; s/^(ARG [A-Z]+)=.*/\1/'
}
config_of() {
	"$1" image inspect "$2" | jq -S '.[0] | [.Author, (.Config | {User, ExposedPorts, Env, Entrypoint, Cmd, Volumes,
		WorkingDir, Labels, StopSignal, Healthcheck, OnBuild, Shell, ArgsEscaped} | with_entries(select(.value and .value != "")))]'
}
files_of() {
	"$1" save "$2" -o "$3.tar" && rm -rf "$3" && mkdir "$3" && skopeo copy -q "docker-archive:$3.tar" "oci:$3.oci:x" &&
		umoci raw unpack --image "$3.oci:x" "$3" >/dev/null 2>&1
	(cd "$3" && find . -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

# same NAME [BUILD-OPTIONS...] - the Dockerfile is standard input.
same() {
	local name=$1
	shift
	cat >context/Dockerfile
	expect docker build -q -t "$name" "$@" context
	expect davit build -q -t "$name" "$@" context
	diff <(config_of docker "$name") <(config_of davit "$name") || fail "$name: another config"
	diff <(history_of docker "$name" | sed -E "$newer") <(history_of davit "$name") || fail "$name: another history"
	diff <(files_of docker "$name" theirs) <(files_of davit "$name" ours) || fail "$name: other files"
}

test "every instruction makes the config that docker's makes"
same config <<'END'
FROM scratch
MAINTAINER Some One <a@b>
LABEL "k 1"="v \"q\"" l='s $x'
LABEL legacy the rest  of it
COPY a /a
WORKDIR /w/x
WORKDIR sub
USER 1000:1000
EXPOSE 80 53/UDP 90-92
VOLUME /data /log
VOLUME ["/json vol"]
STOPSIGNAL SIGUSR1
HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=5s --retries=3 CMD curl "x" || exit 1
ONBUILD COPY a /onb
CMD echo $HOME "x"
SHELL ["/bin/bash", "-c"]
ENTRYPOINT exec top
CMD ["x", "é", "\"q\""]
END

test "variables are worth what they are worth there"
same variables --build-arg GIVEN=outside --build-arg W=w <<'END'
ARG G=global
FROM scratch
ARG V=1
ARG W
ARG GIVEN=inside
ARG G
ENV A=$V B="two words" C='$V' D=a\ b E=\$V
ENV F=${A:-x}${NONE:-y}${NONE:+z}${A:+z} PATH=/bin:$PATH
ENV legacy $A and "$B"
ENV abc=hello
ENV abc=bye def=$abc
ENV ghi=$abc given=$GIVEN w=$W g=$G
LABEL a="$A" b='$A' c=$A$B
COPY a /$V/${W}/
WORKDIR /$A
USER $V
EXPOSE ${V}80
VOLUME /$V
STOPSIGNAL $V
CMD echo $V
END

test "stages give what is copied from them, and their config"
same stages <<'END'
FROM scratch AS base
ARG V=1
ENV A=$V
COPY --chown=1:2 a d/*.c /dest/
ADD a link /x/
ONBUILD COPY d /onb
ONBUILD ENV ON=1
CMD ["base"]
FROM scratch AS other
COPY d /d
FROM base
COPY --from=other /d/f.h /f
COPY --from=1 /d /whole
ENTRYPOINT ["/a", "b c"]
ENV A=2 Z=$A
END
kill "$dockerd"
wait "$dockerd"
