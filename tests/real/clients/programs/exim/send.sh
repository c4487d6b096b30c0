# A satellite as Debian sets it up; a mail is delivered at once, then the queue is run as its daemon would.
cat >/etc/exim4/update-exim4.conf.conf <<CONF
dc_eximconfig_configtype='satellite'
dc_other_hostnames=''
dc_local_interfaces='127.0.0.1'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost='$SMTP_HOST::$SMTP_PORT'
CFILEMODE='644'
dc_use_split_config='true'
dc_hide_mailname='false'
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
CONF
[ -z "$SMTP_USER" ] || echo "*:$SMTP_USER:$SMTP_PASSWORD" >>/etc/exim4/passwd.client
chown root:Debian-exim /etc/exim4/passwd.client
mkdir -p /var/lib/exim4 /var/log/exim4 /var/spool/exim4
chown Debian-exim:Debian-exim /var/log/exim4 /var/spool/exim4
update-exim4.conf
exim4 -odf -oi -f "$MAIL_FROM" "$MAIL_TO" <mail.eml
code=$?
n=0
while [ "$(exim4 -bpc)" != 0 ] && [ $n -lt 6 ]; do exim4 -qff; n=$((n + 1)); done
cat /var/log/exim4/mainlog
echo "QUEUE: $(exim4 -bpc)"
exit $code
