# COE Hub for production. `docker compose up --build` builds and starts it; see docker-compose.yml.

# --- build: a virtual environment from the locked, hashed runtime dependencies
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.lock /tmp/requirements.lock
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /tmp/requirements.lock
# psycopg2-binary brings its own libpq and OpenSSL. To use the system's instead (as its authors advise for production),
# build it from source here and add libpq5 to the next stage:
#   RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev python3-dev
#   RUN /opt/venv/bin/pip uninstall -y psycopg2-binary && /opt/venv/bin/pip install "psycopg2>=2.9.10,<3"

# --- the image
FROM python:3.12-slim
LABEL org.opencontainers.image.title="COE Hub" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COE_MODE=production \
    STATIC_ROOT=/srv/coe/staticfiles \
    VAR_DIR=/data
RUN useradd --system --uid 10001 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin coe \
    && install -d -o coe -g coe -m 0750 /data
WORKDIR /srv/coe
COPY --from=build /opt/venv /opt/venv
COPY . .
# A key only for this step: collectstatic reads settings but signs nothing.
RUN SECRET_KEY=only-for-collectstatic-at-build-time-0123456789abcdefghijklmnop ALLOWED_HOSTS=build.invalid VAR_DIR=/tmp/build \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q coe config governance metrics training \
    && rm -rf /tmp/build
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 CMD ["python", "docker/health.py", "web"]
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "2", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
