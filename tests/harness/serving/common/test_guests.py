"""Mailboxes at the common ports, chosen by user names."""

from __future__ import annotations

import asyncio
import base64
import functools
import ssl
from collections.abc import Awaitable, Callable

import pytest

from harness.judging.expectation import expects_timeout
from harness.scenario.sample import sample
from tests.catalogue import whole_catalogue
from tests.common.through import Common, failures, opened, reachable

GMAIL = "unauthorized.bad-password-imap.gmail"
WORKS = "connected.working.implicit-tls"
CLEARTEXT = "connected.working.cleartext"
ACCOUNT = "Tr0ub4dor&3-inbox"
Story = Callable[[Common], Awaitable[None]]


def play(story: Story, *, most: int = 1000) -> None:
    """Run a story at open ports; nothing is left behind."""

    async def whole() -> None:
        async with opened(most=most) as common:
            await story(common)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


class Client:
    """Lines to a server and from it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def at(cls, common: Common, service: str) -> Client:
        port = common.ports.services[service].port
        tls = ssl.create_default_context(cafile=common.stand.authority.ca_file)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls if service.endswith("implicit-tls") else None
        )
        client = cls(reader, writer)
        await client.line()
        return client

    async def line(self) -> str:
        return (await asyncio.wait_for(self._reader.readline(), 20)).decode().rstrip("\r\n")

    async def ask(self, command: str) -> str:
        """The last line of the answer."""
        self._writer.write(f"{command}\r\n".encode())
        while (line := await self.line()).startswith(("* ", "250-")):
            pass
        return line

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def logged_in(common: Common, username: str, password: str = ACCOUNT) -> str:
    client = await Client.at(common, "imap-implicit-tls")
    said = await client.ask(f'a1 LOGIN "{username}" "{password}"')
    await client.close()
    return said


@functools.cache
def spread() -> list[str]:
    """Some that stand for all: each cause once, whatever it is chosen by."""
    return [each.id for each in sample(whole_catalogue())]


def test_a_scenario_chosen_by_user_name_is_what_it_is_alone() -> None:
    """`python -m tests.common` does this for all."""
    chosen = reachable(whole_catalogue(), "user-name")
    some = [each for each in chosen if each.id in spread() or each.customer.oauth2][::2]
    some = [each for each in some if not expects_timeout(each)]  # the machine may be busy
    assert len(some) > 30
    assert asyncio.run(failures(some)) == {}


@pytest.mark.parametrize("tester", ["", "+anna"])
def test_the_first_log_in_stands_the_mailbox_up(tester: str) -> None:
    async def story(common: Common) -> None:
        assert not len(common.stand)
        said = await logged_in(common, f"{GMAIL}{tester}@badinbox.test", "wrong")
        assert said == "a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
        [standing] = common.stand
        assert standing.id == f"unauthorized/bad-password-imap[gmail]{tester}"
        [connection] = standing.connections()
        assert "LOGIN" in "".join(line.text for line in connection.lines)
        assert [each.outcome for each in standing.mailbox.evidence.logins] == ["refused"]

    play(story)


def test_two_testers_do_not_meet() -> None:
    async def story(common: Common) -> None:
        await asyncio.gather(
            *(logged_in(common, f"{WORKS}+{who}@x.test") for who in ("anna", "bob"))
        )
        assert len(common.stand) == 2
        seen = [len(each.mailbox.evidence.logins) for each in common.stand]
        assert seen == [1, 1]

    play(story)


def test_one_who_comes_again_finds_the_same_mailbox() -> None:
    async def story(common: Common) -> None:
        for typed in (f"{WORKS}@badinbox.test", f"{WORKS}@localhost", WORKS.upper()):
            assert (await logged_in(common, typed)).startswith("a1 OK")
        [standing] = common.stand
        assert len(standing.connections()) == 3

    play(story)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("bad-pasword-imap.gmail", f"did you mean {GMAIL}?"),
        ("bad-password-imap@badinbox.test", "is 8 scenarios: unauthorized.bad-password-imap.cyrus"),
        ("", "the user name chooses the mailbox: type SCENARIO@badinbox.test"),
        ("../../etc/passwd", "no scenario is called '../../etc/passwd'"),
        ("x" * 300, "no scenario is called 'xxx"),
        ("imap-settings-incorrect.port-refused.implicit-tls", "needs a port of its own"),
        (CLEARTEXT, "is typed with imap cleartext: another port"),
        (f"{WORKS}+a/b", "behind the + are 20 letters"),
    ],
)
def test_a_name_that_is_no_mailbox_is_told_on_the_wire(typed: str, said: str) -> None:
    async def story(common: Common) -> None:
        answer = await logged_in(common, typed)
        assert answer.startswith("a1 NO [AUTHENTICATIONFAILED] ")
        assert said in answer
        assert len(common.stand) == 0
        assert len(common.refused) == 1

    play(story)


def test_smtp_tells_it_too() -> None:
    async def story(common: Common) -> None:
        client = await Client.at(common, "smtp-implicit-tls")
        told = base64.b64encode(b"\0bad-pasword-imap.gmail\0x").decode()
        await client.ask("EHLO me.test")
        said = await client.ask(f"AUTH PLAIN {told}")
        await client.close()
        assert said.startswith("535 5.7.8 no scenario is called 'bad-pasword-imap.gmail'; did you ")

    play(story)


def test_a_name_that_comes_in_the_middle_of_an_exchange_chooses_too() -> None:
    async def story(common: Common) -> None:
        client = await Client.at(common, "imap-implicit-tls")
        assert (await client.ask("a1 AUTHENTICATE LOGIN")).startswith("+")
        encoded = [base64.b64encode(each.encode()).decode() for each in (GMAIL, "wrong")]
        assert (await client.ask(encoded[0])).startswith("+")
        assert (await client.ask(encoded[1])) == (
            "a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
        )
        await client.close()

    play(story)


def test_a_scenario_without_tls_is_chosen_at_its_port() -> None:
    async def story(common: Common) -> None:
        client = await Client.at(common, "imap-cleartext")
        assert (await client.ask(f"a1 LOGIN {CLEARTEXT} {ACCOUNT}")).startswith("a1 OK")
        await client.close()
        client = await Client.at(common, "imap-starttls")
        assert "NO" in await client.ask(f"a1 LOGIN {WORKS} {ACCOUNT}")
        await client.close()

    play(story)


def test_of_many_the_one_goes_that_nobody_has_used_for_the_longest_time() -> None:
    async def story(common: Common) -> None:
        client = await Client.at(common, "imap-implicit-tls")
        assert (await client.ask(f"a1 LOGIN {WORKS}+stays {ACCOUNT}")).startswith("a1 OK")
        for number in range(6):
            await logged_in(common, f"{WORKS}+t{number}@badinbox.test")
        there = [each.id.partition("+")[2] for each in common.stand]
        assert there == ["stays", "t4", "t5"], "who is connected stays"
        assert common.dropped == [f"connected/working[implicit-tls]+t{n}" for n in range(4)]
        assert (await client.ask("a2 NOOP")).startswith("a2 OK")
        await client.close()

    play(story, most=3)


def test_where_all_are_in_use_the_next_one_is_told_so() -> None:
    async def story(common: Common) -> None:
        client = await Client.at(common, "imap-implicit-tls")
        await client.ask(f"a1 LOGIN {WORKS}+stays {ACCOUNT}")
        said = await logged_in(common, f"{WORKS}+next@badinbox.test")
        assert "1 mailboxes are in use" in said
        await client.close()

    play(story, most=1)


def test_a_remedy_is_followed_at_the_same_ports() -> None:
    async def story(common: Common) -> None:
        scenario = await common.guests.scenario("unauthorized-app-password-required.gmail-imap")
        standing = await common.guests.guest(scenario)
        assert (await standing.check()).passed
        await standing.apply("use-app-password")
        result = await standing.check()
        assert (result.judgement.verdict, result.phase) == ("passed", "remedy")
        assert common.refused == []

    play(story)


EXPIRED = "unauthorized-untrusted-certificate.expired"


async def presented(common: Common, service: str, host: str) -> list[str]:
    """The names in the certificate that is presented to who wants this host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cafile=common.stand.authority.ca_file)
    port = common.ports.services[service].port
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
    certificate = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    return [name for _, name in certificate["subjectAltName"]]


