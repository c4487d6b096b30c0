set -- -S smtp-auth=none -S "mta=smtp://$SMTP_HOST:$SMTP_PORT"
if [ "$SMTP_USER" ]; then
  user=$(echo "$SMTP_USER" | sed 's/@/%40/')
  set -- -S smtp-use-starttls -S smtp-auth=login -S "mta=smtp://$user:$SMTP_PASSWORD@$SMTP_HOST:$SMTP_PORT"
fi
echo hello | exec s-nail -:/ -S v15-compat -S sendwait -S "from=$MAIL_FROM" "$@" -s page "$MAIL_TO"
