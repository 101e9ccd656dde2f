// node-imap, as its README has it: `mail` events of a box that is open; it idles by itself, and
// begins IDLE anew by its `keepalive`. It knows no reconnecting: the program ends, and is started
// again.
const Imap = require('imap');
const {
  say, message, failing, leave, settings, nodeImapOptions, nodeImapError,
} = require('../shared/states.js');

async function main() {
  const imap = new Imap(nodeImapOptions(await settings()));
  imap.once('ready', () => imap.openBox('INBOX', false, (error) => {
    if (error) {
      failing(nodeImapError(error), error);
      return imap.end();
    }
    takeIn(imap, () => {
      say('connected');
      imap.on('mail', () => takeIn(imap, () => {}));
    });
  }));
  imap.on('error', (error) => failing(nodeImapError(error), error));
  imap.once('close', () => leave());
  imap.connect();
}

// The messages that nobody has seen; from then on they are seen.
function takeIn(imap, done) {
  imap.search(['UNSEEN'], (error, unseen) => {
    if (error) return failing(nodeImapError(error), error);
    if (!unseen.length) return done();
    const fetch = imap.fetch(unseen, { bodies: 'HEADER.FIELDS (MESSAGE-ID)', markSeen: true });
    fetch.on('message', (each) => each.on('body', (stream) => {
      let header = '';
      stream.on('data', (chunk) => { header += chunk.toString('utf8'); });
      stream.once('end', () => message(Imap.parseHeader(header)['message-id'][0]));
    }));
    fetch.once('error', (failed) => failing(nodeImapError(failed), failed));
    fetch.once('end', done);
  });
}

main();
