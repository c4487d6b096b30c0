// nodemailer's smtp-server with a null handler: node smtp-server.js PORT
const { SMTPServer } = require("smtp-server");
const pems = require("selfsigned").generate([{ name: "commonName", value: "localhost" }], { keySize: 2048 });
const server = new SMTPServer({
  key: pems.private, cert: pems.cert, authOptional: true, size: 300000000,
  onData(stream, session, callback) { stream.on("data", () => {}); stream.on("end", () => callback(null, "ok")); },
});
server.listen(Number(process.argv[2]), "127.0.0.1");
