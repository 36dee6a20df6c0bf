#!/bin/busybox sh
# The first and only process of the emulated board: makes a small system, runs /job/command in /job, hands /job/out back to
# the host and switches the machine off. What the command prints goes to the host through two virtio-serial ports as it
# comes; the results follow as a tar archive through a third.
/bin/busybox --install -s /bin
export HOME=/root LC_ALL=C.UTF-8 PATH=/opt/isochron/node_modules/.bin:/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /run
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs -o mode=755 run /run
chmod 1777 /tmp /dev/shm
chown user:user /home/user
ln -sf /proc/self/fd /dev/fd
ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
mount -t cgroup2 cgroup /sys/fs/cgroup 2>/dev/null
hostname board
ifconfig lo 127.0.0.1 up 2>/dev/null
for word in $(cat /proc/cmdline); do
  case $word in board.date=*) date -s "@${word#*=}" >/dev/null ;; esac
done

# port NAME: the device of the virtio-serial port of that name
port() {
  for entry in /sys/class/virtio-ports/*; do
    [ "$(cat "$entry/name" 2>/dev/null)" = "board.$1" ] && echo "/dev/${entry##*/}" && return
  done
  echo "board: there is no port $1" > /dev/console
  poweroff -f
}

mkdir -p /job/out /run/board
cd /job || poweroff -f
# Pipes between the command and the ports: a port can be opened only once, and /dev/stderr has to work in the command.
mkfifo /run/board/stdout /run/board/stderr
for stream in stdout stderr; do
  { cat "/run/board/$stream" > "$(port $stream)"; : > "/run/board/$stream.done"; } &
done
read -r started _ < /proc/uptime
sh /job/command > /run/board/stdout 2> /run/board/stderr < /dev/null
status=$?
read -r ended _ < /proc/uptime

# A process that the command left behind may hold the pipes open; it must not hold up the results.
i=0
while [ $i -lt 40 ] && ! [ -e /run/board/stdout.done -a -e /run/board/stderr.done ]; do usleep 5000; i=$((i + 1)); done
echo "{\"status\": $status, \"started\": $started, \"ended\": $ended}" > /job/.result.json
tar -cf "$(port result)" -C /job .result.json out
sync
poweroff -f
