-- LuaSocket has no STARTTLS: relay alone.
local smtp = require("socket.smtp")
local sent, why = smtp.send({
  server = os.getenv("SMTP_HOST"),
  port = tonumber(os.getenv("SMTP_PORT")),
  user = os.getenv("SMTP_USER"),
  password = os.getenv("SMTP_PASSWORD"),
  from = "<" .. os.getenv("MAIL_FROM") .. ">",
  rcpt = "<" .. os.getenv("MAIL_TO") .. ">",
  source = smtp.message({
    headers = { from = os.getenv("MAIL_FROM"), to = os.getenv("MAIL_TO"), subject = "page" },
    body = "hello",
  }),
})
if not sent then
  io.stderr:write(why, "\n")
  os.exit(1)
end
