FROM base
RUN echo app:x:1000:1000::/home/app:/bin/sh >>/etc/passwd && echo app:x:1000: >>/etc/group
RUN mkdir -p /app/data && chown -R app:app /app
USER app
WORKDIR /app
RUN { id -u; id -g; } >who && touch data/mine && umask >mask
COPY --chown=app:app one.txt two.txt ./
COPY --chown=app three.txt /app/
COPY three.txt root-owned
USER 0
RUN { id -u; id -g; } >who-then && chmod 600 one.txt
USER app:app
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["id"]
