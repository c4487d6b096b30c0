user=$(echo "$SMTP_USER" | sed 's/@/%40/')
relay="smtp://$SMTP_HOST:$SMTP_PORT"
[ -z "$SMTP_USER" ] || relay="smtp://$user:$SMTP_PASSWORD;auth=LOGIN@$SMTP_HOST:$SMTP_PORT"
echo hello | exec mail.mailutils --no-config --exec "set sendmail=\"$relay\"" -r "$MAIL_FROM" -a "From: <$MAIL_FROM>" -s page "$MAIL_TO"
