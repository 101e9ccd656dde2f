#!/usr/bin/env bash
# Installs the real servers of the lab (Debian, as root), in the folder that is given:
#
#   tests/lab/install.sh .ci/cache/lab
#   BADINBOX_LAB=$PWD/.ci/cache/lab .venv/bin/pytest -n 2 tests/lab
#
# Exim conflicts with Postfix and Courier with Dovecot: of each pair one is installed, the other
# unpacked. No daemon is started.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
lab=$(realpath -m "$1")

no_services() {
    local policy=/usr/sbin/policy-rc.d
    [ -e $policy ] && { "$@"; return; }
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy
    "$@"
    rm $policy
}

apt-get update -q >/dev/null
no_services apt-get install -q -y --no-install-recommends dovecot-imapd postfix \
    libcourier-unicode4 libdb5.3 libgamin0 libgdbm6 libgnutls-dane0 libidn12 libltdl7 libnsl2 \
    >/dev/null
packages=$(mktemp -d)
(cd "$packages" && apt-get download -q -o APT::Sandbox::User=root \
    exim4-daemon-light courier-imap courier-base courier-authlib >/dev/null)
mkdir -p "$lab"
for package in "$packages"/*.deb; do dpkg -x "$package" "$lab"; done
rm -r "$packages"
id Debian-exim >/dev/null 2>&1 ||
    useradd --system --no-create-home --shell /usr/sbin/nologin Debian-exim
