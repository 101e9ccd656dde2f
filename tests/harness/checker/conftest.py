"""Tiny servers, each connection of which follows a script written in the test."""

import contextlib
import re
import socket
import struct
import threading

import pytest

from fakeservers.wire import Tls
from fakeservers.wire.certificates import process_authority
from harness.checker import check
from harness.contract.settings import ConnectionSettings, ServerSettings

PASSWORD = 'p\\w"d 1'


class Gone(Exception):
    """The client left."""


class Peer:
    """The server's side of one connection."""

    def __init__(self, sock):
        self.sock = sock
        self.received = []
        self.buffer = b""

    def send(self, *lines):
        try:
            self.sock.sendall(b"".join(lines))
        except OSError:
            raise Gone from None

    def line(self):
        while b"\n" not in self.buffer:
            self.buffer += self.some()
        line, _, self.buffer = self.buffer.partition(b"\n")
        self.received.append(line.rstrip(b"\r"))
        return self.received[-1]

    def exactly(self, size):
        while len(self.buffer) < size:
            self.buffer += self.some()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        self.received.append(data)
        return data

    def some(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        return data

    def until_gone(self):
        while True:
            self.some()

    def start_tls(self, profile="valid", **tls):
        context = process_authority().context(profile, Tls(**tls))
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except OSError:
            raise Gone from None

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            while self.sock.recv(65536):
                pass
        raise Gone


class Server:
    """Serves one script after another, one for each connection; a last one for all the rest."""

    def __init__(self, *scripts):
        self.scripts = scripts
        self.peers = []
        self.errors = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            sock, _ = self.listener.accept()
            if not self.scripts:
                sock.close()
                return
            peer = Peer(sock)
            script = self.scripts[min(len(self.peers), len(self.scripts) - 1)]
            self.peers.append(peer)
            try:
                script(peer)
            except Gone:
                pass
            except Exception as error:
                self.errors.append(error)
            finally:
                peer.sock.close()

    def stop(self):
        self.scripts = ()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join()
        self.listener.close()
        if self.errors:
            raise self.errors[0]

    @property
    def received(self):
        """All lines that clients sent."""
        return [line for peer in self.peers for line in peer.received]

    def commands(self):
        """Their first words; IMAP's tags left out."""
        lines = [re.sub(rb"^[A-P]{4}\d+ ", b"", line) for line in self.received]
        return [line.split(b" ")[0].decode("latin-1") for line in lines]


def imap_script(greeting=None, capabilities=b"IMAP4rev1 AUTH=PLAIN SASL-IR ID", **answers):
    """A working IMAP server in few words; an answer is bytes with `TAG` in it, or a callable."""
    known = {
        "CAPABILITY": b"* CAPABILITY " + capabilities + b"\r\nTAG OK done\r\n",
        "LOGIN": b"TAG OK in\r\n",
        "AUTHENTICATE": b"TAG OK in\r\n",
        "ID": b"* ID NIL\r\nTAG OK done\r\n",
        "SELECT": b"* 0 EXISTS\r\n* FLAGS ()\r\nTAG OK [READ-WRITE] done\r\n",
        "LOGOUT": b"* BYE bye\r\nTAG OK done\r\n",
        "STARTTLS": b"TAG OK go\r\n",
        **answers,
    }

    def script(peer):
        peer.send(greeting or b"* OK [CAPABILITY " + capabilities + b"] ready\r\n")
        while True:
            tag, command, rest = [*peer.line().split(b" ", 2), b"", b""][:3]
            answer = known.get(command.decode("latin-1").upper(), b"TAG BAD what\r\n")
            if callable(answer):
                answer = answer(peer, tag, rest) or b""
            peer.send(answer.replace(b"TAG", tag))
            if command == b"LOGOUT":
                peer.close()

    return script


def smtp_script(greeting=b"220 here\r\n", auth=b"PLAIN LOGIN", **answers):
    """A working SMTP server in few words."""
    known = {
        "ehlo": b"250-here\r\n250-SIZE 1000000\r\n250 AUTH " + auth + b"\r\n",
        "AUTH": b"235 in\r\n",
        "mail": b"250 ok\r\n",
        "rcpt": b"250 ok\r\n",
        "DATA": b"354 go\r\n",
        "end": b"250 queued\r\n",
        "QUIT": b"221 bye\r\n",
        **answers,
    }

    def script(peer):
        peer.send(greeting)
        while True:
            command, *rest = peer.line().split(b" ", 1)
            name = command.decode("latin-1")
            answer = known.get(name, b"500 what\r\n")
            if callable(answer):
                answer = answer(peer, *rest) or b""
            peer.send(answer)
            if answer.startswith(b"354"):
                while peer.line() != b".":
                    pass
                end = known["end"]
                peer.send(end(peer) if callable(end) else end)
            if name == "QUIT":
                peer.close()

    return script


@pytest.fixture
def serve():
    """A function that starts a server with scripts; the servers stop after the test."""
    with contextlib.ExitStack() as stack:

        def start(*scripts):
            server = Server(*scripts)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def checked(serve):
    """A function that checks an IMAP and an SMTP server; keeps both servers as attributes."""

    def run(imap=None, smtp=None, *, imap_typed=None, smtp_typed=None, **typed):
        run.imap = serve(*_listed(imap or imap_script()))
        run.smtp = serve(*_listed(smtp or smtp_script()))
        profile = typed.pop("profile", "current")
        rest = {
            name: typed.pop(name)
            for name in ("on_step", "on_said", "on_tokens", "send")
            if name in typed
        }
        settings = ConnectionSettings(
            email="anna@example.test",
            **{
                "password": PASSWORD,
                "ca_file": process_authority().ca_file,
                "bcc_address": "bcc@crm.example.test",
                "timeout_s": 5,
                "imap": typed_server(run.imap, **(imap_typed or {})),
                "smtp": typed_server(run.smtp, **(smtp_typed or {})),
                **typed,
            },
        )
        return check(settings, profile=profile, **rest)

    return run


def _listed(scripts):
    return scripts if isinstance(scripts, list) else [scripts]


def typed_server(server, **typed):
    return ServerSettings(
        **{"host": "127.0.0.1", "port": server.port, "security": "cleartext", **typed}
    )
