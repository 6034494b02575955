FROM scratch
HEALTHCHECK NONE
HEALTHCHECK CMD curl -f http://localhost/ || exit 1
HEALTHCHECK --interval=5m --timeout=3s CMD ["curl", "-f", "http://localhost/"]
HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=5s --start-interval=1s --retries=3 \
  CMD /check.sh --quiet
HEALTHCHECK   none
healthcheck cmd true
HEALTHCHECK
HEALTHCHECK CMD
HEALTHCHECK --interval=1s TCP 80
