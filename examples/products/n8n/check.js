// n8n's two credential tests, unmodified: what "Test" says of an IMAP and of an SMTP credential.
const Module = require('module');
const readline = require('readline');

// The glue of its core: the nodes want four names, the tests none; what nobody catches it reports, and goes on.
process.on('uncaughtException', (error) => console.error(error));
const editor = { NodeConnectionTypes: {}, VersionedNodeType: class {}, NodeOperationError: Error, deepCopy: structuredClone };
const load = Module._load;
Module._load = (name, ...rest) => (name === 'n8n-workflow' ? editor : load(name, ...rest));
const { EmailReadImapV2 } = require('n8n-nodes-base/dist/nodes/EmailReadImap/v2/EmailReadImapV2.node.js');
const { smtpConnectionTest } = require('n8n-nodes-base/dist/nodes/EmailSend/v2/utils.js');
const { imapConnectionTest } = new EmailReadImapV2({}).methods.credentialTest;

// What a person types into the two forms.
const typed = (asked, { host, port, security }) => ({
  host, port, user: asked.username ?? asked.email, password: asked.password,
  secure: security === 'implicit-tls', disableStartTls: security === 'cleartext',
  allowUnauthorizedCerts: asked.allow_insecure_certificates,
});

async function check(asked) {
  const imap = await imapConnectionTest({ data: typed(asked, asked.imap) });
  if (imap.status !== 'OK') return { error: 'imap', message: imap.message };
  const smtp = await smtpConnectionTest({ data: typed(asked, asked.smtp) });
  return { error: smtp.status === 'OK' ? 'connected' : 'smtp', message: smtp.message };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    console.log(JSON.stringify({ check: asked.check, ...await check(asked) }));
  }
})();
