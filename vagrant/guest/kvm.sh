# shellcheck shell=bash
# KVM for real: a jailed QEMU with the jail's own /dev/kvm boots Linux. Sourced by guest/run.

kvm_jails=/srv/kvm-jails
kvm_uid=1234

# kvm_launch ID MEMORY OPTION...: the console goes to $work/ID.console. Ends as QEMU does.
kvm_launch() {
  local id=$1 memory=$2
  shift 2
  timeout --foreground --kill-after=5 "${kvm_limit:-240}" jailrun --pipeline qemu.conf --id "$id" \
    --exec-file /usr/bin/qemu-system-x86_64 --uid "$kvm_uid" --gid "$kvm_uid" --chroot-base-dir "$kvm_jails" \
    --device /dev/kvm "$@" \
    --bind /usr/lib/x86_64-linux-gnu:/lib/x86_64-linux-gnu:ro,nosuid,nodev \
    --bind /usr/lib64:/lib64:ro,nosuid,nodev \
    --bind /usr/share/qemu:/usr/share/qemu:ro,nosuid,nodev,noexec \
    --bind /usr/share/seabios:/usr/share/seabios:ro,nosuid,nodev,noexec \
    --bind "$suite/linux:/guest:ro,nosuid,nodev,noexec" \
    -- -L /usr/share/seabios -L /usr/share/qemu -M microvm,accel=kvm,rtc=on -cpu host -nodefaults -no-user-config \
    -display none -no-reboot -serial stdio -object "memory-backend-ram,id=memory,size=${memory}M,prealloc=on" \
    -machine memory-backend=memory -m "$memory" \
    -kernel /guest/vmlinuz -initrd /guest/initramfs -append "console=ttyS0 quiet panic=-1 reboot=t" \
    < /dev/null > "$work/$id.console"
}

kvm_greeted() { # id
  tr -d '\r' < "$work/$1.console" | grep -q '^guest: hello from Linux' || {
    say "$1 has not greeted; its console:"
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
    say "it ended with $status, not by SIGKILL"
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
