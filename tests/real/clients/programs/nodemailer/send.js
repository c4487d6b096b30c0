const nodemailer = require("nodemailer");

const env = process.env;
const login = env.SMTP_USER
  ? { requireTLS: true, auth: { user: env.SMTP_USER, pass: env.SMTP_PASSWORD } }
  : {};
nodemailer
  .createTransport({ host: env.SMTP_HOST, port: Number(env.SMTP_PORT), secure: false, ...login })
  .sendMail({ from: env.MAIL_FROM, to: env.MAIL_TO, subject: "page", text: "hello" })
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
