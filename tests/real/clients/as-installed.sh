#!/bin/sh
# as-installed.sh NAME COMMAND...: for COMMAND alone, and its children, lay what was unpacked below
# $CLIENTS/NAME over this machine, as if its packages were installed, with users of its own.
set -eu
if [ -z "${AS_INSTALLED_INSIDE:-}" ]; then
  AS_INSTALLED_INSIDE=1 exec unshare -m sh "$0" "$@"
fi
syslog='import os, socket
os.umask(0)
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
while True: print(log.recv(8192).decode("utf-8", "replace"), flush=True)'
root=$CLIENTS/$1
shift
layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/etc" "$layer/var" "$layer/empty"
cp -a /etc/. "$layer/etc/"
[ ! -d "$root/etc" ] || cp -a "$root/etc/." "$layer/etc/"
id=990
for user in Debian-exim opensmtpd opensmtpq smmta smmsp; do
  id=$((id + 1))
  echo "$user:x:$id:$id::/nonexistent:/usr/sbin/nologin" >>"$layer/etc/passwd"
  echo "$user:x:$id:" >>"$layer/etc/group"
done
echo relay.corp.example >"$layer/etc/mailname"
mkdir -p "$layer/var/log" "$layer/var/mail" "$layer/var/spool" "$layer/var/lib" "$layer/var/tmp"
chmod 1777 "$layer/var/tmp" "$layer/var/mail"
ln -s /run "$layer/var/run"
[ ! -d "$root/var" ] || cp -a "$root/var/." "$layer/var/"
mount --bind "$layer/etc" /etc
mount --bind "$layer/var" /var
mount -t overlay overlay -o "lowerdir=$root/usr:/usr" /usr
mount -t tmpfs tmpfs /run
mkdir "$layer/dev"
for name in null zero full random urandom; do
  : >"$layer/dev/$name"
  mount --bind "/dev/$name" "$layer/dev/$name"
done
mount --rbind "$layer/dev" /dev
python3 -c "$syslog" >/var/log/mail.log &
until [ -S /dev/log ]; do :; done
exec "$@"
