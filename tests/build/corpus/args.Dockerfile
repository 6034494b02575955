ARG TAG=latest
ARG BASE=base:${TAG}
FROM ${BASE} AS first
ARG TAG
ARG COLOR=red
ARG EMPTY=
ENV TAG_WAS=${TAG:-none} COLOR_IS=$COLOR EMPTY_IS="[$EMPTY]"
RUN echo "$TAG $COLOR $EMPTY" >/args && env | grep -E '^(TAG|COLOR|EMPTY)' | sort >/env
FROM first
RUN echo "${COLOR:-gone} $COLOR_IS" >/second
ARG COLOR=blue
RUN echo "$COLOR $COLOR_IS" >>/second
ENV COLOR=green
RUN echo "$COLOR" >>/second
# not buildah: a stage does not inherit the arguments of the one it begins with
