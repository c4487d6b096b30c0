set --
if [ "$SMTP_USER" ]; then
  set -- --ssl-reqd --user "$SMTP_USER:$SMTP_PASSWORD" --login-options AUTH=LOGIN
fi
exec curl -sS --url "smtp://$SMTP_HOST:$SMTP_PORT" --mail-from "$MAIL_FROM" --mail-rcpt "$MAIL_TO" --upload-file mail.eml "$@"
