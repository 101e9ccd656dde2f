"""A mailbox check by the command curl, once for IMAP and once for SMTP.

curl connects, logs in and does its work in one go. Its exit code, its complaint and the last reply
code of SMTP are what it tells of where it failed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from answers import Failed, imap_login_error, imap_token_error, serve, smtp_login_error
from sending import test_email
from tokens import Tokens, with_token

PEER_FAILED_VERIFICATION, LOGIN_DENIED = 60, 67
EHLO = "localhost"  # where this is left out, curl gives the name of this machine


def check(settings):
    if not settings["oauth2"]:
        check_imap(settings)
        check_smtp(settings)
        return
    tokens = Tokens(settings, post)
    tokens.current()
    with_token(tokens, lambda token: check_imap(settings, token))
    with_token(tokens, lambda token: check_smtp(settings, token))


def check_imap(settings, token=None):
    code, _, complaint = run(settings, "imap", "INBOX", ["--request", "NOOP"], token)
    if code:
        raise Failed(imap_error(code, complaint, token), complaint)


def check_smtp(settings, token=None):
    with tempfile.NamedTemporaryFile() as mail:
        mail.write(bytes(test_email(settings)))
        mail.flush()
        recipient = settings["bcc_address"] or settings["email"]
        words = ["--mail-from", settings["email"], "--mail-rcpt", recipient]
        words += ["--upload-file", mail.name]
        code, reply, complaint = run(settings, "smtp", EHLO, words, token)
    if code:
        raise Failed(smtp_error(code, reply, complaint), complaint)


def run(settings, service, path, words, token):
    """The exit code, the last reply code and the complaint."""
    server = settings[service]
    scheme = service + ("s" if server["security"] == "implicit-tls" else "")
    host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
    wait = str(settings["timeout_s"])
    command = ["curl", "--silent", "--show-error", "--config", "-", *words]
    command += ["--cacert", settings["ca_file"], "--output", "/dev/null"]
    command += ["--write-out", "%{response_code}"]
    command += ["--connect-timeout", wait, "--max-time", wait]
    command += ["--ssl-reqd"] if server["security"] == "starttls" else []
    command += ["--insecure"] if settings["allow_insecure_certificates"] else []
    command += ["--interface", server["source_address"]] if server["source_address"] else []
    command += [f"{scheme}://{host}:{server['port']}/{path}"]
    user = settings["username"] or settings["email"]
    secrets = [("user", f"{user}:{settings['password']}")]
    if token:
        secrets = [("user", user), ("oauth2-bearer", token)]
    ended = subprocess.run(command, input=lines(secrets), capture_output=True, text=True)
    reply, complaint = ended.stdout.split()[-1], ended.stderr.strip()
    return ended.returncode, int(reply), complaint


def post(settings, fields):
    """As Tokens wants it: curl is an HTTP client, too."""
    wait = str(settings["timeout_s"])
    command = ["curl", "--silent", "--show-error", "--config", "-", "--noproxy", "*"]
    command += ["--cacert", settings["ca_file"], "--max-time", wait, "--max-filesize", "65536"]
    command += [settings["oauth2"]["token_endpoint"]]
    form = [("data-urlencode", f"{key}={value}") for key, value in fields.items()]
    ended = subprocess.run(command, input=lines(form).encode(), capture_output=True)
    if ended.returncode:
        untrusted = ended.returncode == PEER_FAILED_VERIFICATION
        name = "unauthorized-untrusted-certificate" if untrusted else "imap-authentication-error"
        raise Failed(name, ended.stderr.decode("utf-8", "replace").strip())
    return ended.stdout


def lines(options):
    """Of a configuration: secrets are given so, and not where others can list them."""
    quoted = ((key, value.replace("\\", "\\\\").replace('"', '\\"')) for key, value in options)
    return "\n".join(f'{key} = "{value}"' for key, value in quoted)


def imap_error(code, complaint, token):
    if code == PEER_FAILED_VERIFICATION:
        return "unauthorized-untrusted-certificate"
    if "Select failed" in complaint:
        return "imap-confirmation-error"
    if code != LOGIN_DENIED:
        return "imap-settings-incorrect"
    return imap_token_error(complaint) if token else imap_login_error(complaint)


def smtp_error(code, reply, complaint):
    if code == PEER_FAILED_VERIFICATION:
        return "unauthorized-untrusted-certificate"
    if any(f"{verb} failed" in complaint for verb in ("MAIL", "RCPT", "DATA")):
        return "test-email-failed"
    if complaint.endswith("Weird server reply"):  # to the message: the greeting has longer words
        return "test-email-failed"
    return smtp_login_error(reply, "") if code == LOGIN_DENIED else "smtp-settings-incorrect"


serve(check)
