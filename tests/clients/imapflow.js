// What imapflow does; prints what it saw as JSON.
globalThis.crypto ??= require('crypto').webcrypto; // Node 18, which Debian 12 has, leaves it out
const { module: place, options, wrong } = JSON.parse(process.argv[2]);
const { ImapFlow } = require(place);

const open = async (auth) => {
  const client = new ImapFlow({ ...options, auth: { ...options.auth, ...auth }, logger: false });
  await client.connect();
  return client;
};

(async () => {
  const client = await open({});
  const lock = await client.getMailboxLock('INBOX');
  const subjects = [];
  for await (const m of client.fetch('1:*', { envelope: true, source: true, bodyStructure: true }))
    subjects.push(m.envelope.subject);
  await client.messageFlagsAdd('1', ['\\Flagged']);
  const found = await client.search({ flagged: true });
  const appended = await client.append('Sent', 'Subject: x\r\n\r\ny', ['\\Seen']);
  await client.messageMove('1', 'Archive');
  await client.messageDelete('1');
  lock.release();
  await client.mailboxCreate('Projects');
  const special = (await client.list()).map((box) => box.specialUse).filter(Boolean);
  const status = await client.status('Archive', { messages: true });
  await client.logout();
  let refused = '';
  if (wrong) {
    try { await open({ pass: wrong }); } catch (error) { refused = error.serverResponseCode; }
  }
  console.log(JSON.stringify(
    { subjects, found, appended: appended.uid, special, messages: status.messages, refused }));
})().catch((error) => { console.log(error); process.exitCode = 1; });
