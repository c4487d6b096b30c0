#!/bin/sh
# as-installed.sh NAME COMMAND...: for COMMAND alone, and its children, lay what was unpacked below
# $CLIENTS/NAME over this machine, as if its packages were installed, with users of its own.
set -eu
case ${AS_INSTALLED:?} in
*.sh) # In a lab nobody mounts: a user namespace of its own, with the same users.
  exec 3<&0
  AS_INSTALLED=waits unshare -Um sh "$0" "$@" <&3 &
  child=$!
  until [ "$(readlink /proc/$child/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do :; done
  read -r _ _ count </proc/self/uid_map
  echo "0 0 $count" >/proc/$child/gid_map
  echo "0 0 $count" >/proc/$child/uid_map
  wait $child
  exit
  ;;
waits) # Who has become root gets his rights with the next program.
  until [ "$(cat /proc/self/uid_map)" ]; do :; done
  AS_INSTALLED=inside exec sh "$0" "$@"
  ;;
esac
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
# An overlay of all of /usr is refused, for the lab has covered files in it: folder by folder.
lay() {
  mkdir -p "$layer/usr/$1"
  ln -s "$layer/real/$1"/* "$layer/usr/$1/"
  for ours in "$root/usr/$1"/*; do
    name=$1/${ours##*/}
    if [ ! -d "$layer/real/$name" ] || [ -L "$ours" ]; then
      ln -sfn "$ours" "$layer/usr/$name"
      continue
    fi
    rm "$layer/usr/$name"
    case $name in
    ./lib | ./share) lay "$name" ;;
    *)
      mkdir "$layer/usr/$name"
      mount -t overlay overlay -o "lowerdir=$ours:$layer/real/$name" "$layer/usr/$name"
      ;;
    esac
  done
}
mkdir "$layer/real"
mount --rbind /usr "$layer/real"
lay .
mount --bind "$layer/etc" /etc
mount --bind "$layer/var" /var
mount --rbind "$layer/usr" /usr
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
