FROM base AS assets
WORKDIR /site
COPY site/ .
RUN for f in *.html; do sed 's/@VERSION@/1/' "$f" >"/tmp/$f" && cat "/tmp/$f" >"$f"; done && rm -r /tmp/*.html

FROM base
LABEL maintainer="web@example" org.opencontainers.image.title="A site"
COPY --from=assets --chown=33:33 /site /var/www
EXPOSE 80 443/tcp
VOLUME /var/log/web
STOPSIGNAL SIGQUIT
CMD ["httpd", "-f", "-h", "/var/www"]
