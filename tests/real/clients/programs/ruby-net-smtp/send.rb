require "net/smtp"

smtp = Net::SMTP.new(ENV["SMTP_HOST"], ENV["SMTP_PORT"].to_i)
smtp.enable_starttls if ENV["SMTP_USER"]
login = ENV["SMTP_USER"] ? [ENV["SMTP_USER"], ENV["SMTP_PASSWORD"], :login] : []
smtp.start("device.corp.example", *login) do |client|
  client.send_message($stdin.read, ENV["MAIL_FROM"], ENV["MAIL_TO"])
end
