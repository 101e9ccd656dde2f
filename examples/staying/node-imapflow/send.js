// A message that goes out by Nodemailer, once; what failed is left to its users.
const { say, failing, settings } = require('../shared/states.js');
const { sendBy } = require('../../connectors/shared/sending.js');
const { Tokens } = require('../../connectors/shared/tokens.js');

async function main() {
  const asked = await settings();
  const { to, subject, text, message_id } = asked.send;
  const auth = asked.oauth2
    ? new Tokens(asked).forNodemailer()
    : { user: asked.username ?? asked.email, pass: asked.password };
  try {
    await sendBy(asked, auth, { from: asked.email, to, subject, text, messageId: message_id });
    say('sent', { message_id });
  } catch (failed) {
    failing(failed.message, failed.native ?? failed);
  }
}

main();
