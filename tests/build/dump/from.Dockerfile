# Every way to begin a stage.
ARG VERSION=12
ARG REGISTRY
FROM debian:${VERSION} AS base
FROM --platform=$BUILDPLATFORM debian:12-slim as tools
from scratch
FROM registry.example:5000/team/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS pinned
FROM base As Third.Stage_1
FROM   	tools
