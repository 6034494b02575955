# syntax=docker/dockerfile:1.7
ARG PYTHON=3.12
FROM python:${PYTHON}-slim-bookworm AS wheels
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /wheels
COPY requirements*.txt ./
RUN --mount=type=cache,target=/root/.cache/pip,id=pip-${PYTHON} \
    pip wheel --wheel-dir=/wheels -r requirements.txt

FROM python:${PYTHON}-slim-bookworm
LABEL org.opencontainers.image.title="shop" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
RUN groupadd --gid 10001 app \
 && useradd --uid 10001 --gid app --home-dir /app --shell /usr/sbin/nologin app
COPY --from=wheels /wheels /wheels
RUN pip install --no-index --find-links=/wheels /wheels/*.whl && rm -rf /wheels
WORKDIR /app
COPY --chown=app:app --exclude=tests --exclude=**/*.pyc . .
USER app
EXPOSE 8000/tcp
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"]
ENTRYPOINT ["gunicorn"]
CMD ["shop.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2"]
