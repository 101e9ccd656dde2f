// Sends one message with nodemailer.
const { module: place, options, mail } = JSON.parse(process.argv[2]);
require(place).createTransport(options).sendMail(mail)
  .catch((error) => { console.log(error); process.exitCode = 1; });
