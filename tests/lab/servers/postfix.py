"""Postfix: one instance, with a port for each way of being set up."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import ClassVar

from tests.lab.cases import USER, Case
from tests.lab.client import Address, Protocol
from tests.lab.servers.dovecot import AuthServer
from tests.lab.servers.dovecot import missing as dovecot_missing
from tests.lab.servers.process import PROFILES, site, version

DAEMONS = Path("/usr/lib/postfix/sbin")
FOLDERS = (
    "active bounce corrupt defer deferred flush hold incoming private saved trace maildrop "
    "pid public data"
)

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.test
mydestination = example.test
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps = inline:{{ {{anna=x}} {{other=x}} {{full=x}} {{gone=x}} }}
local_transport = discard
default_transport = discard
relay_transport = discard
smtpd_sasl_type = dovecot
smtpd_sasl_path = auth.sock
smtpd_sasl_auth_enable = yes
smtpd_tls_chain_files = {folder}/valid.pem
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_client_event_limit_exceptions =
smtpd_error_sleep_time = 0
smtpd_sender_login_maps = inline:{{ {{ {user}={user} }} {{ other@example.test=someone-else }} }}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
message_size_limit = 26214400
virtual_mailbox_limit = 0
mailbox_size_limit = 0
"""

SERVICES = """\
anvil unix - - n - 1 anvil
checking unix n - n - 0 cleanup -o header_checks=regexp:{folder}/headers
smtpd pass - - n - - smtpd
tlsproxy unix - - n - 0 tlsproxy
dnsblog unix - - n - 0 dnsblog
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
error unix - - n - - error
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""

CLIENTS = """\
127.0.0.66 REJECT Your IP address is blocked
127.0.0.67 554 5.7.1 Service unavailable; Client host [127.0.0.67] blocked using zen.example; see https://example/query
127.0.0.68 421 4.7.0 Try again later, closing connection
127.0.0.69 DEFER_IF_PERMIT 4.7.1 Greylisted
"""

HEADERS = """\
/^Subject: SPAM/ REJECT
/^Subject: VIRUS/ REJECT Virus found
"""

TLS = "-o smtpd_tls_wrappermode=yes"
NO_TLS = "-o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no"
CLIENT_ACCESS = "-o smtpd_client_restrictions=check_client_access,texthash:{folder}/clients"

PORTS: dict[str, str] = {
    "starttls": "",
    "must-starttls": "-o smtpd_tls_security_level=encrypt",
    "tls": TLS,
    "owned": f"{TLS} -o smtpd_sender_restrictions=reject_sender_login_mismatch",
    "authenticated-only": f"{TLS} -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject",
    "not-logged-in": f"{TLS} -o smtpd_sender_restrictions=reject_sender_login_mismatch",
    "senders": f"{TLS} -o smtpd_sender_restrictions=reject_non_fqdn_sender",
    "recipients": (
        f"{TLS} -o smtpd_recipient_restrictions="
        "check_recipient_access,texthash:{folder}/recipients"
    ),
    "small-messages": f"{TLS} -o message_size_limit=1000",
    "tiny-messages": f"{TLS} -o message_size_limit=300",
    "full-disk": f"{TLS} -o queue_minfree=1000000000000000",
    "no-space": f"{TLS} -o message_size_limit=100000000000000",
    "few-recipients": f"{TLS} -o smtpd_recipient_limit=2",
    "denied-at-connect": f"{TLS} -o smtpd_delay_reject=no {CLIENT_ACCESS}",
    "denied-at-rcpt": f"{TLS} {CLIENT_ACCESS}",
    "no-auth": f"{NO_TLS} -o smtpd_sasl_auth_enable=no",
    "no-tls": NO_TLS,
    "count-limit": f"{TLS} -o smtpd_client_connection_count_limit=2",
    "rate-limit": f"{TLS} -o smtpd_client_connection_rate_limit=1",
    "mail-limit": f"{TLS} -o smtpd_client_message_rate_limit=1",
    "recipient-limit": f"{TLS} -o smtpd_client_recipient_rate_limit=1",
    "auth-limit": f"{TLS} -o smtpd_client_auth_rate_limit=1",
    "tls-limit": "-o smtpd_client_new_tls_session_rate_limit=1",
    "soft": f"{TLS} -o soft_bounce=yes",
    "helo": (
        "-o {{smtpd_helo_restrictions=check_helo_access inline:{{ {{bad.helo=REJECT}} }},"
        "reject_invalid_helo_hostname,reject_non_fqdn_helo_hostname}} -o smtpd_delay_reject=no"
    ),
    "helo-required": f"{TLS} -o smtpd_helo_required=yes",
    "content": f"{TLS} -o cleanup_service_name=checking",
    "full": f"{TLS} -o queue_minfree=1000000000000000",
    "hostname": f"{TLS} -o smtpd_client_restrictions=reject_unknown_client_hostname",
    "reverse": f"{TLS} -o smtpd_client_restrictions=reject_unknown_reverse_client_hostname",
    "milter-down": f"{TLS} -o smtpd_milters=inet:127.0.0.1:1 -o milter_default_action=tempfail",
    "policy-down": (
        f"{TLS} -o smtpd_policy_service_try_limit=1 -o {{{{smtpd_recipient_restrictions="
        "check_policy_service inet:127.0.0.1:1}}"
    ),
    "map-down": (
        f"{TLS} -o {{{{smtpd_recipient_restrictions=check_recipient_access texthash:/absent}}}}"
    ),
    "filter-down": f"{TLS} -o smtpd_proxy_filter=127.0.0.1:1",
    "relay-deferred": (
        f"{TLS} -o smtpd_relay_restrictions=permit_sasl_authenticated,defer_unauth_destination"
    ),
    "unlisted-senders": f"{TLS} -o smtpd_reject_unlisted_sender=yes",
    "plaintext-refused": "-o smtpd_recipient_restrictions=reject_plaintext_session",
    "client-certificate": f"{TLS} -o smtpd_tls_req_ccert=yes -o smtpd_tls_ask_ccert=yes",
    "old-tls": f"{TLS} -o smtpd_tls_mandatory_protocols=TLSv1",
    # Two of them, because Postfix gives a port a minute's rest after such a failure.
    "no-backend": f"{TLS} -o smtpd_sasl_path=nonexistent.sock",
    "no-backend again": f"{TLS} -o smtpd_sasl_path=nonexistent.sock",
    **{
        f"tls {profile}": f"{TLS} -o smtpd_tls_chain_files={{folder}}/{profile}.pem"
        for profile in PROFILES
    },
    "starttls hostname-mismatch": "-o smtpd_tls_chain_files={folder}/hostname-mismatch.pem",
}
"""Each port by its name, with what is set up otherwise there."""

SCREENS = {
    "screen": "-o postscreen_access_list=cidr:{folder}/denied -o postscreen_denylist_action=drop",
}
"""The same for those before which postscreen stands."""


def _service(name: str, port: int, folder: Path) -> str:
    """The line of master.cf."""
    if name in PORTS:
        return f"127.0.0.1:{port} inet n - n - - smtpd {PORTS[name].format(folder=folder)}"
    special = f"{SCREENS[name].format(folder=folder)} -o postscreen_cache_map=btree:{folder}/data/"
    return f"127.0.0.1:{port} inet n - n - 1 postscreen {special}{name}"


def missing() -> str:
    """Why there is no Postfix here, or ""."""
    if not (DAEMONS / "master").exists():
        return "postfix is not installed"
    return dovecot_missing()


def installed() -> str:
    """The version that is installed."""
    return version(["/usr/sbin/postconf", "-d", "-h", "mail_version"], r"([\d.]+)")


class Postfix:
    """Ports: those of `PORTS` and `SCREENS`."""

    dialect: ClassVar[str] = "postfix"
    protocol: ClassVar[Protocol] = "smtp"

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._ca_file = ca_file
        self._site = stack.enter_context(site())
        names = (*PORTS, *SCREENS)
        self.ports = dict(zip(names, self._site.ports(len(names)), strict=True))
        self._write()
        AuthServer(stack, self._site.folder / "auth.sock")
        command = [str(DAEMONS / "master"), "-d", "-c", str(self._site.folder / "etc")]
        *_, last = self.ports.values()  # they are opened in this order
        self._site.run(command, last, "master.log")
        self.pid = self._site.pids[0]

    def address(self, case: Case, source: str) -> Address:
        return Address(self.ports[case.port], source=source, ca_file=self._ca_file)

    def _write(self) -> None:
        folder = self._site.folder
        for name in FOLDERS.split():
            (folder / name).mkdir(mode=0o755)
            if name not in ("pid",):
                shutil.chown(folder / name, "postfix")
        for name in ("public", "maildrop"):
            shutil.chown(folder / name, "postfix", "postdrop")
        os.chmod(folder / "maildrop", 0o730)
        self._site.write_certificates()
        (folder / "clients").write_text(CLIENTS)
        (folder / "denied").write_text("127.0.0.66/32 reject\n")
        (folder / "headers").write_text(HEADERS)
        (folder / "recipients").write_text(
            "full@example.test 452 4.2.2 Mailbox full\ngone@example.test REJECT\n"
        )
        (folder / "etc").mkdir()
        main = MAIN.format(folder=folder, daemons=DAEMONS, user=USER)
        (folder / "etc" / "main.cf").write_text(main)
        services = [_service(name, port, folder) for name, port in self.ports.items()]
        services.append(SERVICES.format(folder=folder))
        (folder / "etc" / "master.cf").write_text("\n".join(services))
