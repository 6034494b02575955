FROM scratch
MAINTAINER Ann Example <ann@example>
WORKDIR /a/b
WORKDIR relative dir
WORKDIR "/quoted"
USER 1000:1000
USER  name
EXPOSE 80
EXPOSE 80/tcp 53/udp 8000-8010/sctp
EXPOSE ${PORT:-8080} $OTHER
VOLUME /data
VOLUME /data /log
VOLUME ["/with blank", "/x"]
STOPSIGNAL SIGTERM
STOPSIGNAL 9
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
SHELL powershell -command
CMD echo $HOME
CMD ["echo", "$HOME"]
CMD []
CMD
ENTRYPOINT exec top -b
ENTRYPOINT ["top", "-b"]
ENTRYPOINT []
