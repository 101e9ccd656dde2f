"""Accounts, folders and who may log in."""

from datetime import UTC, datetime

import pytest

from fakeservers.spec import OPAQUE, Account
from fakeservers.store import Accounts, Naming, StoredAccount

ANNA = Account(username="anna.k", aliases=["info@example.test"])


def accounts(account=ANNA):
    return Accounts(account, Account(address="bcc@crm.example.test"))


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("anna@example.test", "account"),
        ("anna@EXAMPLE.test", "account"),
        ("info@example.test", "account"),
        ("bcc@crm.example.test", "bcc"),
        ("ANNA@example.test", None),
        ("anna@example.testt", None),
        ("", None),
    ],
)
def test_whose_mail_it_is(address, owner):
    both = accounts()
    assert both.find(address) is (getattr(both, owner) if owner else None)


@pytest.mark.parametrize(
    ("username", "secret", "kind", "result", "opens"),
    [
        ("anna.k", ANNA.password, "password", "account", True),
        ("anna.k", ANNA.app_password, "password", "app-password", True),
        ("anna.k", ANNA.app_password.replace(" ", ""), "password", "app-password", True),
        ("anna.k", ANNA.token, "token", "token", True),
        ("", ANNA.token, "token", "token", True),
        ("", "", "token", "wrong", False),
        ("anna.k", ANNA.token, "password", "wrong", False),
        ("anna.k", ANNA.password, "token", "wrong", False),
        ("anna.k", "", "password", "wrong", False),
        ("anna.k", ANNA.password.lower(), "password", "wrong", False),
        # A right password under a wrong name is known for what it is, but opens nothing.
        ("anna@example.test", ANNA.password, "password", "account", False),
        ("nobody", ANNA.password, "password", "account", False),
        ("nobody", "nothing", "password", "wrong", False),
    ],
)
def test_who_may_log_in(username, secret, kind, result, opens):
    both = accounts()
    assert both.check(username, secret, kind) == (result, both.account if opens else None)


def test_clear_passwords_for_cram_md5():
    assert accounts().secrets_of("anna.k") == (ANNA.password, ANNA.app_password)
    assert accounts().secrets_of("nobody") == ()


def test_an_amended_account_keeps_its_mail():
    both = accounts()
    both.account.deliver(b"x")
    both.amend(Account(password="new"), both.bcc.spec, OPAQUE)
    assert both.check("anna@example.test", "new") == ("account", both.account)
    assert len(both.account.inbox.messages) == 3


def test_a_new_account_has_its_folders_and_a_welcome():
    account = StoredAccount(ANNA)
    uses = [folder.special_use for folder in account.folders.values()]
    assert uses == [None, "\\Drafts", "\\Sent", "\\Junk", "\\Trash", "\\Archive"]
    assert len({folder.uid_validity for folder in account.folders.values()}) == 6
    for message in account.inbox.messages:
        assert b"\n" not in message.content.replace(b"\r\n", b"")
    assert account.folder("inBox") is account.inbox
    assert account.folder("sent") is None


def test_uids_never_come_back():
    inbox = StoredAccount(ANNA).inbox
    inbox.remove(inbox.messages)
    assert inbox.messages == []
    assert inbox.append(b"x").uid == 3


def test_a_copy_keeps_flags_and_date():
    account = StoredAccount(ANNA)
    when = datetime(2020, 1, 2, tzinfo=UTC)
    original = account.inbox.append(b"x", ["\\Seen"], when)
    copy = account.folders["Sent"].copy(original)
    assert (copy.content, copy.flags, copy.received, copy.uid) == (b"x", {"\\Seen"}, when, 1)
    copy.flags.clear()
    assert original.flags == {"\\Seen"}


def test_watchers_are_told_until_they_leave():
    account = StoredAccount(ANNA)
    told = []
    watcher = lambda: told.append(1)  # noqa: E731
    account.inbox.watch(watcher)
    account.deliver(b"x")
    account.inbox.remove([])
    account.inbox.unwatch(watcher)
    account.deliver(b"y")
    assert told == [1, 1]


class TestNaming:
    DOTS = Naming(".", "INBOX.")

    def test_the_folders_of_a_new_account_are_named_so(self):
        folders = StoredAccount(Account(), self.DOTS).folders
        assert list(folders)[:3] == ["INBOX", "INBOX.Drafts", "INBOX.Sent"]

    @pytest.mark.parametrize(
        ("naming", "name", "permitted"),
        [
            (Naming(), "a", True),
            (Naming(), "a/b", True),
            (Naming(), "a//b", False),
            (Naming(), "/a", False),
            (DOTS, "INBOX.a.b", True),
            (DOTS, "INBOX..b", False),
            (DOTS, "INBOX.", False),
            (DOTS, "a", False),
            (DOTS, "INBOX.a/b", False),
        ],
    )
    def test_a_name_has_the_prefix_and_no_empty_level(self, naming, name, permitted):
        assert naming.permits(name) is permitted
