"""A mailbox check by aioimaplib and aiosmtplib."""

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
import aiosmtplib
from aioimaplib import aioimaplib
from answers import Failed, imap_login_error, serve, smtp_login_error
from sending import test_email, tls_context

IMAP_ERRORS = (aioimaplib.AioImapException, OSError, TimeoutError)
SMTP_ERRORS = (aiosmtplib.SMTPException, OSError)


async def check(settings):
    await check_imap(settings)
    await check_smtp(settings)


async def check_imap(settings):
    imap = await connect_imap(settings)
    try:
        await log_in_imap(imap, settings)
        await select(imap)
    finally:
        with contextlib.suppress(*IMAP_ERRORS):
            await imap.logout()
        if imap.protocol.transport:
            imap.protocol.transport.close()


async def connect_imap(settings):
    """aioimaplib has no STARTTLS, and cannot be told an address to connect from."""
    server = settings["imap"]
    if server["security"] == "starttls":
        raise Failed("imap-settings-incorrect", "aioimaplib has no STARTTLS")
    context = tls_context(settings) if server["security"] == "implicit-tls" else None
    options = {"timeout": settings["timeout_s"], "ssl_context": context}
    imap = aioimaplib.IMAP4(server["host"], server["port"], **options)
    try:
        await imap.wait_hello_from_server()
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from error
    except IMAP_ERRORS as error:
        if imap.protocol.transport:
            imap.protocol.transport.close()
        raise Failed("imap-settings-incorrect", error) from error
    return imap


async def log_in_imap(imap, settings):
    try:
        name = settings["username"] or settings["email"]
        answer = await imap.login(name, settings["password"])
    except IMAP_ERRORS as error:
        raise Failed("imap-authentication-error", error) from error
    if answer.result != "OK":
        text = b" ".join(answer.lines).decode("utf-8", "replace")
        raise Failed(imap_login_error(text), text)


async def select(imap):
    try:
        answer = await imap.select()
    except IMAP_ERRORS as error:
        raise Failed("imap-confirmation-error", error) from error
    if answer.result != "OK":
        raise Failed("imap-confirmation-error", answer.lines)


async def check_smtp(settings):
    smtp = await connect_smtp(settings)
    try:
        await log_in_smtp(smtp, settings)
        try:
            await smtp.send_message(test_email(settings))
        except SMTP_ERRORS as error:
            raise Failed("test-email-failed", error) from error
    finally:
        with contextlib.suppress(*SMTP_ERRORS):
            await smtp.quit()
        smtp.close()


async def connect_smtp(settings):
    server = settings["smtp"]
    security = server["security"]
    source = (server["source_address"], 0) if server["source_address"] else None
    smtp = aiosmtplib.SMTP(
        hostname=server["host"],
        port=server["port"],
        use_tls=security == "implicit-tls",
        start_tls=security == "starttls",
        tls_context=None if security == "cleartext" else tls_context(settings),
        timeout=settings["timeout_s"],
        source_address=source,
    )
    try:
        await smtp.connect()
    except SMTP_ERRORS as error:
        smtp.close()
        errors = (error, error.__cause__)
        untrusted = any(isinstance(each, ssl.SSLCertVerificationError) for each in errors)
        name = "unauthorized-untrusted-certificate" if untrusted else "smtp-settings-incorrect"
        raise Failed(name, error) from error
    return smtp


async def log_in_smtp(smtp, settings):
    try:
        await smtp.login(settings["username"] or settings["email"], settings["password"])
    except aiosmtplib.SMTPResponseException as error:
        raise Failed(smtp_login_error(error.code, error.message), error) from error
    except SMTP_ERRORS as error:
        raise Failed("smtp-settings-incorrect", error) from error


serve(lambda settings: asyncio.run(check(settings)))
