"""Real client libraries, over TLS."""

import asyncio
import functools
import imaplib
import json
import smtplib
import ssl
import subprocess

import imapclient
import pytest
from talk import PASSWORD, TOKEN, USER, spec

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec

MESSAGE = b"Subject: from a client\r\n\r\nhello\r\n"


def served(client, **service):
    """Run a blocking `client(service, ca_file)` against a mailbox over TLS."""

    async def run():
        async with open_mailbox(
            spec(security=service.pop("security", "implicit-tls"), **service)
        ) as mailbox:
            answer = await asyncio.to_thread(client, mailbox.services["imap"], mailbox.ca_file)
            await mailbox.settle(5)
            assert mailbox.evidence.faults == []
            return answer, mailbox

    return asyncio.run(run())


@pytest.mark.parametrize("security", ["implicit-tls", "starttls"])
def test_imaplib(security):
    def client(service, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        if security == "starttls":
            imap = imaplib.IMAP4(service.host, service.port)
            imap.starttls(context)
        else:
            imap = imaplib.IMAP4_SSL(service.host, service.port, ssl_context=context)
        with imap:
            imap.login(USER, PASSWORD)
            assert imap.select()[1] == [b"2"]
            assert imap.append("INBOX", r"(\Seen)", None, MESSAGE)[0] == "OK"
            assert imap.search(None, "SEEN")[1] == [b"3"]
            assert imap.fetch("3", "(RFC822)")[1][0][1] == MESSAGE
            assert imap.store("3", "+FLAGS", r"(\Deleted)")[0] == "OK"
            assert imap.expunge()[1] == [b"3"]
            assert imap.status("Sent", "(MESSAGES)")[1] == [b'"Sent" (MESSAGES 0)']

    served(client, security=security)


def test_imaplib_with_each_mechanism():
    def client(service, ca_file):
        context = ssl.create_default_context(cafile=ca_file)

        def connect():
            return imaplib.IMAP4_SSL(service.host, service.port, ssl_context=context)

        with connect() as imap:
            assert imap.login_cram_md5(USER, PASSWORD)[0] == "OK"
        bearer = f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode()
        with connect() as imap:
            assert imap.authenticate("XOAUTH2", lambda _: bearer)[0] == "OK"
        challenges = []

        def refused(challenge):
            challenges.append(challenge)
            return b"" if len(challenges) > 1 else bearer.replace(b"Bearer ", b"Bearer x")

        with connect() as imap, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            imap.authenticate("XOAUTH2", refused)
        assert [b"401" in challenge for challenge in challenges] == [False, True]

    served(client)


def test_imapclient():
    def client(service, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        with imapclient.IMAPClient(service.host, service.port, ssl_context=context) as imap:
            imap.login(USER, PASSWORD)
            assert imap.find_special_folder(imapclient.imapclient.SENT) == "Sent"
            imap.create_folder("Grüße/Ünter")
            assert "Grüße/Ünter" in [name for _, _, name in imap.list_folders()]
            assert imap.select_folder("INBOX")[b"EXISTS"] == 2
            imap.append("INBOX", MESSAGE)
            assert imap.search(["SUBJECT", "client"]) == [3]
            fetched = imap.fetch([1, 3], ["ENVELOPE", "BODYSTRUCTURE", "BODY[]", "INTERNALDATE"])
            assert fetched[3][b"BODY[]"] == MESSAGE
            assert fetched[1][b"ENVELOPE"].subject == b"Welcome to your mailbox"
            imap.add_flags([3], [imapclient.DELETED])
            imap.uid_expunge([3])
            imap.copy([1], "Grüße/Ünter")
            imap.move([1], "Archive")
            assert imap.folder_status("Archive")[b"MESSAGES"] == 1
            imap.idle()
            assert imap.idle_check(timeout=0) == []
            assert imap.idle_done()[0] == b"IDLE completed"
            assert imap.namespace().personal == (("", "/"),)
            imap.unselect_folder()
            imap.logout()

    served(client)


@pytest.mark.parametrize("security", ["implicit-tls", "starttls", "cleartext"])
def test_what_is_sent_is_told_of_and_read(security):
    """smtplib sends to the account's own address while IMAPClient waits in IDLE."""
    services = {name: {"protocol": name, "security": security} for name in ("imap", "smtp")}

    def send(service, context):
        implicit = security == "implicit-tls"
        kind = functools.partial(smtplib.SMTP_SSL, context=context) if implicit else smtplib.SMTP
        with kind(service.host, service.port) as smtp:
            if security == "starttls":
                smtp.starttls(context=context)
            smtp.login(USER, PASSWORD)
            smtp.sendmail(USER, [USER], MESSAGE + b".dot\r\n")

    def client(mailbox):
        imap, smtp = mailbox.services["imap"], mailbox.services["smtp"]
        context = ssl.create_default_context(cafile=mailbox.ca_file)
        implicit = {"ssl": security == "implicit-tls"}
        with imapclient.IMAPClient(
            imap.host, imap.port, ssl_context=context if implicit["ssl"] else None, **implicit
        ) as reader:
            if security == "starttls":
                reader.starttls(context)
            reader.login(USER, PASSWORD)
            assert "INBOX" in [name for _, _, name in reader.list_folders()]
            reader.select_folder("INBOX")
            reader.idle()
            send(smtp, context)
            assert (3, b"EXISTS") in reader.idle_check(timeout=5)
            reader.idle_done()
            body = reader.fetch([3], ["BODY[]"])[3][b"BODY[]"]
            assert body.endswith(MESSAGE + b".dot\r\n") and b"\r\nReceived: from " in body
            reader.logout()

    async def run():
        async with open_mailbox(MailboxSpec.model_validate({"services": services})) as mailbox:
            await asyncio.to_thread(client, mailbox)
            await mailbox.settle(5)
            assert mailbox.evidence.faults == []

    asyncio.run(run())


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_curl(curl, scheme):
    def client(service, ca_file):
        base = [curl, "-sS", "--max-time", "10", "--cacert", ca_file, "--ssl-reqd"]
        url = f"{scheme}://{service.host}:{service.port}/INBOX;MAILINDEX=1"
        done = subprocess.run(
            [*base, "-u", f"{USER}:{PASSWORD}", url], capture_output=True, check=False
        )
        bearer = ["--oauth2-bearer", TOKEN, "-u", f"{USER}:"]
        listed = subprocess.run(
            [*base, *bearer, f"{scheme}://{service.host}:{service.port}/"],
            capture_output=True,
            check=False,
        )
        return done, listed

    security = "starttls" if scheme == "imap" else "implicit-tls"
    (fetched, listed), _ = served(client, security=security)
    assert (fetched.returncode, fetched.stderr) == (0, b"")
    assert b"Subject: Welcome to your mailbox\r\n" in fetched.stdout
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert b'"INBOX"' in listed.stdout


IMAPFLOW = """
const { ImapFlow } = require(process.argv[1] + '/imapflow');
const [host, port, ca, user, pass, accessToken] = process.argv.slice(2);
const open = async (auth) => {
  const client = new ImapFlow({ host, port: +port, secure: true, logger: false, auth,
    tls: { ca: require('fs').readFileSync(ca) } });
  await client.connect();
  return client;
};
(async () => {
  const client = await open({ user, pass });
  const lock = await client.getMailboxLock('INBOX');
  const subjects = [];
  for await (const m of client.fetch('1:*', { envelope: true, source: true, bodyStructure: true }))
    subjects.push(m.envelope.subject + m.source.length);
  await client.messageFlagsAdd('1', ['\\\\Flagged']);
  const found = await client.search({ flagged: true });
  const appended = await client.append('Sent', 'Subject: x\\r\\n\\r\\ny', ['\\\\Seen']);
  const moved = await client.messageMove('1', 'Archive');
  lock.release();
  const special = (await client.list()).filter(b => b.specialUse).map(b => b.specialUse);
  const status = await client.status('Archive', { messages: true });
  await client.logout();
  const bearer = await open({ user, accessToken });
  await bearer.logout();
  let refused = '';
  try { await open({ user, pass: 'wr"ong' }); } catch (e) { refused = e.serverResponseCode; }
  console.log(JSON.stringify({ subjects, found, appended: appended.uid,
    moved: [...moved.uidMap.keys()], special, messages: status.messages, refused }));
})().catch(e => { console.error(e); process.exit(1); });
"""


def test_imapflow(node, node_modules):
    def client(service, ca_file):
        command = [
            node,
            "-e",
            IMAPFLOW,
            str(node_modules),
            service.host,
            str(service.port),
            ca_file,
        ]
        return subprocess.run(
            [*command, USER, PASSWORD, TOKEN], capture_output=True, timeout=60, check=False
        )

    done, _ = served(client)
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout)
    assert [subject[:7] for subject in told["subjects"]] == ["Welcome", "Set up "]
    assert (told["found"], told["appended"], told["moved"], told["messages"]) == ([1], 1, [1], 1)
    assert {"\\Sent", "\\Junk", "\\Trash", "\\Drafts", "\\Archive"} <= set(told["special"])
    assert told["refused"] == "AUTHENTICATIONFAILED"
