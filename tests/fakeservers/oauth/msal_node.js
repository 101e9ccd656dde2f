// Asks for a token with MSAL for Node, and prints what it was given, or how it was refused.
const task = JSON.parse(process.argv[2]);
const { ConfidentialClientApplication } = require(task.module);

const application = new ConfidentialClientApplication({
  auth: { ...task.client, knownAuthorities: [new URL(task.client.authority).host] },
});
const { scopes, refreshToken } = task;
const asked = refreshToken
  ? application.acquireTokenByRefreshToken({ refreshToken, scopes })
  : application.acquireTokenByClientCredential({ scopes });
asked.then(
  (got) => console.log(JSON.stringify({ token: got.accessToken })),
  (error) => console.log(JSON.stringify({ error: error.errorCode, text: error.errorMessage })),
);
