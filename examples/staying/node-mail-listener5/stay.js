// mail-listener5, as its README has it. It knows no reconnecting: the program ends where it tells
// that the server has gone, and is started again.
const { MailListener } = require('mail-listener5');
const {
  say, message, failing, leave, settings, nodeImapOptions, nodeImapError,
} = require('../shared/states.js');

async function main() {
  const { user, ...options } = nodeImapOptions(await settings());
  const listener = new MailListener({
    ...options, username: user, mailbox: 'INBOX', markSeen: true, fetchUnreadOnStart: true,
  });
  listener.on('server:connected', () => say('connected'));
  listener.on('mail', (mail) => message(mail.messageId));
  listener.on('error', (error) => failing(nodeImapError(error), error));
  listener.on('server:disconnected', () => leave());
  listener.start();
}

main();
