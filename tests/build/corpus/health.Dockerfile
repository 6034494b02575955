FROM base AS with
HEALTHCHECK --interval=5s --timeout=3s --retries=2 CMD ["true"]
CMD ["sleep", "1"]
FROM with AS changed
HEALTHCHECK --start-period=1m CMD wget -q localhost || exit 1
FROM changed
STOPSIGNAL 9
