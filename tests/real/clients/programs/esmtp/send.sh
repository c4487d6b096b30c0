{
  printf 'hostname=%s:%s\n' "$SMTP_HOST" "$SMTP_PORT"
  [ -z "$SMTP_USER" ] || printf 'username=%s\npassword=%s\nstarttls=required\n' "$SMTP_USER" "$SMTP_PASSWORD"
} >.esmtprc
chmod 600 .esmtprc
exec esmtp -f "$MAIL_FROM" "$MAIL_TO"
