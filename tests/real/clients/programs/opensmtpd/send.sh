# Everything goes to a smart host, and the queue is flushed as its daemon would later.
cp /usr/sbin/smtpctl /run/smtpctl # as the package's own script leaves it
chgrp opensmtpq /run/smtpctl
chmod 2755 /run/smtpctl
mount --bind /run/smtpctl /usr/sbin/smtpctl
scheme=smtp
[ -z "$SMTP_USER" ] || scheme=smtp+tls://office365@
case $scheme in *@) ;; *) scheme=$scheme:// ;; esac
echo "office365 $SMTP_USER:$SMTP_PASSWORD" >/etc/smtpd.secrets
chown root:opensmtpd /etc/smtpd.secrets
chmod 640 /etc/smtpd.secrets
cat >/etc/smtpd.conf <<CONF
table secrets file:/etc/smtpd.secrets
listen on socket
action "office365" relay host $scheme$SMTP_HOST:$SMTP_PORT auth <secrets>
match from local for any action "office365"
CONF
[ "$SMTP_USER" ] || sed -i 's/ auth <secrets>//' /etc/smtpd.conf
mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
smtpd -d >log 2>&1 &
daemon=$!
n=0
until smtpctl show status >/dev/null 2>&1 || [ $n -ge 50 ]; do n=$((n + 1)); sleep 0.1; done
/usr/sbin/sendmail -f "$MAIL_FROM" "$MAIL_TO" <mail.eml
code=$?
queued() { smtpctl show queue | wc -l; }
n=0
while [ "$(queued)" != 0 ] && [ $n -lt 60 ]; do
  [ $((n % 10)) != 9 ] || smtpctl schedule all
  n=$((n + 1)); sleep 0.1
done
smtpctl show queue
kept=$(queued)
kill $daemon
wait $daemon
cat log
echo "QUEUE: $kept"
exit $code
