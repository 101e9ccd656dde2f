// What the Node connectors share: one JSON line in, one out, and what a refused log-in means.
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const WORDS = JSON.parse(fs.readFileSync(path.join(__dirname, 'words.json'), 'utf8'));
const NOT_THE_PASSWORD = [502, 503, 504, 530, 538, 550, 554];
const UNTRUSTED = [ // of Node's error codes for certificates, those that OpenSSL's verify gives
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'INVALID_PURPOSE', 'CERT_UNTRUSTED', 'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CA_MD_TOO_WEAK', 'EE_KEY_TOO_SMALL',
];

const TOLD = [ // what these libraries put into their errors, beside the message
  'code', 'command', 'oauthError', 'response', 'responseCode', 'serverResponseCode', 'source', 'textCode',
];

class Failed extends Error {
  // The documented error, and the library's own error.
  constructor(error, native) {
    super(error);
    this.native = native;
  }
}

// Answer each line of settings on standard input; `check` is async and throws Failed.
async function serve(check) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const settings = JSON.parse(line);
    const answer = { check: settings.check, error: 'connected' };
    try {
      await check(settings);
    } catch (failed) {
      if (!(failed instanceof Failed)) throw failed;
      answer.error = failed.message;
      answer.message = String(failed.native.message ?? failed.native);
      answer.raw = Object.fromEntries(TOLD.map((key) => [key, failed.native[key]]));
    }
    console.log(JSON.stringify(answer));
  }
}

const has = (kind, text) => WORDS[kind].some((word) => text.toLowerCase().includes(word));

function imapLoginError(text) {
  if (has('app_password', text)) return 'unauthorized-app-password-required';
  const blamed = has('credentials', text) && !has('not_credentials', text);
  return blamed ? 'unauthorized' : 'imap-authentication-error';
}

// Of a refused token: there is no password that could be meant, whatever the words.
const imapTokenError = (text) => (has('not_credentials', text) ? 'imap-authentication-error' : 'unauthorized');

// Of what the authorization server said in place of a token.
const tokenRequestError = (text) => (has('grant', text) ? 'unauthorized' : 'imap-authentication-error');

function smtpLoginError(code, text) {
  if (has('app_password', text)) return 'unauthorized-app-password-required';
  const refused = code >= 500 && !NOT_THE_PASSWORD.includes(code);
  return refused ? 'unauthorized' : 'smtp-settings-incorrect';
}

// Some libraries put a code of their own in the place of Node's; then there are only its words.
const isUntrusted = (error) => UNTRUSTED.includes(error.code)
  || /certificate has|certificate is not|self-signed|verify the first|certificate purpose|altnames/.test(error.message);

function tlsOptions(settings) {
  return {
    ca: fs.readFileSync(settings.ca_file),
    rejectUnauthorized: !settings.allow_insecure_certificates,
  };
}

module.exports = {
  Failed, serve, imapLoginError, imapTokenError, smtpLoginError, tokenRequestError, isUntrusted, tlsOptions,
};
