set -- -o tls=no
[ -z "$SMTP_USER" ] || set -- -o tls=yes -xu "$SMTP_USER" -xp "$SMTP_PASSWORD"
exec sendEmail -s "$SMTP_HOST:$SMTP_PORT" -f "$MAIL_FROM" -t "$MAIL_TO" -u page -m hello "$@"
