// Starts `badinbox serve` for a test suite, and drives it over its API.
const { spawn } = require("node:child_process");
const readline = require("node:readline");

class Badinbox {
  constructor(child, url, token) {
    Object.assign(this, { child, url, token });
  }

  /** Resolves once it is ready. BADINBOX says where the command is. */
  static async start() {
    const child = spawn(process.env.BADINBOX || "badinbox", ["serve", "--quiet"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const found = /^API (http\S+)\/\?token=(\S+)$/.exec(line);
      if (!found) continue;
      return new Badinbox(child, found[1], found[2]);
    }
    throw new Error("badinbox serve has ended");
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await ended;
  }

  async request(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const answer = await fetch(`${this.url}/v1/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(json.detail);
    return json;
  }

  /** Stands a scenario's mailbox up; what to type is in its `settings`. */
  mailbox(scenario) {
    return this.request("POST", "mailboxes", { scenario });
  }

  /** The verdict on what the product said of it: a documented error, and more. */
  verdict(mailbox, said) {
    return this.request("POST", `mailboxes/${mailbox.name}/verdict`, said);
  }
}

module.exports = { Badinbox };
