// imapflow, as its guide has it: events of a mailbox that is open, and IDLE begun anew after
// `maxIdleTime`. It "does not automatically reconnect": the program ends, and is started again.
const { ImapFlow } = require('imapflow');
const {
  say, message, failing, leave, settings, imapLoginError, isUntrusted, tlsOptions,
} = require('../shared/states.js');
const { imapTokenError } = require('../../connectors/shared/answers.js');
const { Tokens } = require('../../connectors/shared/tokens.js');

async function main() {
  const asked = await settings();
  const user = asked.username ?? asked.email;
  if (!asked.oauth2) return stay(asked, { user, pass: asked.password });
  const tokens = new Tokens(asked);
  try {
    await stay(asked, { user, accessToken: await tokens.current() }, () => tokens.another());
  } catch (error) { // no token was to be had
    failing(error.message, error.native ?? error);
    leave();
  }
}

// `another`: gives a new token in place of one that was refused, if there is one.
async function stay(asked, auth, another = () => null) {
  let trying = Boolean(auth.accessToken); // whether another may be tried yet
  const client = new ImapFlow({
    host: asked.imap.host,
    port: asked.imap.port,
    secure: asked.imap.security === 'implicit-tls',
    doSTARTTLS: asked.imap.security === 'starttls',
    tls: tlsOptions(asked),
    auth,
    connectionTimeout: asked.timeout_s * 1000,
    greetingTimeout: asked.timeout_s * 1000,
    socketTimeout: asked.timeout_s * 1000,
    maxIdleTime: asked.pace.idle_s * 1000,
    logger: false,
  });
  client.on('error', (error) => trying || failing(meaning(error, auth), error));
  client.on('close', () => trying || leave(client.byeReason || undefined));
  try {
    await client.connect();
    trying = false;
    await watch(client);
  } catch (error) {
    const accessToken = trying && meaning(error, auth) === 'unauthorized' ? await another() : null;
    if (accessToken) return stay(asked, { ...auth, accessToken });
    failing(meaning(error, auth), error);
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

function meaning(error, auth) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.authenticationFailed) {
    const text = `[${error.serverResponseCode ?? ''}] ${error.response ?? ''} ${error.responseText ?? ''}`;
    return auth.accessToken ? imapTokenError(text) : imapLoginError(text);
  }
  return error.responseStatus ? 'imap-confirmation-error' : 'imap-settings-incorrect';
}

main();
