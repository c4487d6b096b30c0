#!/bin/sh
# A Postfix of its own under this folder; prints its log, and what is left in the queue.
set -eu
base=$(mktemp -d /var/tmp/fake-exo-postfix.XXXXXX); chmod 755 "$base"
trap 'postfix -c "$base/etc" stop >/dev/null 2>&1 || true; rm -rf "$base"' EXIT
mkdir -p "$base/etc" "$base/spool" "$base/data"; chown postfix "$base/data"
cp /etc/postfix/master.cf "$base/etc/"; : >"$base/etc/aliases"
sed "s|BASE|$base|" main.cf >"$base/etc/main.cf"
[ -f extra.cf ] && sed "s|BASE|$base|" extra.cf >"$base/extra" || : >"$base/extra"
if [ -f sasl ]; then cp sasl "$base/etc/"; postmap "texthash:$base/etc/sasl" 2>/dev/null || true; fi
sed -i -E 's/^(smtp +unix.*) y /\1 n /; s/^([a-z]+ +(unix|inet) +.? +.? +)y/\1n/' "$base/etc/master.cf"
sed -i '/^smtp *inet/d' "$base/etc/master.cf"
while IFS= read -r line; do postconf -c "$base/etc" -e "$line"; done <"$base/extra"
log=$base/log; : >"$log"
postconf -c "$base/etc" -e maillog_file="$log" maillog_file_prefixes=/var
postfix -c "$base/etc" start >/dev/null 2>&1
printf 'From: <%s>\nTo: <%s>\nSubject: page\n\nhello\n' "$1" "$2" | sendmail -C "$base/etc" -f "$1" "$2"
n=0
while [ $n -lt 150 ]; do
  grep -qE 'status=(sent|bounced)|no mechanism available' "$log" && break
  n=$((n+1)); sleep 0.2
done
n=0 # a bounce is a mail of its own, and goes out after the log says so
while grep -q 'status=bounced' "$log" && ! grep -q 'status=sent' "$log" && [ $n -lt 50 ]; do
  n=$((n+1)); sleep 0.2
done
sleep 0.5
cat "$log"
grep -oE 'status=[a-z]+' "$log" | tr '\n' ' '
