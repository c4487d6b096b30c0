# An alert that the daemon starts; its log says what became of it.
{
  echo 'set daemon 600'
  echo "set log $PWD/log"
  echo "set pidfile $PWD/pid"
  echo "set idfile $PWD/id"
  echo "set statefile $PWD/state"
  printf 'set mailserver %s port %s' "$SMTP_HOST" "$SMTP_PORT"
  [ -z "$SMTP_USER" ] || printf ' username "%s" password "%s" using tls' "$SMTP_USER" "$SMTP_PASSWORD"
  echo
  echo "set ssl options { verify: enable }"
  echo "set mail-format { from: $MAIL_FROM }"
  echo "set alert $MAIL_TO only on { instance }"
} >monitrc
chmod 600 monitrc
monit -I -c monitrc >/dev/null 2>&1 &
daemon=$!
n=0
until grep -qE 'Monit.* started|reloaded' log 2>/dev/null || [ $n -ge 30 ]; do n=$((n + 1)); sleep 0.1; done
sleep 1
cat log
kill $daemon
