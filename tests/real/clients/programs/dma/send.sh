cat >/etc/dma/dma.conf <<CONF
SMARTHOST $SMTP_HOST
PORT $SMTP_PORT
AUTHPATH /etc/dma/auth.conf
MAILNAME /etc/mailname
SECURETRANSFER
STARTTLS
CONF
[ "$SMTP_USER" ] || echo OPPORTUNISTIC_TLS >>/etc/dma/dma.conf
[ -z "$SMTP_USER" ] || echo "$SMTP_USER|$SMTP_HOST:$SMTP_PASSWORD" >/etc/dma/auth.conf
mkdir -p /var/spool/dma
chown root:mail /var/spool/dma /etc/dma/*.conf
chmod 2775 /var/spool/dma
queued() { grep -ls "Sender: $MAIL_FROM" /var/spool/dma/Q* | wc -l; }
# It sleeps for minutes between two tries, in one process; here each process has one try.
timeout 1.5 dma -D -f "$MAIL_FROM" "$MAIL_TO" <mail.eml
code=$?
[ $code != 124 ] || code=0 # as it ends where it goes on behind the user's back
n=0
while [ "$(queued)" != 0 ] && [ $n -lt 5 ]; do timeout 1.5 dma -D -q; n=$((n + 1)); done
dma -bp
cat /var/log/mail.log
! grep -q 'bouncing as' /var/log/mail.log || echo BOUNCED
echo "QUEUE: $(queued)"
exit $code
