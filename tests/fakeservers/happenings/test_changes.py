"""A mailbox that runs is changed: for those who come, and for those who are there."""

import asyncio
import ssl

import pytest
from staying import PASSWORD, USER, connected, living, spec

from fakeservers.spec import MailboxSpec
from fakeservers.wire.listeners import PortUnavailable, open_listener

LOCKED = {
    "when": {"event": "login"},
    "then": {"text": "{tag} NO [CONTACTADMIN] locked"},
}


def on_noop(text, **more):
    return {"when": {"event": "command", "command": "NOOP"}, "then": {"text": text}, **more}


def test_a_password_that_was_changed_and_the_session_that_stays():
    async def story(mailbox):
        async with connected(mailbox) as before:
            await before.log_in()
            mailbox.change(spec(account={"password": "new one"}))
            async with connected(mailbox) as after:
                said = await after.log_in()
                again = await after.ask(b'LOGIN %b "new one"' % USER.encode())
            return said, again[-1], (await before.ask(b"SELECT INBOX"))[-1]

    said, again, stays = living(story)
    assert said.startswith(b"t NO [AUTHENTICATIONFAILED]")
    assert again.startswith(b"t OK") and stays.startswith(b"t OK")


def test_rules_that_refuse_log_ins_leave_those_who_are_inside():
    async def story(mailbox):
        async with connected(mailbox) as before:
            await before.log_in()
            mailbox.change(spec(rules=[LOCKED]))
            async with connected(mailbox) as after:
                said = await after.log_in()
            return said, (await before.ask(b"NOOP"))[-1], mailbox.inside()

    said, stays, inside = living(story)
    assert said == b"t NO [CONTACTADMIN] locked"
    assert stays.startswith(b"t OK") and inside == 1


def test_other_rules_hold_for_the_live_at_once_and_count_from_zero():
    once, twice = on_noop("{tag} NO once", times=1), on_noop("{tag} NO other", times=1)

    async def story(mailbox):
        async with connected(mailbox) as client:
            heard = []
            for rules in ([once], [once], [twice], [once]):
                mailbox.change(spec(rules=rules))
                heard += [(await client.ask(b"NOOP"))[-1] for _ in range(2)]
            return heard

    said, ok = [b"t NO once", b"t NO other"], b"t OK NOOP completed"
    assert living(story) == [said[0], ok, ok, ok, said[1], ok, said[0], ok]


def test_an_added_rule_stays_and_is_not_counted_anew():
    async def story(mailbox):
        added = MailboxSpec.model_validate(
            {"services": {"imap": {"protocol": "imap", "rules": [on_noop("{tag} NO", times=1)]}}}
        )
        mailbox.services["imap"].script.add(added.services["imap"].rules[0])
        async with connected(mailbox) as client:
            heard = [(await client.ask(b"NOOP"))[-1]]
            mailbox.change(spec(rules=[LOCKED]))
            return [*heard, (await client.ask(b"NOOP"))[-1]]

    assert living(story) == [b"t NO", b"t OK NOOP completed"]


def test_another_dialect_words_what_is_said_from_now_on():
    async def story(mailbox):
        async with connected(mailbox) as client:
            mailbox.change(spec(dialect="dovecot"))
            return await client.log_in("wrong")

    assert b"[AUTHENTICATIONFAILED] Authentication failed." in living(story)


def test_a_certificate_that_has_expired_is_for_those_who_come():
    async def story(mailbox):
        async with connected(mailbox) as before:
            mailbox.change(spec(certificate="expired"))
            with pytest.raises(ssl.SSLCertVerificationError, match="has expired"):
                async with connected(mailbox):
                    pass
            return await before.log_in()

    assert living(story).startswith(b"t OK")


def test_a_certificate_of_starttls_is_the_one_that_holds_when_it_begins():
    async def story(mailbox):
        async with connected(mailbox) as client:
            mailbox.change(spec("starttls", certificate="expired"))
            await client.ask(b"STARTTLS")
            context = ssl.create_default_context(cafile=mailbox.ca_file)
            with pytest.raises(ssl.SSLCertVerificationError):
                await client.writer.start_tls(context, server_hostname="127.0.0.1")
            return mailbox.evidence.fired

    assert living(story, spec("starttls")) == ["imap.certificate"]


