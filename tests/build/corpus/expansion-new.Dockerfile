FROM base
ENV A=one.two.one EMPTY=
ENV B=${NOT-dash} C=${A+plus} D=${EMPTY-kept} E=${EMPTY:-else}
ENV F=${A#one.} G=${A##*.} H=${A%.*} I=${A%%.*} J=${A/one/1} K=${A//one/1}
RUN env | grep -E '^[B-K]=' | sort >/env
# not docker, not buildah: too old for these
