// Asks for a token with simple-oauth2, and prints what it was given, or how it was refused.
const task = JSON.parse(process.argv[2]);
const { AuthorizationCode } = require(task.module);

const client = new AuthorizationCode({ client: task.client, auth: task.auth });
client
  .createToken({ refresh_token: task.refreshToken })
  .refresh()
  .then(
    (got) => console.log(JSON.stringify(got.token)),
    (error) => console.log(JSON.stringify({ status: error.output.statusCode, payload: error.data.payload })),
  );
