const env = process.env;
const { SMTPClient } = await import(`${env.CLIENTS}/node_modules/emailjs/dist/index.js`);
const login = env.SMTP_USER
  ? { user: env.SMTP_USER, password: env.SMTP_PASSWORD, tls: true, authentication: ["LOGIN"] }
  : {};
const client = new SMTPClient({ host: env.SMTP_HOST, port: Number(env.SMTP_PORT), ...login });
try {
  await client.sendAsync({ text: "hello", from: env.MAIL_FROM, to: env.MAIL_TO, subject: "page" });
} catch (error) {
  console.error(error.message, error.smtp ?? "");
  process.exit(1);
}
