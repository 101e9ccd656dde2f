#!/usr/bin/env bash
# Installs the real servers of the lab (Debian, as root), in .ci/cache/lab or the folder given; the
# tests look in $BADINBOX_LAB, else there. Does nothing where all is in place.
#
# Exim conflicts with Postfix, Courier and Cyrus with Dovecot: of each one is installed, the others
# unpacked. OpenSMTPD is Debian 13's, unpacked with its libraries, as Debian 12's cannot do TLS. No
# daemon is started.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
lab=$(realpath -m "${1:-$(dirname "$0")/../../.ci/cache/lab}")
installed=(dovecot-auth-lua dovecot-imapd postfix gamin libcourier-unicode4 libdb5.3 libgamin0 libgdbm6
    libgnutls-dane0 libidn12 libltdl7 libnsl2 cyrus-common)
unpacked=(exim4-daemon-light courier-imap courier-base courier-authlib cyrus-imapd)

opensmtpd=(opensmtpd libc6 libcrypt1 libdb5.3t64 libevent-2.1-7t64 libpam0g libssl3t64 zlib1g libaudit1
    libcap-ng0 libzstd1)

mirror() {
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | sed -n '0,/^bookworm /s/^bookworm //p'
}

# Debian 13's packages are looked up in lists of their own, from where this machine has Debian 12's:
# its own lists stay as they are.
unpack_opensmtpd() {
    local new=$lab/opensmtpd-new lists=$lab/opensmtpd-lists package
    [ -n "$(mirror)" ] || apt-get update -q >/dev/null
    rm -rf "$new" "$lists"
    mkdir -p "$new/packages" "$lists/lists/partial" "$lists/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) trixie main" \
        >"$lists/sources.list"
    local apt=(-q -o Dir::Etc::sourcelist="$lists/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists="$lists/lists" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root)
    apt-get "${apt[@]}" update >/dev/null
    (cd "$new/packages" && apt-get "${apt[@]}" download "${opensmtpd[@]}" >/dev/null)
    for package in "$new"/packages/*.deb; do dpkg -x "$package" "$new"; done
    for folder in bin lib lib64 sbin; do ln -s "usr/$folder" "$new/$folder"; done
    rm -r "$new/packages" "$new/usr/share" "$new"/usr/lib/*/gconv "$lists"
    rm -rf "$lab/opensmtpd" && mv "$new" "$lab/opensmtpd"
}

[ -x "$lab/opensmtpd/usr/sbin/smtpd" ] || unpack_opensmtpd
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
