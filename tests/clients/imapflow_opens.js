// Opens the INBOX, and says how many messages are in it.
globalThis.crypto ??= require('crypto').webcrypto; // Node 18, which Debian 12 has, leaves it out
const { module: place, options } = JSON.parse(process.argv[2]);
const { ImapFlow } = require(place);

(async () => {
  const client = new ImapFlow({ ...options, logger: false });
  await client.connect();
  const lock = await client.getMailboxLock('INBOX');
  console.log(client.mailbox.exists);
  lock.release();
  await client.logout();
})().catch((error) => { console.log(error); process.exit(1); });
