echo "$SMTP_HOST smtp port=$SMTP_PORT${SMTP_USER:+ starttls auth-login user=$SMTP_USER pass=$SMTP_PASSWORD}" >/etc/nullmailer/remotes
echo 1 >/etc/nullmailer/pausetime
echo 1 >/etc/nullmailer/maxpause
mkfifo /var/spool/nullmailer/trigger
chmod 600 /etc/nullmailer/remotes
chown -R mail:mail /etc/nullmailer /var/spool/nullmailer
queued() { find /var/spool/nullmailer/queue -type f | wc -l; }
setpriv --reuid mail --regid mail --init-groups nullmailer-send >log 2>&1 &
daemon=$!
/usr/sbin/sendmail -f "$MAIL_FROM" "$MAIL_TO" <mail.eml
code=$?
n=0
while [ "$(queued)" != 0 ] && [ $n -lt 80 ]; do n=$((n + 1)); sleep 0.1; done
kill $daemon
cat log
[ -z "$(ls /var/spool/nullmailer/failed)" ] || echo BOUNCED
# The first line of a file in the queue is the sender: nobody, of a bounce.
echo "QUEUE: $(find /var/spool/nullmailer/queue -type f -exec head -n 1 {} \; | grep -c .)"
exit $code
