# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# KVM for real: a jailed QEMU with the jail's own /dev/kvm boots Linux. Sourced by guest/run.

kvm_jails=/srv/kvm-jails
kvm_uid=1234

# jailed_qemu ID UID BASE GUEST OPTION... -- WORD...: boots the kernel of the directory GUEST with jailrun's options and QEMU's
# words; the console goes to $work/ID.console. Ends as QEMU does.
jailed_qemu() {
  local id=$1 uid=$2 base=$3 guest=$4
  local -a options=()
  shift 4
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  timeout --foreground --kill-after=5 300 jailrun --pipeline qemu.conf --id "$id" \
    --exec-file /usr/bin/qemu-system-x86_64 --uid "$uid" --gid "$uid" --chroot-base-dir "$base" \
    --device /dev/kvm "${options[@]}" \
    --bind /usr/lib/x86_64-linux-gnu:/lib/x86_64-linux-gnu:ro,nosuid,nodev \
    --bind /usr/lib64:/lib64:ro,nosuid,nodev \
    --bind /usr/share/qemu:/usr/share/qemu:ro,nosuid,nodev,noexec \
    --bind /usr/share/seabios:/usr/share/seabios:ro,nosuid,nodev,noexec \
    --bind "$guest:/guest:ro,nosuid,nodev,noexec" \
    -- -L /usr/share/seabios -L /usr/share/qemu -M microvm,accel=kvm,rtc=on -cpu host -nodefaults -no-user-config \
    -display none -no-reboot -serial stdio -kernel /guest/vmlinuz -initrd /guest/initramfs "$@" \
    < /dev/null > "$work/$id.console"
}

kvm_launch() { # id, memory in MiB, options
  local id=$1 memory=$2
  shift 2
  jailed_qemu "$id" "$kvm_uid" "$kvm_jails" "$suite/linux" "$@" -- \
    -object "memory-backend-ram,id=memory,size=${memory}M,prealloc=on" -machine memory-backend=memory -m "$memory" \
    -append "console=ttyS0 quiet panic=-1 reboot=t"
}

kvm_greeted() { # id
  tr -d '\r' < "$work/$1.console" | grep -q '^guest: hello from Linux' || {
    say "$1 has printed no greeting; its console:"
    tail -n 20 -- "$work/$1.console"
    return 1
  }
}

kvm_remove() { jailrun rm --chroot-base-dir "$kvm_jails" "$@"; }

kvm_boots() {
  kvm_launch one 128
  kvm_greeted one
  [[ $(stat -c '%u:%g %a' "$kvm_jails/qemu-system-x86_64/one/root/dev/kvm") == "$kvm_uid:$kvm_uid 600" ]]
  kvm_remove one
  [[ ! -e $kvm_jails/qemu-system-x86_64/one ]]
}

kvm_three_at_once() {
  local id pid
  local -a pids=()
  for id in a b c; do
    kvm_launch "$id" 96 &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  for id in a b c; do kvm_greeted "$id"; done
  kvm_remove a b c
}

# The memory is QEMU's own from its start on, and more than the group may have.
kvm_is_killed_by_its_limit() {
  local status=0 value group
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    value=memory.max=96M group=/sys/fs/cgroup/qemu-system-x86_64/limited
  else
    value=memory.limit_in_bytes=96M group=/sys/fs/cgroup/memory/qemu-system-x86_64/limited
  fi
  kvm_launch limited 256 --cgroup "$value" || status=$?
  [[ $status -eq 137 ]] || {
    say "it exited with $status, and was not killed by SIGKILL"
    return 1
  }
  [[ -d $group ]]
  kvm_remove limited
  [[ ! -e $group && ! -e $kvm_jails/qemu-system-x86_64/limited ]]
}

run_kvm_checks() {
  [[ -c /dev/kvm ]] || {
    check "this machine has /dev/kvm" false
    return
  }
  mkdir -p "$kvm_jails"
  check "KVM: a jailed QEMU boots Linux to its greeting" kvm_boots
  ! is_thorough || check "KVM: three at once" kvm_three_at_once
  check "KVM: killed by its memory limit, and the jail can be removed" kvm_is_killed_by_its_limit
}
