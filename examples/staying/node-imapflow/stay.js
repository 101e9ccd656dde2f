// imapflow, as its guide has it: events of a mailbox that is open, and IDLE begun anew after
// `maxIdleTime`. It "does not automatically reconnect": the program ends, and is started again.
const { ImapFlow } = require('imapflow');
const {
  say, message, failing, leave, settings, imapLoginError, isUntrusted, tlsOptions,
} = require('../shared/states.js');

async function main() {
  const asked = await settings();
  const client = new ImapFlow({
    host: asked.imap.host,
    port: asked.imap.port,
    secure: asked.imap.security === 'implicit-tls',
    doSTARTTLS: asked.imap.security === 'starttls',
    tls: tlsOptions(asked),
    auth: { user: asked.username ?? asked.email, pass: asked.password },
    connectionTimeout: asked.timeout_s * 1000,
    greetingTimeout: asked.timeout_s * 1000,
    socketTimeout: asked.timeout_s * 1000,
    maxIdleTime: asked.pace.idle_s * 1000,
    logger: false,
  });
  client.on('error', (error) => failing(meaning(error), error));
  client.on('close', () => leave(client.byeReason || undefined));
  try {
    await client.connect();
    await watch(client);
  } catch (error) {
    failing(meaning(error), error);
    leave();
  }
}

async function watch(client) {
  await client.mailboxOpen('INBOX');
  await takeIn(client);
  say('connected');
  const left = () => {}; // `close` tells of it
  let taking = Promise.resolve();
  client.on('exists', () => {
    taking = taking.then(() => takeIn(client));
    taking.then(() => client.idle()).catch(left); // it ends with the next command only
  });
  await client.idle();
}

// The messages that nobody has seen; from then on they are seen.
async function takeIn(client) {
  const unseen = await client.search({ seen: false }, { uid: true });
  if (!unseen.length) return;
  const taken = await client.fetchAll(unseen, { uid: true, envelope: true }, { uid: true });
  await client.messageFlagsAdd(unseen, ['\\Seen'], { uid: true });
  taken.forEach((each) => message(each.envelope.messageId));
}

function meaning(error) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.authenticationFailed) {
    return imapLoginError(`[${error.serverResponseCode ?? ''}] ${error.response ?? ''} ${error.responseText ?? ''}`);
  }
  return error.responseStatus ? 'imap-confirmation-error' : 'imap-settings-incorrect';
}

main();
