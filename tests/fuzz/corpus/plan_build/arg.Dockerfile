ARG FIRST
ARG SECOND=two THIRD="three words" FOURTH='four'
FROM scratch
ARG FIRST=one\ word
ARG SECOND
ARG WITH=${SECOND:+"set"} EMPTY=
