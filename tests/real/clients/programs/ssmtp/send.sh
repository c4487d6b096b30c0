{
  printf 'mailhub=%s:%s\nhostname=device.corp.example\nFromLineOverride=YES\n' "$SMTP_HOST" "$SMTP_PORT"
  if [ "$SMTP_USER" ]; then
    printf 'UseSTARTTLS=YES\nAuthUser=%s\nAuthPass=%s\nAuthMethod=LOGIN\n' "$SMTP_USER" "$SMTP_PASSWORD"
    printf 'TLS_CA_File=/etc/ssl/certs/ca-certificates.crt\n'
  fi
} >/etc/ssmtp/ssmtp.conf
ssmtp -f"$MAIL_FROM" "$MAIL_TO"
