#!/usr/bin/env bash
# The image of the Dockerfile, built and run for real: bash tests/shipping/container.sh
#
# Wants root on Debian, and apt-get install podman buildah runc netavark iptables debootstrap. Where no
# registry can be asked, Debian's own Python stands in for the base image, under its name. Minutes; so
# it is no part of the tests, which follow the Dockerfile's steps without a container.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
export CONTAINERS_CONF=$scratch/containers.conf
# The limits of a machine that is itself a container cannot be raised.
printf '[containers]\ndefault_ulimits = ["nofile=%s:%s", "nproc=2000:2000"]\n[network]\nnetwork_backend = "netavark"\n' "$(ulimit -Hn)" "$(ulimit -Hn)" >"$CONTAINERS_CONF"
engine() {
    podman --root "$scratch/images" --runroot "$scratch/run" --storage-driver vfs --runtime runc --cgroup-manager cgroupfs "$@"
}
confined=(--read-only --cap-drop ALL --security-opt no-new-privileges --no-healthcheck)
finish() {
    engine rm --force --all >/dev/null 2>&1 || true
    engine volume rm --all --force >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap finish EXIT

base=$(sed -n 's/^FROM \(\S*\)$/\1/p' Dockerfile)
if ! engine pull -q "docker.io/library/$base"; then
    debian=$(sed -n 's/^URIs: //p' /etc/apt/sources.list.d/*.sources | head -n 1)
    debootstrap --variant=minbase --include=python3-venv,python3-pip,ca-certificates,python-is-python3 \
        stable "$scratch/base" "$debian" >"$scratch/debootstrap.log"
    tar -C "$scratch/base" -c . | engine import -q - "docker.io/library/$base"
fi
own=()
[ ! -e /etc/pip.conf ] || own=(-v /etc/pip.conf:/etc/pip.conf:ro -v /etc/ssl/certs:/etc/ssl/certs:ro)
git archive --format tar HEAD | (mkdir "$scratch/context" && tar -C "$scratch/context" -x)
engine build -q --format docker --network host --isolation chroot "${own[@]}" -t badinbox "$scratch/context"

ready() { # ready NAME: by the very command of the HEALTHCHECK
    local check
    check=$(sed -n 's/^ *CMD \["python", "-c", "\(.*\)"\]$/\1/p' Dockerfile)
    for _ in $(seq 100); do
        ! engine exec "$1" python -c "$check" 2>/dev/null || return 0
    done
    engine logs "$1"
    return 1
}
says() { # says TEXT COMMAND…
    local said
    said=$("${@:2}" 2>&1) || true
    grep -qF -- "$1" <<<"$said" || { echo "expected: $1; said: $said" && return 1; }
}

echo "== as compose.yaml has it: another container shares its network and its volume"
engine run -d --name all "${confined[@]}" -v data:/data badinbox >/dev/null
ready all
says "uid=10001" engine exec all id
says "Read-only file system" engine exec all touch /x
cat >"$scratch/client.py" <<'PYTHON'
import imaplib, json, ssl
wanted = "unauthorized/bad-password-imap[gmail]"
[settings] = [each["settings"] for each in json.load(open("/data/ports.json"))["mailboxes"] if each["id"] == wanted]
server = settings["imap"]["host"], settings["imap"]["port"]
trusted = ssl.create_default_context(cafile="/data/ca/ca.pem")
imaplib.IMAP4_SSL(*server, ssl_context=trusted).login(settings["email"], settings["password"])
PYTHON
says "[AUTHENTICATIONFAILED] Invalid credentials" engine run --rm "${confined[@]}" --network container:all -v data:/data:ro \
    -v "$scratch/client.py:/client.py:ro" --entrypoint python badinbox /client.py

echo "== one server that others reach, through a mapped port"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
engine run -d --name any "${confined[@]}" -v data:/data -p "127.0.0.1:$port:993" --sysctl net.ipv4.ip_unprivileged_port_start=0 badinbox \
    serve --any --quiet --ca /data/ca --api-port 8025 --bind 0.0.0.0 --expose --host mail.test --own-ports 9100-9199 >/dev/null
ready any
engine exec any cat /data/ca/ca.pem >"$scratch/ca.pem"
says "no scenario is called 'unauthorized.bad-pasword-imap.gmail'; did you mean" curl -sSv --cacert "$scratch/ca.pem" \
    --connect-to "mail.test:993:127.0.0.1:$port" -u 'unauthorized.bad-pasword-imap.gmail@badinbox.test:x' imaps://mail.test/
engine stop -t 10 all any >/dev/null
says 143 engine inspect any --format '{{.State.ExitCode}}'
echo "all is so"
