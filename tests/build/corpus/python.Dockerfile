FROM base AS build
WORKDIR /build
COPY requirements.txt .
RUN mkdir -p /venv/bin && while read -r name; do echo "$name" >"/venv/$name"; done <requirements.txt
COPY app app

FROM base AS runtime
ENV PYTHONUNBUFFERED=1 PATH="/venv/bin:$PATH"
RUN echo app:x:100:101::/srv:/bin/sh >>/etc/passwd && echo app:x:101: >>/etc/group
WORKDIR /srv
COPY --from=build --chown=app:app /venv /venv
COPY --chown=app:app app ./app
USER app
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD wget -qO- http://localhost:8000/ || exit 1
ENTRYPOINT ["python3", "-m", "app"]
CMD ["--port", "8000"]
