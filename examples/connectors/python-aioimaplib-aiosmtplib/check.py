"""A mailbox check by aioimaplib and aiosmtplib."""

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
import aiosmtplib
from aioimaplib import aioimaplib
from answers import Failed, imap_login_error, imap_token_error, serve, smtp_login_error
from sending import test_email, tls_context
from tokens import Tokens

IMAP_ERRORS = (aioimaplib.AioImapException, OSError, TimeoutError)
SMTP_ERRORS = (aiosmtplib.SMTPException, OSError)


async def check(settings):
    tokens = Tokens(settings) if settings["oauth2"] else None
    if tokens:
        await asyncio.to_thread(tokens.current)
    await check_imap(settings, tokens)
    await check_smtp(settings, tokens)


async def logged_in(log_in, client, settings, tokens):
    """Log in with the password or the token; where the latter was refused, with a new one."""
    try:
        await log_in(client, settings, tokens.current() if tokens else None)
    except Failed as failed:
        refused = tokens and failed.error == "unauthorized"
        another = await asyncio.to_thread(tokens.another) if refused else None
        if another is None:
            raise
        await log_in(client, settings, another)


async def check_imap(settings, tokens):
    imap = await connect_imap(settings)
    try:
        await logged_in(log_in_imap, imap, settings, tokens)
        await select(imap)
    finally:
        await leave_imap(imap)


async def leave_imap(imap):
    transport = imap.protocol.transport
    if transport and transport.is_closing():
        return
    with contextlib.suppress(*IMAP_ERRORS):
        await imap.logout()
    if transport:
        transport.close()


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


async def log_in_imap(imap, settings, token):
    name = settings["username"] or settings["email"]
    try:
        if token:
            answer = await imap.xoauth2(name, token)
        else:
            answer = await imap.login(name, settings["password"])
    except IMAP_ERRORS as error:
        imap.protocol.transport.close()  # LOGOUT would wait for this command's end
        raise Failed("imap-authentication-error", error) from error
    if answer.result != "OK":
        text = b" ".join(answer.lines).decode("utf-8", "replace")
        raise Failed((imap_token_error if token else imap_login_error)(text), text)


async def select(imap):
    try:
        answer = await imap.select()
    except IMAP_ERRORS as error:
        raise Failed("imap-confirmation-error", error) from error
    if answer.result != "OK":
        raise Failed("imap-confirmation-error", answer.lines)


async def check_smtp(settings, tokens):
    smtp = await connect_smtp(settings)
    try:
        await logged_in(log_in_smtp, smtp, settings, tokens)
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


async def log_in_smtp(smtp, settings, token):
    name = settings["username"] or settings["email"]
    try:
        if token:
            await smtp.auth_xoauth2(name, token)
        else:
            await smtp.login(name, settings["password"])
    except aiosmtplib.SMTPResponseException as error:
        raise Failed(smtp_login_error(error.code, error.message), error) from error
    except SMTP_ERRORS as error:
        raise Failed("smtp-settings-incorrect", error) from error


serve(lambda settings: asyncio.run(check(settings)))
