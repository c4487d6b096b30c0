{
  echo "set from='$MAIL_FROM' ssl_force_tls=no"
  if [ "$SMTP_USER" ]; then
    echo "set smtp_url='smtp://$SMTP_USER@$SMTP_HOST:$SMTP_PORT' smtp_pass='$SMTP_PASSWORD'"
    echo "set smtp_authenticators=login ssl_force_tls=yes"
  else
    echo "set smtp_url='smtp://$SMTP_HOST:$SMTP_PORT'"
  fi
} >.muttrc
echo hello | exec mutt -F .muttrc -s page -- "$MAIL_TO"
