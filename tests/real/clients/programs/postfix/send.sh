# A Postfix of its own under a folder of its own; everything goes to a smart host. The queue is flushed as its daemon would later.
set -eu
base=$(mktemp -d /var/tmp/fake-exo-postfix.XXXXXX)
trap 'postfix -c "$base/etc" stop >/dev/null 2>&1 || true; rm -rf "$base"' EXIT
chmod 755 "$base"
mkdir "$base/etc" "$base/spool" "$base/data"
chown postfix "$base/data"
cp /etc/postfix/master.cf "$base/etc/"
sed -i -E 's/^(smtp +unix.*) y /\1 n /; s/^([a-z]+ +(unix|inet) +.? +.? +)y/\1n/; /^smtp *inet/d' "$base/etc/master.cf"
cat >"$base/etc/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $base/spool
data_directory = $base/data
mail_owner = postfix
setgid_group = postdrop
alias_maps =
alias_database =
myhostname = relay.corp.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [$SMTP_HOST]:$SMTP_PORT
smtp_tls_security_level = may
maillog_file = $base/log
maillog_file_prefixes = /var
CONF
if [ "${SMTP_USER:-}" ]; then
  echo "[$SMTP_HOST]:$SMTP_PORT $SMTP_USER:$SMTP_PASSWORD" >"$base/etc/sasl"
  cat >>"$base/etc/main.cf" <<CONF
smtp_tls_security_level = secure
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = texthash:$base/etc/sasl
CONF
fi
: >"$base/log"
postfix -c "$base/etc" start >/dev/null 2>&1
code=0
sendmail -C "$base/etc" -f "$MAIL_FROM" "$MAIL_TO" <mail.eml || code=$?
queued() { mailq -C "$base/etc" | grep -c "^[0-9A-F].* $MAIL_FROM" || true; }
n=0 # each bounce and delivery is a process of its own
until [ $n -ge 40 ] || { grep -qE 'status=(sent|bounced)' "$base/log" && [ "$(mailq -C "$base/etc")" = 'Mail queue is empty' ]; }; do
  [ $((n % 10)) != 9 ] || postqueue -c "$base/etc" -f
  n=$((n + 1))
  sleep 0.2
done
cat "$base/log"
! grep -q 'status=bounced' "$base/log" || echo BOUNCED
echo "QUEUE: $(queued)"
exit $code
