// A mailbox check by imapflow and Nodemailer.
globalThis.crypto ??= require('crypto').webcrypto; // Node 18, which Debian 12 has, leaves it out
const { ImapFlow } = require('imapflow');
const {
  Failed, serve, imapLoginError, imapTokenError, isUntrusted, tlsOptions,
} = require('../shared/answers.js');
const { sendBy } = require('../shared/sending.js');
const { Tokens } = require('../shared/tokens.js');

serve(async (settings) => {
  const user = settings.username ?? settings.email;
  if (settings.oauth2) {
    const tokens = new Tokens(settings);
    await checkImapWithToken(settings, user, tokens);
    await checkSmtp(settings, tokens.forNodemailer());
  } else {
    const auth = { user, pass: settings.password };
    await checkImap(settings, auth);
    await checkSmtp(settings, auth);
  }
});

// imapflow renews no tokens; where one is refused, it is asked again with a new one.
async function checkImapWithToken(settings, user, tokens) {
  const known = await tokens.current();
  try {
    await checkImap(settings, { user, accessToken: known });
  } catch (failed) {
    const accessToken = failed.message === 'unauthorized' ? await tokens.another() : null;
    if (!accessToken) throw failed;
    await checkImap(settings, { user, accessToken });
  }
}

async function checkImap(settings, auth) {
  const { host, port, security, source_address } = settings.imap;
  const wait = settings.timeout_s * 1000;
  const client = new ImapFlow({
    host, port,
    secure: security === 'implicit-tls',
    doSTARTTLS: security === 'starttls',
    tls: { ...tlsOptions(settings), localAddress: source_address ?? undefined },
    auth,
    connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait,
    logger: false,
  });
  client.on('error', () => {}); // it also rejects whatever is being waited for
  try {
    await client.connect();
  } catch (error) {
    client.close();
    throw new Failed(connectError(client, error, auth), error);
  }
  try {
    await client.mailboxOpen('INBOX');
  } catch (error) {
    throw new Failed('imap-confirmation-error', error);
  } finally {
    await client.logout().catch(() => client.close());
  }
}

// imapflow connects and logs in in one step: what its error and its state tell of where it failed.
function connectError(client, error, auth) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.authenticationFailed) {
    const text = `[${error.serverResponseCode ?? ''}] ${error.response ?? ''} ${error.responseText ?? ''}`;
    return auth.accessToken ? imapTokenError(text) : imapLoginError(text);
  }
  if (error.tlsFailed) return 'imap-settings-incorrect';
  if (client.greeting) return 'imap-authentication-error';
  return client.byeReason ? 'imap-confirmation-error' : 'imap-settings-incorrect';
}

function checkSmtp(settings, auth) {
  return sendBy(settings, auth, {
    from: settings.email,
    to: settings.bcc_address ?? settings.email,
    subject: 'Test e-mail',
    text: 'This is a test e-mail.',
  });
}
