"""Dovecot: one instance with all of its users and certificates, one that is small and open."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import ClassVar

from tests.lab.cases import PASSWORD, USER, Case
from tests.lab.catalogue.dovecot import CASES as DOVECOT
from tests.lab.client import Address, Protocol
from tests.lab.servers.maildir import fill
from tests.lab.servers.process import PROFILES, site, version

CERTIFICATE_HOSTS = {profile: f"127.0.9.{n}" for n, profile in enumerate(PROFILES, 1)}

HOME = "userdb_uid=8 userdb_gid=8 userdb_home=FOLDER/mail/%u"

USERS = f"""\
{USER}:{{PLAIN}}{PASSWORD}::::::
elsewhere@example.test:{{PLAIN}}{PASSWORD}::::::allow_nets=10.0.0.0/8
disabled@example.test:{{PLAIN}}{PASSWORD}::::::nologin reason=Account_is_disabled
nologin@example.test:{{PLAIN}}{PASSWORD}::::::nologin
moved:{{PLAIN}}{PASSWORD}::::::nologin host=imap2.example.com
proxied@example.test:{{PLAIN}}{PASSWORD}::::::proxy=y host=127.0.0.1 port=9 proxy_timeout=1
full@example.test:{{PLAIN}}{PASSWORD}::::::{HOME} userdb_quota_rule=*:storage=2K
broken@example.test:{{PLAIN}}{PASSWORD}::::::{HOME} userdb_quota_rule=*:nonsense
broken-inbox@example.test:{{PLAIN}}{PASSWORD}::::::{HOME} userdb_mail=maildir:/dev/null/none
"""

PORTS = """\
userdb {{
  driver = static
  args = uid=8 gid=8 home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {cleartext}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
  {login}
}}
"""
"""Where mail is, and where it listens; `login`: more settings of the service for log-ins."""

CONFIGURATION = (
    """\
protocols = imap
listen = {listen}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = {ssl}
ssl_cert = <{folder}/valid.pem
ssl_key = <{folder}/valid.pem
disable_plaintext_auth = {secure}
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
hostname = mail.example.test
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = checkpassword
  args = {folder}/unavailable
  username_filter = unavailable@*
}}
passdb {{
  driver = lua
  args = file={folder}/expired.lua
  username_filter = expired@*
  result_failure = return-fail
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
passdb {{
  driver = static
  args = password={password}
  username_filter = own-*@*
}}
userdb {{
  driver = prefetch
}}
"""
    + PORTS
    + """\
service anvil {{
  # No growing delays after failures: what is compared are words, not pauses.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
  mail_max_userip_connections = 10
}}
plugin {{
  quota = maildir:User quota
  quota_max_mail_size = 100K
}}
"""
)

EXPIRED = """\
function auth_password_verify(request, password)
  return dovecot.auth.PASSDB_RESULT_PASS_EXPIRED, "expired"
end
"""
LUA = Path("/usr/lib/dovecot/modules/auth/libauthdb_lua.so")

LOCAL = """\
local {host} {{
  ssl_cert = <{folder}/{profile}.pem
  ssl_key = <{folder}/{profile}.pem
}}
"""


def missing() -> str:
    """Why there is no Dovecot here, or ""."""
    if not shutil.which("dovecot"):
        return "dovecot is not installed"
    return "" if LUA.exists() else "dovecot-auth-lua is not installed"


def installed() -> str:
    """The version that is installed."""
    return version(["dovecot", "--version"], r"([\d.]+)")


class Instance:
    """One Dovecot, in a folder of its own."""

    def __init__(self, stack: contextlib.ExitStack, *, small: bool) -> None:
        self._small = small
        self._site = stack.enter_context(site())
        self.cleartext, self.tls = self._site.ports(2)
        self._write()
        command = ["dovecot", "-F", "-c", str(self._site.folder / "dovecot.conf")]
        self._site.run(command, self.cleartext)
        self.shut_down = self._site.shut_down

    def _write(self) -> None:
        folder = self._site.folder
        (folder / "mail").mkdir()
        (folder / "mail").chmod(0o777)
        for case in DOVECOT:
            if case.user.startswith("own-") and not self._small:
                fill(folder / "mail" / case.user)
        (folder / "users").write_text(USERS.replace("FOLDER", str(folder)))
        (folder / "expired.lua").write_text(EXPIRED)
        (folder / "unavailable").write_text("#!/bin/sh\nexit 111\n")
        (folder / "unavailable").chmod(0o755)
        self._site.write_certificates(*CERTIFICATE_HOSTS.values())
        text = CONFIGURATION.format(
            folder=folder,
            password=PASSWORD,
            listen="127.0.0.1"
            if self._small
            else ", ".join(["127.0.0.1", *CERTIFICATE_HOSTS.values()]),
            ssl="no" if self._small else "required",
            secure="no" if self._small else "yes",
            cleartext=self.cleartext,
            tls=0 if self._small else self.tls,
            login="service_count = 0\n  process_limit = 1\n  client_limit = 3"
            if self._small
            else "",
        )
        if not self._small:
            for profile, host in CERTIFICATE_HOSTS.items():
                text += LOCAL.format(folder=folder, profile=profile, host=host)
        (folder / "dovecot.conf").write_text(text)


AUTH_CONFIGURATION = """\
protocols =
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
passdb {{
  driver = checkpassword
  args = {folder}/unavailable
  username_filter = unavailable@*
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=8 gid=8 home={folder}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  unix_listener {socket} {{
    mode = 0666
  }}
  inet_listener {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


class AuthServer:
    """Dovecot as the judge of Postfix's log-ins, at a socket."""

    def __init__(self, stack: contextlib.ExitStack, socket: Path) -> None:
        place = stack.enter_context(site())
        folder = place.folder
        (folder / "users").write_text(USERS)
        (folder / "unavailable").write_text("#!/bin/sh\nexit 111\n")
        (folder / "unavailable").chmod(0o755)
        (port,) = place.ports(1)
        text = AUTH_CONFIGURATION.format(folder=folder, socket=socket, port=port)
        (folder / "dovecot.conf").write_text(text)
        command = ["dovecot", "-F", "-c", str(folder / "dovecot.conf")]
        place.run(command, port)


class Dovecot:
    """Ports: `tls` and `starttls`, each also with a certificate profile behind it; `small`: no TLS,
    three connections before log-in; and `mortal`: the same of an instance that can be shut down."""

    dialect: ClassVar[str] = "dovecot"
    protocol: ClassVar[Protocol] = "imap"

    def __init__(self, stack: contextlib.ExitStack, ca_file: str) -> None:
        self._stack = stack
        self._ca_file = ca_file
        self._main = Instance(stack, small=False)
        self._small = Instance(stack, small=True)

    def address(self, case: Case, source: str) -> Address:
        security, _, profile = case.port.partition(" ")
        host = CERTIFICATE_HOSTS.get(profile, "127.0.0.1")
        if security == "mortal":
            mortal = Instance(self._stack, small=True)
            return Address(mortal.cleartext, host, source, shut_down=mortal.shut_down)
        if security == "small":
            return Address(self._small.cleartext, host, source)
        port = self._main.cleartext if security == "starttls" else self._main.tls
        return Address(port, host, source, self._ca_file)
