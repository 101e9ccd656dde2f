// A mailbox check by node-imap and emailjs.
const { pathToFileURL } = require('url');
const Imap = require('node-imap');
const { Failed, serve, imapLoginError, smtpLoginError, isUntrusted, tlsOptions } = require('../shared/answers.js');

const emailjs = import(pathToFileURL(require.resolve('emailjs')));

serve(async (settings) => {
  await checkImap(settings);
  await checkSmtp(settings);
});

function checkImap(settings) {
  const { host, port, security, source_address } = settings.imap;
  const wait = settings.timeout_s * 1000;
  const imap = new Imap({
    host, port,
    user: settings.username ?? settings.email,
    password: settings.password,
    tls: security === 'implicit-tls',
    autotls: security === 'starttls' ? 'always' : 'never',
    tlsOptions: tlsOptions(settings),
    localAddress: source_address ?? undefined,
    connTimeout: wait, authTimeout: wait, socketTimeout: wait,
  });
  return new Promise((resolve, reject) => {
    let failed;
    let ready = false; // node-imap's state is gone when it tells of an error
    const fail = (error, native) => {
      failed ??= new Failed(error, native);
      imap.end();
    };
    imap.once('ready', () => {
      ready = true;
      imap.openBox('INBOX', (error) => {
        if (error) fail('imap-confirmation-error', error);
        else imap.end();
      });
    });
    imap.on('error', (error) => {
      failed ??= new Failed(imapError(ready, error), error);
      imap.destroy();
    });
    imap.once('close', () => {
      if (failed) reject(failed);
      else if (imap._box) resolve();
      else reject(new Failed(imapError(ready, {}), new Error('the connection was closed')));
    });
    imap.connect();
  });
}

// Its `source`, and whether there was a log-in, are all that node-imap tells of where it failed.
function imapError(ready, error) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.source === 'authentication') return imapLoginError(`[${error.textCode ?? ''}] ${error.message}`);
  if (ready || /^Received negative welcome/.test(error.message)) return 'imap-confirmation-error';
  return 'imap-settings-incorrect';
}

async function checkSmtp(settings) {
  const { SMTPClient } = await emailjs;
  const { host, port, security } = settings.smtp; // emailjs cannot be told an address to connect from
  const client = new SMTPClient({
    host, port,
    user: settings.username ?? settings.email,
    password: settings.password,
    ssl: security === 'implicit-tls' && tlsOptions(settings),
    tls: security === 'starttls' && tlsOptions(settings),
    timeout: settings.timeout_s * 1000,
  });
  try {
    await client.sendAsync({
      from: settings.email,
      to: settings.bcc_address ?? settings.email,
      subject: 'Test e-mail',
      text: 'This is a test e-mail.',
    });
  } catch (error) {
    throw new Failed(await smtpError(error), error);
  } finally {
    await new Promise((done) => client.smtp.quit(done));
  }
}

async function smtpError(error) {
  const { SMTPErrorStates } = await emailjs;
  if (isUntrusted(error) || isUntrusted(error.previous ?? {})) return 'unauthorized-untrusted-certificate';
  if (error.code === SMTPErrorStates.AUTHFAILED) {
    const words = String(error.previous?.smtp ?? error.previous?.message ?? '');
    return smtpLoginError(Number.parseInt(words), words);
  }
  const sending = /bad response on command '\s*(mail|rcpt|data|\.)/i.test(error.message ?? '');
  return sending ? 'test-email-failed' : 'smtp-settings-incorrect';
}
