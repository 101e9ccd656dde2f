// The two SMTP steps by Nodemailer, once.
const nodemailer = require('nodemailer');
const { Failed, smtpLoginError, isUntrusted, tlsOptions } = require('./answers.js');
const { tokenFailed } = require('./tokens.js');

// `auth` and `message`: as Nodemailer has them. Throws Failed.
async function sendBy(settings, auth, message) {
  const { host, port, security, source_address } = settings.smtp;
  const wait = settings.timeout_s * 1000;
  const transport = nodemailer.createTransport({
    host, port,
    secure: security === 'implicit-tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'cleartext',
    tls: tlsOptions(settings),
    localAddress: source_address ?? undefined,
    auth,
    connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait,
  });
  try {
    await transport.sendMail(message);
  } catch (error) {
    if (auth.type === 'OAuth2' && error.code === 'EAUTH' && !error.responseCode) throw tokenFailed(error);
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

module.exports = { sendBy };
