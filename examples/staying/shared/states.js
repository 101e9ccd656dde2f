// What the Node programs share: settings in, states out.
const readline = require('readline');
const { imapLoginError, isUntrusted, tlsOptions } = require('../../connectors/shared/answers.js');

const say = (state, more = {}) => console.log(JSON.stringify({ state, ...more }));
const message = (messageId) => say('message', { message_id: messageId });
let failed = false;
function failing(error, native) {
  failed = true;
  say('failing', { error, message: String(native?.message ?? native) });
}

// The connection has gone: the program ends. Why it went may have been told before.
function leave(why = 'the connection was closed') {
  if (!failed) failing('imap-settings-incorrect', why);
  process.exit(1);
}

// The line of settings that the manager writes; its end is not waited for.
const settings = () => new Promise((resolve) => {
  readline.createInterface({ input: process.stdin }).once('line', (line) => resolve(JSON.parse(line)));
});

// Of node-imap and what is built on it.
function nodeImapOptions(asked) {
  const restart = asked.pace.idle_s * 1000;
  return {
    user: asked.username ?? asked.email,
    password: asked.password,
    host: asked.imap.host,
    port: asked.imap.port,
    tls: asked.imap.security === 'implicit-tls',
    autotls: asked.imap.security === 'starttls' ? 'required' : 'never',
    tlsOptions: tlsOptions(asked),
    connTimeout: asked.timeout_s * 1000,
    authTimeout: asked.timeout_s * 1000,
    socketTimeout: asked.timeout_s * 1000,
    keepalive: { interval: restart, idleInterval: restart },
  };
}

function nodeImapError(error) {
  if (isUntrusted(error)) return 'unauthorized-untrusted-certificate';
  if (error.source === 'authentication') return imapLoginError(`[${error.textCode ?? ''}] ${error.message}`);
  return error.source === 'protocol' ? 'imap-confirmation-error' : 'imap-settings-incorrect';
}

module.exports = {
  say, message, failing, leave, settings, imapLoginError, isUntrusted, tlsOptions, nodeImapOptions, nodeImapError,
};
