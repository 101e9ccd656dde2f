# badinbox as a container: docker build -t badinbox .
#
# Runs as a user of its own, and with a read-only root: all that is written is in the volume /data,
# which keeps the authority to trust and has the scenarios of yours.
FROM python:3.13-slim AS build
COPY . /src
RUN python -m venv /opt/badinbox && /opt/badinbox/bin/pip install --no-cache-dir /src

FROM python:3.13-slim
RUN useradd --uid 10001 --home-dir /data --create-home badinbox
COPY --from=build /opt/badinbox /opt/badinbox
ENV PATH=/opt/badinbox/bin:$PATH HOME=/data PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8025/ready', timeout=2)"]
ENTRYPOINT ["badinbox"]
CMD ["serve", "--all", "--quiet", "--ca", "/data/ca", "--api-port", "8025", "--ports-file", "/data/ports.json"]
