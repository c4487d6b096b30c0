git config --global user.name Scanner
git config --global user.email "$MAIL_FROM"
git config --global sendemail.smtpServer "$SMTP_HOST"
git config --global sendemail.smtpServerPort "$SMTP_PORT"
if [ "$SMTP_USER" ]; then
  git config --global sendemail.smtpEncryption tls
  git config --global sendemail.smtpUser "$SMTP_USER"
  git config --global sendemail.smtpPass "$SMTP_PASSWORD"
fi
exec git send-email --confirm=never --suppress-cc=all --from "$MAIL_FROM" --to "$MAIL_TO" mail.eml
