# Everything goes to a smart host; a mail is delivered at once, then the queue is run as its daemon would.
PATH=/usr/libexec/sendmail:$PATH
cat >/etc/mail/sendmail.mc <<'CONF'
define(`_USE_ETC_MAIL_')dnl
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
define(`confCACERT', `/etc/ssl/certs/ca-certificates.crt')dnl
define(`confCACERT_PATH', `/etc/ssl/certs')dnl
define(`SMART_HOST', `[HOST]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h PORT')dnl
define(`confAUTH_MECHANISMS', `LOGIN PLAIN')dnl
FEATURE(`authinfo', `hash /etc/mail/authinfo')dnl
MAILER(`smtp')dnl
CONF
sed -i "s/HOST]/$SMTP_HOST]/; s/PORT/$SMTP_PORT/" /etc/mail/sendmail.mc
[ "$SMTP_USER" ] && sed -i '/^MAILER/d' /etc/mail/sendmail.mc && cat >>/etc/mail/sendmail.mc <<'CONF'
define(`confAUTH_OPTIONS', `A p')dnl
MAILER(`smtp')dnl
CONF
m4 /etc/mail/sendmail.mc >/etc/mail/sendmail.cf
: >/etc/mail/authinfo
[ -z "$SMTP_USER" ] || echo "AuthInfo: \"U:$SMTP_USER\" \"P:$SMTP_PASSWORD\" \"M:LOGIN\"" >/etc/mail/authinfo
chmod 600 /etc/mail/authinfo
makemap hash /etc/mail/authinfo </etc/mail/authinfo
: >/etc/mail/local-host-names
: >/etc/mail/trusted-users
: >/etc/mail/aliases
: >/etc/mail/access
makemap hash /etc/mail/access </etc/mail/access
newaliases 2>/dev/null || sendmail -bi
mkdir -p /var/spool/mqueue /run/sendmail/mta
queued() { find /var/spool/mqueue -name 'qf*' | wc -l; }
sendmail -Am -odi -f "$MAIL_FROM" "$MAIL_TO" <mail.eml
code=$?
n=0
while [ "$(queued)" != 0 ] && [ $n -lt 6 ]; do sendmail -Am -qf; n=$((n + 1)); done
mailq -Am
cat /var/log/mail.log
echo "QUEUE: $(queued)"
exit $code
