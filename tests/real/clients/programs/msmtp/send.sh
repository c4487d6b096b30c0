{
  printf 'account office365\nhost %s\nport %s\nfrom %s\n' "$SMTP_HOST" "$SMTP_PORT" "$MAIL_FROM"
  if [ "$SMTP_USER" ]; then
    printf 'tls on\ntls_starttls on\nauth login\nuser %s\npassword %s\n' "$SMTP_USER" "$SMTP_PASSWORD"
  fi
  echo 'account default : office365'
} >msmtprc
chmod 600 msmtprc
exec msmtp --file="$PWD/msmtprc" "$MAIL_TO"
