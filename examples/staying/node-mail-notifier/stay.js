// mail-notifier, "keep it running forever" of its README: what it says and does is its own.
const notifier = require('mail-notifier');
const { say, message, failing, settings, nodeImapOptions, nodeImapError } = require('../shared/states.js');

async function main() {
  const n = notifier(nodeImapOptions(await settings()));
  n.on('end', () => n.start()) // session closed
    .on('connected', () => say('connected'))
    .on('mail', (mail) => message(mail.headers['message-id']))
    .on('error', (error) => failing(nodeImapError(error), error))
    .start();
}

main();
