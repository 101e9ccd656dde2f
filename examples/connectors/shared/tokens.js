// Access tokens for the Node connectors, had by Nodemailer's own client of authorization servers.
const fs = require('fs');
const XOAuth2 = require('nodemailer/lib/xoauth2');
const { Failed, tokenRequestError, isUntrusted } = require('./answers.js');

// What Nodemailer is told of an account whose mailbox takes tokens.
function oauth2Options({ oauth2, username, email, ca_file, timeout_s }) {
  return {
    type: 'OAuth2',
    user: username ?? email,
    clientId: oauth2.client_id,
    clientSecret: oauth2.client_secret ?? undefined,
    refreshToken: oauth2.refresh_token ?? undefined,
    accessToken: oauth2.access_token ?? undefined,
    expires: oauth2.expires_at ? oauth2.expires_at * 1000 : undefined,
    accessUrl: oauth2.token_endpoint,
    requestTimeout: timeout_s * 1000,
    tls: { ca: fs.readFileSync(ca_file) },
  };
}

// The tokens of one check.
class Tokens {
  constructor(settings) {
    this.options = oauth2Options(settings);
    this.client = new XOAuth2(this.options);
    this.renewed = false;
    this.client.on('token', () => { this.renewed = true; });
  }

  // The access token; a new one where there is none, or it is known to have expired.
  current() { return this.get(false); }

  // A new one in place of one that was refused, once; null where none is to be had.
  async another() {
    return this.renewed || !this.options.refreshToken ? null : this.get(true);
  }

  // For a transport, which renews by itself: only a token that was not renewed yet.
  forNodemailer() {
    const { accessToken, expires } = this.client;
    const refreshToken = this.renewed ? undefined : this.options.refreshToken;
    return { ...this.options, accessToken, expires, refreshToken };
  }

  get(renew) {
    return new Promise((resolve, reject) => {
      this.client.getToken(renew, (error, token) => (error ? reject(tokenFailed(error)) : resolve(token)));
    });
  }
}

function tokenFailed(error) {
  return new Failed(isUntrusted(error) ? 'unauthorized-untrusted-certificate' : tokenRequestError(error.message), error);
}

module.exports = { Tokens, tokenFailed };
