"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const say = (text) => { byId("news").textContent = text; };
  const complain = (text) => { byId("problem").textContent = text; };
  const words = byId("problem").dataset; /* all that is said stands in the templates */

  /* Copying. */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const what = button.getAttribute("aria-label") || button.innerText;
    say(byId("news").dataset.copied.replace("{what}", what));
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1200);
  });

  /* What was refused is said where everybody sees and hears it. */
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    complain("");
    if (event.target.matches("#check, .switch")) byId("result").replaceChildren(); // it is old now
  });
  document.body.addEventListener("htmx:sendError", () => complain(words.silent));
  document.body.addEventListener("htmx:timeout", () => complain(words.late));
  document.body.addEventListener("htmx:responseError", (event) => {
    let detail = event.detail.xhr.statusText;
    try { detail = JSON.parse(event.detail.xhr.responseText).detail; } catch { /* not ours */ }
    complain(detail);
  });

  document.addEventListener("keydown", (event) => {
    const search = byId("text"); // which may have come after the page
    if (event.key !== "/" || !search || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    search.focus();
  });

  /* The live dialogue: pieces of HTML come escaped from the server; here they are put in their
     place, and what has scrolled by long ago is taken out, and counted. */
  const main = byId("main");
  if (!main.dataset.live) return;
  const connections = byId("connections");
  const scroller = byId("scroller");
  const mostConnections = Number(main.dataset.mostConnections);
  const mostLines = Number(main.dataset.mostLines);
  let gone = 0;

  const count = (element, number) => {
    element.hidden = !number;
    const {one, more} = element.dataset;
    element.textContent = number === 1 ? one : more.replace("{n}", number);
  };
  const trim = (connection, more) => {
    const rows = connection.querySelector(".sequence");
    let over = rows.children.length - mostLines;
    const left = Number(connection.dataset.gone || 0) + more + Math.max(0, over);
    for (; over > 0; over -= 1) rows.firstElementChild.remove();
    connection.dataset.gone = left;
    count(connection.querySelector(".left-out"), left);
  };
  const place = (piece) => {
    const there = connections.querySelector(`[data-key="${CSS.escape(piece.dataset.key)}"]`);
    if (!there) {
      connections.append(piece);
    } else {
      there.querySelector(".sequence").append(...piece.querySelector(".sequence").children);
      const closed = piece.querySelector(".closed");
      if (closed.textContent.trim()) there.querySelector(".closed").replaceChildren(...closed.childNodes);
      if ("fired" in piece.dataset) there.dataset.fired = "";
    }
    trim(there || piece, Number(piece.dataset.leftOut));
  };
  const add = (html) => {
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    const template = document.createElement("template");
    template.innerHTML = html;
    gone += Number(template.content.firstElementChild?.dataset.leftOut || 0);
    template.content.querySelectorAll(".connection").forEach(place);
    for (; connections.children.length > mostConnections; gone += 1) {
      connections.firstElementChild.remove();
    }
    count(byId("left-out"), gone);
    byId("none").hidden = connections.children.length > 0;
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  };

  const state = (name) => {
    const live = byId("live");
    live.textContent = live.dataset[name];
    live.dataset.state = name;
  };
  const source = new EventSource(main.dataset.live);
  source.addEventListener("error", () => {
    state(source.readyState === EventSource.CLOSED ? "ended" : "connecting");
  });
  source.addEventListener("dialogue", (event) => {
    connections.replaceChildren();
    gone = 0;
    add(event.data);
  });
  // With the dialogue they come first on every connection: what happens from here on is told.
  source.addEventListener("steps", (event) => {
    byId("steps").innerHTML = event.data;
    state("live");
  });
  /* A life: where it stands comes whole. What had the focus keeps it, what can be clicked works. */
  let deadline = 0;
  const countDown = () => {
    const left = document.querySelector("#life-now [data-left-s]");
    if (!left) return;
    const n = Math.max(0, Math.round((deadline - performance.now()) / 1000));
    const {seconds, minutes} = left.dataset;
    left.textContent = n < 120 ? seconds.replace("{n}", n) : minutes.replace("{n}", Math.round(n / 60));
  };
  const timed = () => {
    const left = document.querySelector("#life-now [data-left-s]");
    if (left) deadline = performance.now() + Number(left.dataset.leftS) * 1000;
    countDown();
  };
  timed();
  setInterval(countDown, 1000);
  source.addEventListener("life", (event) => {
    const life = byId("life");
    const focused = life.contains(document.activeElement) ? document.activeElement.id : "";
    life.innerHTML = event.data;
    window.htmx.process(life);
    if (focused) byId(focused)?.focus();
    timed();
  });
  source.addEventListener("lines", (event) => add(event.data));
  source.addEventListener("news", (event) => say(event.data));
  source.addEventListener("changed", (event) => {
    for (const name of event.data.split(" ")) document.body.dispatchEvent(new Event(name));
  });
  source.addEventListener("stopped", () => {
    source.close();
    document.body.addEventListener("htmx:beforeRequest", (event) => event.preventDefault());
    state("stopped");
    complain(words.stopped);
  });
})();
