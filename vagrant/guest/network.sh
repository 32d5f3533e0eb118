# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Tap devices: two jailed virtual machines, each with a tap of its uid, in one network namespace with a bridge.
# Sourced by guest/run.

net_jails=/srv/net-jails

# The namespace: a bridge, and a tap for each of two users.
net_make() {
  local uid
  ip netns add jailnet
  ip -n jailnet link add bridge type bridge forward_delay 0
  ip -n jailnet link set bridge up
  for uid in 1234 1235; do
    ip -n jailnet tuntap add "tap$uid" mode tap user "$uid"
    ip -n jailnet link set "tap$uid" master bridge up
  done
}

net_remove() {
  ip netns del jailnet
}

# An initramfs with this kernel's network driver: brings up eth0, and one of the two pings the other.
net_initramfs() {
  local root=$work/net-root module
  mkdir -p "$root/bin" "$root/modules"
  cp /bin/busybox "$root/bin/busybox"
  modprobe --all --show-depends virtio_mmio virtio_net | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
    while read -r module; do
      cp "$module" "$root/modules/"
      basename "$module" >> "$root/modules/order"
    done
  cat > "$root/init" << 'END'
#!/bin/busybox sh
bb=/bin/busybox
$bb mkdir -p /proc /sys /dev
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs devtmpfs /dev
while read -r module; do $bb insmod "/modules/$module"; done < /modules/order
address=$($bb sed -n 's/.*address=\([0-9.]*\).*/\1/p' /proc/cmdline)
peer=$($bb sed -n 's/.*peer=\([0-9.]*\).*/\1/p' /proc/cmdline)
$bb ip address add "$address/24" dev eth0
$bb ip link set eth0 up
echo "guest: up at $address"
tries=0
if [ -n "$peer" ]; then
  until $bb ping -c 1 -W 2 "$peer" > /dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || break
  done
  $bb ping -c 3 -W 5 "$peer" && echo "guest: $peer answers"
  $bb poweroff -f
fi
$bb sleep 1000
END
  chmod 755 "$root/init"
  mkdir -p "$work/net-guest"
  (cd "$root" && find . | busybox cpio -o -H newc 2> /dev/null) | gzip > "$work/net-guest/initramfs"
  cp "$suite/linux/vmlinuz" "$work/net-guest/vmlinuz"
  chmod 755 "$work" "$work/net-guest"
}

net_launch() { # id, uid, words for the guest's command line
  jailed_qemu "$1" "$2" "$net_jails" "$work/net-guest" --device /dev/net/tun --netns /run/netns/jailnet -- -m 96 \
    -netdev "tap,id=net,ifname=tap$2,script=no,downscript=no" \
    -device "virtio-net-device,netdev=net,mac=52:54:00:00:00:${2: -2}" -append "console=ttyS0 quiet panic=-1 reboot=t $3"
}

two_machines_ping() {
  local answering status=0
  mkdir -p "$net_jails"
  net_make
  net_initramfs
  net_launch answers 1234 address=10.9.8.1 &
  answering=$!
  net_launch asks 1235 "address=10.9.8.2 peer=10.9.8.1" || status=$?
  jailrun rm --force --chroot-base-dir "$net_jails" answers || true
  wait "$answering" || true
  jailrun rm --chroot-base-dir "$net_jails" asks
  net_remove
  say "asks exited with $status"
  tail -n 15 "$work/asks.console" "$work/answers.console"
  grep -q '^guest: 10.9.8.1 answers' <(tr -d '\r' < "$work/asks.console")
}

run_network_checks() {
  # Its machines need the network driver of the kernel that they boot.
  if [[ $(cat "$suite/linux/release") != "$(uname -r)" ]]; then
    skipped=$((skipped + 1))
    say "skipped tap: this machine's kernel is not the one that the suite brings"
    return
  fi
  check "tap: two jailed machines, each on a tap of its own, reach each other through a bridge" two_machines_ping
}
