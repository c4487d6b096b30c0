# Arguments in "$@": those of a sign-in only where there is a user.
set --
if [ "$SMTP_USER" ]; then
  set -- --tls --tls-verify --auth LOGIN --auth-user "$SMTP_USER" --auth-password "$SMTP_PASSWORD"
fi
exec swaks --server "$SMTP_HOST:$SMTP_PORT" --from "$MAIL_FROM" --to "$MAIL_TO" --data @mail.eml "$@"
