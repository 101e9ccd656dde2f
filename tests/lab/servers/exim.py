"""Exim: one instance; what is special about a port is decided by its number in the access lists."""

from __future__ import annotations

import contextlib
import pwd
import shutil
from typing import ClassVar

from tests.lab.cases import PASSWORD, USER, Case
from tests.lab.client import Address, Protocol
from tests.lab.servers.process import PROFILES, UNPACKED, site, version

ACCOUNT = "Debian-exim"
"""Compiled into Debian's Exim."""

CONFIGURATION = """\
exim_path = {binary}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
primary_hostname = mail.example.test
domainlist local_domains = example.test
local_interfaces = {interfaces}
daemon_smtp_ports = {any}
tls_on_connect_ports = {tls_ports}
tls_certificate = {folder}/{certificate}.pem
tls_privatekey = {folder}/{certificate}.pem
tls_advertise_hosts = ${{if eq{{$received_port}}{{{no_tls}}}{{}}{{*}}}}
auth_advertise_hosts = ${{if and{{{{def:tls_in_cipher}}\
                                  {{!eq{{$received_port}}{{{no_auth}}}}}}}{{*}}{{}}}}
acl_smtp_connect = acl_connect
acl_smtp_helo = acl_helo
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt
acl_smtp_predata = acl_predata
acl_smtp_data = acl_data
recipients_max = 5
smtp_accept_max_per_host = 2
smtp_accept_max_per_connection = 2
message_size_limit = ${{if eq{{$received_port}}{{{tiny}}}{{300}}\
                      {{${{if eq{{$received_port}}{{{small}}}{{2K}}{{26214400}}}}}}}}
tls_require_ciphers = ${{if eq{{$received_port}}{{{old_tls}}}\
                       {{NORMAL:-VERS-ALL:+VERS-TLS1.0}}{{NORMAL}}}}
tls_verify_certificates = {folder}/valid.pem
tls_verify_hosts = ${{if eq{{$received_port}}{{{verifying}}}{{*}}{{}}}}
host_lookup =
rfc1413_query_timeout = 0s
never_users =
smtp_enforce_sync = true
{settings}
begin acl
acl_connect:
  accept hosts = 127.0.0.69
         delay = 1s
  deny   hosts = 127.0.0.66
         message = Your IP address $sender_host_address is blocked
  defer  hosts = 127.0.0.67
         message = Temporarily rejected, try later
  drop   hosts = 127.0.0.68
         message = 5.7.1 Service refused, please see https://example/
  accept
acl_helo:
  deny condition = ${{if eq{{$sender_helo_name}}{{bad.helo}}}}
       message = EHLO name rejected
  accept
acl_mail:
  deny condition = ${{if eq{{$received_port}}{{{must_auth}}}}}
       !authenticated = *
       message = 5.7.0 Authentication required
  deny senders = other@example.test
       message = 550 5.7.1 Sender rejected
  deny   senders = unrouteable@example.test
         !verify = sender
  accept
acl_rcpt:
  deny  recipients = forbidden@example.test
  defer recipients = deferred@example.test
  deny  recipients = unrouteable@example.test
        !verify = recipient
  deny  recipients = nobody@example.test
        message = 5.1.1 Unknown user
  defer recipients = full@example.test
        message = 452 4.2.2 mailbox full
  require message = Sender verify failed
          condition = ${{if eq{{$sender_address}}{{unverifiable@example.test}}{{no}}{{yes}}}}
  accept domains = +local_domains
  accept authenticated = *
  deny message = relay not permitted
acl_predata:
  deny   senders = mute@example.test
  accept
acl_data:
  deny condition = ${{if match{{$h_subject:}}{{SPAM}}}}
       message = 5.7.1 Message rejected as spam
  accept
begin routers
r:
  driver = accept
  local_parts = ! unrouteable
  transport = t
begin transports
t:
  driver = appendfile
  file = /dev/null
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth2}}{{unavailable@example.test}}{{fail_now}}\\
                     {{${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""

PORTS = (
    "starttls",
    "no-tls",
    "no-auth",
    "tls",
    "must-auth",
    "small",
    "tiny",
    "old-tls",
    "verifying",
    "starttls absent",
    *(f"tls {profile}" for profile in PROFILES),
    *(f"starttls {profile}" for profile in PROFILES),
)


def _binary() -> str:
    return shutil.which("exim4", path=UNPACKED / "usr/sbin") or shutil.which("exim4") or ""


def missing() -> str:
    """Why there is no Exim here, or ""."""
    if not _binary():
        return f"no exim4, neither installed nor below {UNPACKED}"
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        return f"there is no user {ACCOUNT}"
    return ""


def installed() -> str:
    """The version that is installed."""
    return version([_binary(), "-C", "/dev/null", "-bV"], r"Exim version ([\d.]+)")


class Instance:
    """One Exim, in a folder of its own."""

    def __init__(self, stack: contextlib.ExitStack, settings: str = "") -> None:
        self._site = stack.enter_context(site())
        self.ports = dict(zip(PORTS, self._site.ports(len(PORTS)), strict=True))
        self._write(settings)
        command = [_binary(), "-bdf", "-C", str(self._site.folder / "exim.conf")]
        self._site.run(command, self.ports["starttls"])

    def _write(self, settings: str) -> None:
        folder = self._site.folder
        shutil.chown(folder, ACCOUNT)
        (folder / "spool").mkdir()
        shutil.chown(folder / "spool", ACCOUNT)
        self._site.write_certificates()
        ports = self.ports
        certificate = "valid"
        for name, port in ports.items():
            profile = name.partition(" ")[2]
            if profile:
                certificate = (
                    f"${{if eq{{$received_port}}{{{port}}}{{{profile}}}{{{certificate}}}}}"
                )
        text = CONFIGURATION.format(
            folder=folder,
            binary=_binary(),
            certificate=certificate,
            interfaces=" : ".join(f"127.0.0.1.{port}" for port in ports.values()),
            any=ports["starttls"],
            tls_ports=" : ".join(
                str(port) for name, port in ports.items() if not name.startswith(("starttls", "no"))
            ),
            no_tls=ports["no-tls"],
            no_auth=ports["no-auth"],
            small=ports["small"],
            tiny=ports["tiny"],
            must_auth=ports["must-auth"],
            old_tls=ports["old-tls"],
            verifying=ports["verifying"],
            settings=settings,
            user=USER,
            password=PASSWORD,
        )
        (folder / "exim.conf").write_text(text)


SPECIAL = {
    "crowded": "smtp_accept_max = 1",
    "loaded": "smtp_load_reserve = 0.0",
    "full": "check_spool_space = 1000000G",
}
"""Servers of their own, each reached at its port for STARTTLS."""


class Exim:
    """Ports: those of `PORTS`, and `SPECIAL`."""

    dialect: ClassVar[str] = "exim"
    protocol: ClassVar[Protocol] = "smtp"

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._ca_file = ca_file
        self._ports = dict(Instance(stack).ports)
        for name, settings in SPECIAL.items():
            self._ports[name] = Instance(stack, settings).ports["starttls"]

    def address(self, case: Case, source: str) -> Address:
        return Address(self._ports[case.port], source=source, ca_file=self._ca_file)