def test_what_a_service_offers_is_what_it_says_now():
    async def story(mailbox):
        mailbox.change(spec(mechanisms=["XOAUTH2"]))
        async with connected(mailbox) as client:
            return await client.ask(b"CAPABILITY")

    assert b" AUTH=XOAUTH2" in living(story)[0] and b"PLAIN" not in living(story)[0]


def test_circumstances_allow_list_and_occupied_are_read_at_each_event():
    def with_rules(**facts):
        rules = [
            {
                "when": {"event": "command", "command": "NOOP", **when},
                "then": {"text": f"{{tag}} NO {name}"},
            }
            for name, when in (
                ("state", {"state": "outage"}),
                ("peer", {"peer": "not-allowed"}),
                ("full", {"connections": {"per": "service", "over": 3}}),
            )
        ]
        allowed = facts.pop("allow_list", None)
        return spec(rules=rules, **facts).model_copy(update={"allow_list": allowed})

    async def story(mailbox):
        async with connected(mailbox) as client:
            heard = []
            for facts in ({"state": ["outage"]}, {"allow_list": ["10.0.0.1"]}, {"occupied": 3}):
                mailbox.change(with_rules(**facts))
                heard += await client.ask(b"NOOP")
            return heard

    assert living(story, with_rules()) == [b"t NO state", b"t NO peer", b"t NO full"]


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ({"imap": {"protocol": "imap"}}, "keeps its services: imap, smtp; not imap"),
        (
            {"imap": {"protocol": "pop3"}, "smtp": {"protocol": "smtp"}},
            "keeps its protocol: imap has imap, not pop3",
        ),
        (
            {"imap": {"protocol": "imap", "bind": "::1"}, "smtp": {"protocol": "smtp"}},
            "keeps its bind: imap has 127.0.0.1, not ::1",
        ),
        (
            {"imap": {"protocol": "imap", "port": 1}, "smtp": {"protocol": "smtp"}},
            "keeps its port: imap has .*, not 1",
        ),
        (
            {"imap": {"protocol": "imap"}, "smtp": {"protocol": "smtp", "port-of": "imap"}},
            "keeps its port: smtp has ",
        ),
    ],
)
def test_services_stay_where_they_are(services, said):
    async def story(mailbox):
        with pytest.raises(ValueError, match=said):
            mailbox.change(MailboxSpec.model_validate({"services": services, "state": ["outage"]}))
        return mailbox.spec.state

    assert living(story) == []


def test_a_port_that_is_named_is_the_one_it_has():
    async def story(mailbox):
        port = mailbox.services["imap"].port
        mailbox.change(spec(port=port))
        async with connected(mailbox) as client:
            return await client.log_in()

    assert living(story).startswith(b"t OK")


@pytest.mark.parametrize("how", ["refused", "black-hole"])
def test_a_port_stops_to_listen_and_listens_again(how):
    """Nobody else can have it in between; who is there stays."""

    async def story(mailbox):
        running = mailbox.services["imap"]
        place = (running.host, running.port)
        async with connected(mailbox) as before:
            for _ in range(3):
                mailbox.change(spec(listen=how))
                with pytest.raises(ConnectionRefusedError if how == "refused" else TimeoutError):
                    async with asyncio.timeout(0.3):
                        await asyncio.open_connection(*place)
                with pytest.raises(PortUnavailable):
                    open_listener(*place)
                mailbox.change(spec())
                async with connected(mailbox) as after:
                    assert (await after.log_in()).startswith(b"t OK")
            assert (running.host, running.listener.address[1]) == place
            return await before.log_in(), mailbox.knocks()

    stays, knocks = living(story)
    assert stays.startswith(b"t OK")
    assert knocks == {}


def test_what_was_secret_stays_so():
    async def story(mailbox):
        mailbox.change(spec(account={"password": "another-password"}))
        async with connected(mailbox) as client:
            await client.ask(b"NOOP " + PASSWORD.encode())
        await mailbox.settle(5)
        return "".join(e.text for e in mailbox.evidence.connections[0].lines())

    assert PASSWORD not in living(story)
