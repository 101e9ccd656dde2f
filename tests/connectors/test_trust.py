"""A valid certificate is valid in every runtime, by the environment that a command is given alone.

Each program makes one TLS connection, reads no `ca_file`, and says whether it was allowed to. That
a certificate of another authority is refused shows that it looks at all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from .named import errors_named

UNTRUSTED = "unauthorized-untrusted-certificate"
SAID = {
    "connected/working[implicit-tls]": "connected",
    f"{UNTRUSTED}/unknown-authority[imap-implicit-tls]": UNTRUSTED,
}
PYTHON = """
import json, socket, ssl, sys
imap = json.load(sys.stdin)["imap"]
error = "connected"
try:
    plain = socket.create_connection((imap["host"], imap["port"]))
    ssl.create_default_context().wrap_socket(plain, server_hostname=imap["host"]).recv(99)
except ssl.SSLCertVerificationError:
    error = "unauthorized-untrusted-certificate"
print(json.dumps({"error": error}))
"""
NODE = """
const imap = JSON.parse(require('fs').readFileSync(0)).imap;
const say = (error) => { console.log(JSON.stringify({ error })); process.exit(); };
require('tls').connect(imap.port, imap.host, () => say('connected'))
  .on('error', () => say('unauthorized-untrusted-certificate'));
"""
RUBY = """
require "json"
require "net/imap"
imap = JSON.parse($stdin.read)["imap"]
begin
  Net::IMAP.new(imap["host"], port: imap["port"], ssl: true).disconnect
  puts '{"error": "connected"}'
rescue OpenSSL::SSL::SSLError
  puts '{"error": "unauthorized-untrusted-certificate"}'
end
"""
PERL = """
use IO::Socket::SSL;
use JSON::PP;
my $imap = decode_json(join '', <STDIN>)->{imap};
my $made = IO::Socket::SSL->new(PeerAddr => $imap->{host}, PeerPort => $imap->{port});
print encode_json({ error => $made ? 'connected' : 'unauthorized-untrusted-certificate' });
"""
PHP = """<?php
$imap = json_decode(stream_get_contents(STDIN), true)['imap'];
$made = @stream_socket_client("ssl://{$imap['host']}:{$imap['port']}");
echo json_encode(['error' => $made ? 'connected' : 'unauthorized-untrusted-certificate']);
"""
PHP_IMAP = """<?php
$asked = json_decode(stream_get_contents(STDIN), true);
$at = "{{$asked['imap']['host']}:{$asked['imap']['port']}/imap/ssl}";
$made = @imap_open($at, $asked['email'], $asked['password'], OP_HALFOPEN, 1);
imap_errors();
echo json_encode(['error' => $made ? 'connected' : 'unauthorized-untrusted-certificate']);
"""
JAVA = """
import java.util.regex.*;
import javax.net.ssl.*;
class Check {
    public static void main(String[] arguments) throws Exception {
        String asked = new String(System.in.readAllBytes(), "UTF-8"), error = "connected";
        String typed = ".*\\"imap\\": \\\\{\\"host\\": \\"([^\\"]*)\\", \\"port\\": (\\\\d+).*";
        Matcher imap = Pattern.compile(typed).matcher(asked.strip());
        imap.matches();
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        int port = Integer.parseInt(imap.group(2));
        try (SSLSocket socket = (SSLSocket) factory.createSocket(imap.group(1), port)) {
            socket.startHandshake();
        } catch (SSLHandshakeException refused) {
            error = "unauthorized-untrusted-certificate";
        }
        System.out.println("{\\"error\\": \\"" + error + "\\"}");
    }
}
"""
GO = """
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var asked struct {
		Imap struct {
			Host string
			Port int
		}
	}
	json.NewDecoder(os.Stdin).Decode(&asked)
	said := "connected"
	at := fmt.Sprintf("%s:%d", asked.Imap.Host, asked.Imap.Port)
	if _, err := tls.Dial("tcp", at, nil); err != nil {
		said = "unauthorized-untrusted-certificate"
	}
	fmt.Printf("{\\"error\\": \\"%s\\"}\\n", said)
}
"""
SHELL = """
read -r asked
imap=${asked#*'"imap": {"host": "'}
host=${imap%%'"'*}
port=${imap#*'"port": '}
said=connected
curl -s "imaps://$host:${port%%,*}/" -X NOOP >&2 || [ $? != 60 ] ||
    said=unauthorized-untrusted-certificate
echo "{\\"error\\": \\"$said\\"}"
"""
RUNTIMES = {
    "Python": (sys.executable, "check.py", PYTHON, "true"),
    "Node": ("node", "check.js", NODE, "node --version"),
    "Ruby": ("ruby", "check.rb", RUBY, "ruby -rnet/imap -e 1"),
    "Perl": ("perl", "check.pl", PERL, "perl -MIO::Socket::SSL -e 1"),
    "PHP": ("php", "check.php", PHP, "php --version"),
    "PHP's IMAP": ("php", "check.php", PHP_IMAP, "php --ri imap"),
    "Java": ("java", "Check.java", JAVA, "javac --version"),
    "Go": ("go run", "check.go", GO, "go version"),
    "curl": ("sh", "check.sh", SHELL, "curl --version"),
}
"""How a program is started, its file, its text, and what ends with 0 where its runtime is here."""


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_environment_is_enough(
    runtime: str, tmp_path: Path, absent: Callable[[str], NoReturn]
) -> None:
    program, name, code, present = RUNTIMES[runtime]
    if subprocess.run(present, shell=True, capture_output=True, check=False).returncode:
        absent(f"{runtime}, for a test of what it trusts")
    (tmp_path / name).write_text(code, encoding="utf-8")
    assert errors_named(f"{program} {tmp_path / name}", SAID) == SAID