def test_a_scenario_chosen_by_host_name_is_what_it_is_alone() -> None:
    """`python -m tests.common host-name` does this for all."""
    chosen = reachable(whole_catalogue(), "host-name")
    some = [each for each in chosen if not expects_timeout(each)][::9]
    assert len(some) > 20
    assert asyncio.run(failures(some)) == {}


@pytest.mark.parametrize("host", [f"{EXPIRED}.imap-implicit-tls.localhost", "anna.%s"])
def test_the_host_name_chooses_the_certificate(host: str) -> None:
    async def story(common: Common) -> None:
        wanted = host.replace("%s", f"{EXPIRED}.imap-implicit-tls.badinbox.test")
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            await presented(common, "imap-implicit-tls", wanted)
        tester = "+anna" if wanted.startswith("anna") else ""
        [standing] = common.stand
        case = "unauthorized-untrusted-certificate/expired[imap-implicit-tls]"
        assert standing.id == f"{case}{tester}"
        assert standing.mailbox.evidence.fired == ["imap.certificate"]

    play(story)


def test_the_certificate_is_valid_for_all_names_of_the_scenario() -> None:
    async def story(common: Common) -> None:
        names = await presented(common, "smtp-implicit-tls", f"{WORKS}.localhost")
        assert {f"{WORKS}.localhost", f"*.{WORKS}.badinbox.test"} <= {*names}

    play(story)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("localhost", ""),
        ("mail.example.test", ""),
        ("xn--bcher-kva.localhost", "no scenario is called 'xn--bcher-kva'"),
        ("bad-pasword-imap.gmail.localhost", f"did you mean {GMAIL}?"),
        (f"{CLEARTEXT}.localhost", "is typed with imap cleartext: another port"),
        ("imap-settings-incorrect.port-refused.implicit-tls.localhost", "needs a port of its own"),
    ],
)
def test_any_other_host_name_leaves_the_choice_to_the_user_name(host: str, told: str) -> None:
    async def story(common: Common) -> None:
        names = await presented(common, "imap-implicit-tls", host)
        assert names[:1] == ["localhost"]
        assert len(common.stand) == 0
        assert [told in each for each in common.refused] == ([True] if told else [])

    play(story)


def test_who_needs_a_host_name_is_told_it() -> None:
    async def story(common: Common) -> None:
        said = await logged_in(common, f"{EXPIRED}.imap-implicit-tls@badinbox.test")
        assert f"is chosen by the host name {EXPIRED}.imap-implicit-tls.localhost only" in said

    play(story)
