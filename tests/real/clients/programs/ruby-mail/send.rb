require "mail"

settings = {address: ENV["SMTP_HOST"], port: ENV["SMTP_PORT"].to_i}
if ENV["SMTP_USER"]
  settings.update(user_name: ENV["SMTP_USER"], password: ENV["SMTP_PASSWORD"],
                  authentication: :login, enable_starttls: true)
end
mail = Mail.new($stdin.read)
mail.delivery_method(:smtp, settings)
mail.deliver!
