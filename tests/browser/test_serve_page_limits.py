"""The page of `serve` at its limits: by keyboard, under load, in a hurry, and from elsewhere."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from harness.serving.page.live_page import MOST_CONNECTIONS, MOST_LINES
from tests.browser.serving import Serving, imap
from tests.browser.test_serve_page import GMAIL, NAME, see

CLEARTEXT = "connected/working[cleartext]"


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until it has the focus, which can be seen."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            hidden = "getComputedStyle(document.activeElement).opacity === '0'"
            assert page.evaluate(outline) != "none" or page.evaluate(hidden)
            return
    pytest.fail(f"{selector} is not reached by Tab")


AT_TOP = """(scroller) => new Promise((done) => {
  const look = () => scroller.scrollTop === 0 ? done() : requestAnimationFrame(look);
  look();
})"""


def test_it_is_used_by_keyboard_alone(entered: Any) -> None:
    entered.keyboard.press("Tab")
    assert entered.evaluate("document.activeElement.className") == "skip"
    entered.locator("#text").wait_for()
    entered.keyboard.press("/")
    entered.keyboard.type("gmail-imap")
    entered.locator(f"button[value='{GMAIL}']").wait_for()
    entered.wait_for_url("**text=gmail-imap*")
    tab_to(entered, f"button[value='{GMAIL}']")
    entered.keyboard.press("Enter")
    entered.wait_for_url(f"**/s/{NAME}")
    entered.locator("#live[data-state=live]").wait_for()
    tab_to(entered, "[name=language][value=fr]")
    entered.keyboard.press("Enter")
    entered.locator("#live", has_text="en direct").wait_for()
    tab_to(entered, "[role=switch]")
    entered.keyboard.press("Space")
    entered.get_by_role("switch", checked=True).wait_for()
    assert entered.evaluate("document.activeElement.getAttribute('role')") == "switch"
    tab_to(entered, "#check")
    entered.keyboard.press("Enter")
    entered.locator(".result h3.good", has_text="Connecté").wait_for()
    tab_to(entered, "#scroller")
    entered.keyboard.press("Home")
    entered.locator("#scroller").evaluate(AT_TOP)


def test_those_who_cannot_see_it_find_their_way(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, GMAIL)
    assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
    names = ("Type this into the product", "Remedy", "Check", "Dialogue", "Received messages")
    for name in names:
        page.get_by_role("region", name=name, exact=True).wait_for()
    nameless = """[...document.querySelectorAll('button, a, input, select')].filter((each) =>
      !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length))
      .map((each) => each.outerHTML)"""
    assert page.evaluate(nameless) == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const step = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""


def test_100_connections_and_10000_lines(
    entered: Any, stand: Serving, record_property: Any
) -> None:
    page = see(entered, stand, CLEARTEXT)
    settings = stand.settings(CLEARTEXT)
    page.evaluate(FRAMES)
    with ExitStack() as stack:
        clients = [imap(settings) for _ in range(100)]
        for client in clients:
            stack.callback(client.shutdown)
        for client in clients:
            for _ in range(50):
                client.noop()
        clients[-1].send(b"LASTONE NOOP\r\n")
        page.locator(".sequence .S .text", has_text="LASTONE OK").wait_for()
        state = stand.stand.get(CLEARTEXT)
        assert sum(len(each.lines) for each in state.connections()) > 10_000
        connections = page.locator(".connection").count()
        assert connections == MOST_CONNECTIONS
        assert page.locator(".sequence li").count() <= MOST_CONNECTIONS * MOST_LINES
        page.locator("#left-out", has_text="earlier connections are not shown").wait_for()
        assert page.evaluate("document.querySelectorAll('*').length") < 20_000
        at_end = "s => s.scrollHeight - s.scrollTop - s.clientHeight < 40"
        assert page.locator("#scroller").evaluate(at_end)
        scrolling = """async () => {
          const scroller = document.getElementById('scroller');
          window.frames_ms.length = 0;
          for (let top = scroller.scrollHeight; top > 0; top -= 400) {
            scroller.scrollTop = top;
            await new Promise(requestAnimationFrame);
          }
          return window.frames_ms;
        }"""
        busiest_ms = page.evaluate("Math.max(...window.frames_ms)")
        frames_ms = sorted(page.evaluate(scrolling))
    middle_ms = statistics.median(frames_ms)
    record_property("longest_frame_under_load_ms", round(busiest_ms))
    record_property("frame_while_scrolling_ms", round(middle_ms))
    print(f"longest frame under load {busiest_ms:.0f} ms; scrolling {middle_ms:.0f} ms a frame")


def test_one_connection_with_many_lines_says_what_is_left_out(entered: Any, stand: Serving) -> None:
    page = see(entered, stand, CLEARTEXT)
    client = imap(stand.settings(CLEARTEXT))
    for _ in range(200):
        client.noop()
    client.logout()
    page.locator(".connection .end").wait_for()
    assert page.locator(".sequence li").count() == MOST_LINES
    [record] = stand.stand.get(CLEARTEXT).connections()
    left_out = len(record.lines) - MOST_LINES
    assert page.locator(".connection .left-out").inner_text().startswith(f"{left_out} earlier")
    page.reload()
    page.locator(".connection .left-out", has_text=f"{left_out} earlier").wait_for()
    text = page.request.get(f"{stand.api.url}/s/{stand.stand.get(CLEARTEXT).name}/transcript.txt")
    assert len(text.text().splitlines()) == len(record.lines) + 1


SEEN = r"""() => {
  window.seen_s = {};
  new MutationObserver(() => {
    for (const each of document.querySelectorAll('.sequence .S .text')) {
      const mark = /MARK\d+/.exec(each.textContent);
      if (mark && !(mark[0] in window.seen_s)) {
        window.seen_s[mark[0]] = (performance.timeOrigin + performance.now()) / 1000;
      }
    }
  }).observe(document.getElementById('connections'), {childList: true, subtree: true});
}"""


def test_a_line_is_seen_at_once(entered: Any, stand: Serving, record_property: Any) -> None:
    page = see(entered, stand, CLEARTEXT)
    client = imap(stand.settings(CLEARTEXT))
    page.evaluate(SEEN)
    sent_s = {}
    for number in range(25):
        mark = f"MARK{number}"
        sent_s[mark] = time.time()
        client.send(f"{mark} NOOP\r\n".encode())
        client.readline()
        page.locator(".sequence .S .text", has_text=f"{mark} OK").wait_for()
    seen_s = page.evaluate("window.seen_s")
    client.shutdown()
    waits_ms = [(seen_s[mark] - sent) * 1000 for mark, sent in sent_s.items()]
    median_ms = statistics.median(waits_ms)
    record_property("line_visible_median_ms", round(median_ms, 1))
    print(f"a line is in the page after {median_ms:.0f} ms (most {max(waits_ms):.0f} ms)")


@contextmanager
def elsewhere(page_text: str) -> Iterator[str]:
    """A page of another origin on this machine; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page_text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_from_elsewhere_cannot_drive_it(browser: Any, stand: Serving) -> None:
    stand.start(GMAIL)
    context = browser.new_context()
    page = context.new_page()
    page.goto(stand.api.page)  # the browser has the cookie from here on
    assert any(each["name"].startswith("badinbox") for each in context.cookies())
    target = f"{stand.api.url}/s/{NAME}"
    form = f"<form method=post action='{target}/stop'><button>win</button></form>"
    with elsewhere(f"{form}<iframe src='{target}'></iframe>") as address:
        page.goto(address)
        ask = """async (url) => {
          const answers = [];
          const wanted = {'/stop': 'POST', '/remedy': 'POST', '/settings': 'GET'};
          for (const [path, method] of Object.entries(wanted)) {
            const options = {method, credentials: 'include', mode: 'no-cors'};
            try {
              answers.push((await fetch(url + path, options)).type);
            } catch (error) { answers.push('refused'); }
          }
          return answers;
        }"""
        assert set(page.evaluate(ask, target)) <= {"opaque", "refused"}  # nothing can be read
        assert page.frames[1].locator(".mailbox, .case").count() == 0
        page.get_by_role("button", name="win").click()
        page.get_by_text("another origin may not drive this").wait_for()
    assert len(stand.stand) == 1 and stand.stand.get(GMAIL).remedy is None
    context.close()
