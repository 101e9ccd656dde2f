#!/usr/bin/env bash
# Installs the real servers of the lab (Debian, as root), in .ci/cache/lab or the folder given; the
# tests look in $BADINBOX_LAB, else there. Does nothing where all is in place.
#
# Exim conflicts with Postfix, Courier and Cyrus with Dovecot: of each one is installed, the others
# unpacked. No daemon is started.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
lab=$(realpath -m "${1:-$(dirname "$0")/../../.ci/cache/lab}")
installed=(dovecot-auth-lua dovecot-imapd postfix gamin libcourier-unicode4 libdb5.3 libgamin0 libgdbm6
    libgnutls-dane0 libidn12 libltdl7 libnsl2 cyrus-common)
unpacked=(exim4-daemon-light courier-imap courier-base courier-authlib cyrus-imapd)

if dpkg -s "${installed[@]}" >/dev/null 2>&1 && [ -e "$lab/complete-2" ] && id Debian-exim >/dev/null 2>&1
then
    exit
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy
fi
apt-get update -q >/dev/null
apt-get install -q -y --no-install-recommends "${installed[@]}" >/dev/null

mkdir -p "$lab/packages"
(cd "$lab/packages" && apt-get download -q -o APT::Sandbox::User=root "${unpacked[@]}" >/dev/null)
for package in "$lab"/packages/*.deb; do dpkg -x "$package" "$lab"; done
rm -r "$lab/packages"
id Debian-exim >/dev/null 2>&1 ||
    useradd --system --no-create-home --shell /usr/sbin/nologin Debian-exim
touch "$lab/complete-2"
