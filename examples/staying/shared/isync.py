"""mbsync's configuration, for those that run it."""

from pathlib import Path

CONFIG = """\
IMAPAccount far
Host {host}
Port {port}
User "{user}"
Pass "{password}"
SSLType {security}
CertificateFile "{ca}"
Timeout {timeout}

IMAPStore far
Account far

MaildirStore near
Path {mail}/
Inbox {mail}/inbox

Channel mail
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""
SECURITY = {"implicit-tls": "IMAPS", "starttls": "STARTTLS", "cleartext": "None"}


def mbsync(settings, folder):
    """The command that brings what is new in INBOX to the Maildir `mail/inbox` of the folder."""
    imap, config = settings["imap"], Path(folder, "mbsyncrc")
    config.touch(mode=0o600)
    config.write_text(
        CONFIG.format(
            host=imap["host"],
            port=imap["port"],
            user=settings["username"] or settings["email"],
            password=settings["password"],
            security=SECURITY[imap["security"]],
            ca=settings["ca_file"],
            timeout=max(1, round(settings["timeout_s"])),
            mail=Path(folder, "mail"),
        )
    )
    return ["mbsync", "-c", str(config), "mail"]
