const { Badinbox } = require("./badinbox");
const { connect } = require("./product");

let badinbox;
beforeAll(async () => {
  badinbox = await Badinbox.start();
}, 30_000);
afterAll(() => badinbox.stop());

test("the customer is asked for an app password", async () => {
  const mailbox = await badinbox.mailbox("unauthorized-app-password-required/gmail-imap");
  const said = await connect(mailbox.settings);
  expect(said.error).toBe("unauthorized-app-password-required");
  const verdict = await badinbox.verdict(mailbox, said);
  expect(verdict.verdict).toBe("passed");
});
