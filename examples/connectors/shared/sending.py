"""The two SMTP steps by Python's smtplib."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage

from answers import Failed, smtp_login_error
from tokens import answers_to, mechanism_of, with_token


def tls_context(settings):
    context = ssl.create_default_context(cafile=settings["ca_file"])
    if settings["allow_insecure_certificates"]:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def check_smtp(settings, tokens=None):
    send(settings, test_email(settings), tokens)


def send(settings, message, tokens=None):
    user = settings["username"] or settings["email"]
    with connected(settings) as smtp:
        if tokens:
            with_token(tokens, lambda token: log_in(smtp.auth, *token_log_in(smtp, user, token)))
        else:
            log_in(smtp.login, user, settings["password"])
        try:
            smtp.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise Failed("test-email-failed", error) from error


def log_in(by, *words):
    try:
        by(*words)
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error.decode("utf-8", "replace")
        raise Failed(smtp_login_error(error.smtp_code, text), error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Failed("smtp-settings-incorrect", error) from error


def token_log_in(smtp, user, token):
    """What smtplib's `auth` is to be given: it has no mechanism for tokens of its own."""
    mechanism = mechanism_of(smtp.esmtp_features.get("auth", "").upper().split())
    return mechanism, answers_to(mechanism, user, token)


@contextlib.contextmanager
def connected(settings):
    server = settings["smtp"]
    source = (server["source_address"], 0) if server["source_address"] else None
    options = {"timeout": settings["timeout_s"], "source_address": source}
    context = tls_context(settings)
    smtp = None
    try:
        try:
            if server["security"] == "implicit-tls":
                smtp = smtplib.SMTP_SSL(server["host"], server["port"], context=context, **options)
            else:
                smtp = smtplib.SMTP(server["host"], server["port"], **options)
            if server["security"] == "starttls":
                smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        except ssl.SSLCertVerificationError as error:
            raise Failed("unauthorized-untrusted-certificate", error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Failed("smtp-settings-incorrect", error) from error
        yield smtp
    finally:
        quit_smtp(smtp)


def quit_smtp(smtp):
    if smtp is None:
        return
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()


def test_email(settings):
    message = EmailMessage()
    message["From"] = settings["email"]
    message["To"] = settings["bcc_address"] or settings["email"]
    message["Subject"] = "Test e-mail"
    message.set_content("This is a test e-mail.")
    return message
