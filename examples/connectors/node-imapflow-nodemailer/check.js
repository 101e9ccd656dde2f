// A mailbox check by imapflow and Nodemailer.
globalThis.crypto ??= require('crypto').webcrypto; // Node 18, which Debian 12 has, leaves it out
const { ImapFlow } = require('imapflow');
const nodemailer = require('nodemailer');
const { Failed, serve, imapLoginError, smtpLoginError, isUntrusted, tlsOptions } = require('../shared/answers.js');

serve(async (settings) => {
  await checkImap(settings);
  await checkSmtp(settings);
});

async function checkImap(settings) {
  const { host, port, security, source_address } = settings.imap;
  const wait = settings.timeout_s * 1000;
  const client = new ImapFlow({
    host, port,
    secure: security === 'implicit-tls',
    doSTARTTLS: security === 'starttls',
    tls: { ...tlsOptions(settings), localAddress: source_address ?? undefined },
    auth: { user: settings.username ?? settings.email, pass: settings.password },
    connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait,
    logger: false,
  });
  client.on('error', () => {}); // it also rejects whatever is being waited for
  try {
    await client.connect();
  } catch (error) {
    client.close();
    throw new Failed(connectError(client, error), error);
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
function connectError(client, error) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.authenticationFailed) {
    return imapLoginError(`[${error.serverResponseCode ?? ''}] ${error.response ?? ''} ${error.responseText ?? ''}`);
  }
  if (error.tlsFailed) return 'imap-settings-incorrect';
  if (client.greeting) return 'imap-authentication-error';
  return client.byeReason ? 'imap-confirmation-error' : 'imap-settings-incorrect';
}

async function checkSmtp(settings) {
  const { host, port, security, source_address } = settings.smtp;
  const wait = settings.timeout_s * 1000;
  const transport = nodemailer.createTransport({
    host, port,
    secure: security === 'implicit-tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'cleartext',
    tls: tlsOptions(settings),
    localAddress: source_address ?? undefined,
    auth: { user: settings.username ?? settings.email, pass: settings.password },
    connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait,
  });
  try {
    await transport.sendMail({
      from: settings.email,
      to: settings.bcc_address ?? settings.email,
      subject: 'Test e-mail',
      text: 'This is a test e-mail.',
    });
  } catch (error) {
    throw new Failed(sendError(error), error);
  } finally {
    transport.close();
  }
}

function sendError(error) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.code === 'EAUTH') return smtpLoginError(error.responseCode, error.response ?? '');
  const sending = ['EENVELOPE', 'EMESSAGE'].includes(error.code);
  return sending ? 'test-email-failed' : 'smtp-settings-incorrect';
}
