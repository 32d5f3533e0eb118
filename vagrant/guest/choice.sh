# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What is run on which machine. Sourced by guest/run, with `machine` set.
#
# All of it, where the machine is fast. Under emulation a launch takes ten times as long: there a machine runs only what
# may have another result on it than on other machines. JAILRUN_GUEST_TESTS=whole asks for all of it there too.

is_whole() { [[ ${JAILRUN_GUEST_TESTS:-} == whole || $(systemd-detect-virt --vm) == kvm ]]; }

parts_of_machine() {
  is_whole || case $machine in
    v1) say numa_checks systemd_checks kvm_checks integration_tests && return ;;
    hybrid) say systemd_checks kvm_checks integration_tests && return ;;
    numa2) say numa_checks kvm_checks integration_tests && return ;;
    linux-*) say kvm_checks apparmor_checks integration_tests && return ;;
  esac
  say numa_checks systemd_checks kvm_checks network_checks apparmor_checks integration_tests
}

# Whether the costlier checks of a part are run.
is_thorough() {
  is_whole || case $machine in
    hybrid | numa2 | linux-*) return 1 ;;
  esac
}

# Left out everywhere:
#   - what takes minutes and tests nothing here that it does not test on any host;
#   - what depends on the build machine's own libraries;
#   - what needs a compiler, a clone or a client that is not in the suite;
#   - what replaces the syslog daemon, as this machine has a real one.
left_out='SweepTest.*:FootprintTest.*:SpeedTest.*:Package.*:AuthorDocs.*:*NewStage*:*GoSdk*:SyslogTest.*'
left_out+=':Plugins.AStageIsSwappedForOneBuiltOutsideTheTreeByOneLine'

tests_of_machine() {
  local groups_v1='CgroupV1Test.*:NumaCpusetTest.*:RollbackTest.*:Of/CallersArgv.*:JailersCgroupsTest.*'
  local life='LifecycleTest.*:PidNamespaceTest.*:Of/SuperviseDeathTest.*'
  local mounts='ChrootBuilderTest.*:BindTest.*:EachRootMount.*Private:TemplateTest.*:NetnsTest.*'
  local jails='FilesystemsTest.*:UserNamespaceTest.*:OwnIdsTest.*:ProcessTest.*:OwnTerminalTest.*:InitTest.*:TimeLimitTest.*'
  jails+=':DeviceAccessTest.*:LabelTest.*:AppArmorTest.*:EscapesTest.EachPipeline*'
  local chosen
  if is_whole; then
    chosen='*'
  else
    case $machine in
      v1) chosen="DoctorTest.*:$groups_v1:NumaTest.*:$life:SuperviseTest.*" ;;
      hybrid) chosen="$groups_v1:PidNamespaceTest.*" ;;
      numa2) chosen='NumaTest.*' ;;
      linux-5.*) chosen="DoctorTest.*:CgroupV2Test.*:$mounts:CloseFdsTest.*:PidNamespaceTest.*:LifecycleTest.RmWithForce*:$jails" ;;
      linux-*) chosen="DoctorTest.*:CgroupV2Test.*:BindTest.*:EachRootMount.*Private:CloseFdsTest.*:$jails" ;;
      *) chosen="DoctorTest.*:CgroupV2Test.*:NumaTest.*:LimitsTest.*:RestartTest.*:VolumeSnapshotTest.*:$life" ;;
    esac
    # Many jails at once are slow here, and no different from any other host.
    left_out+=':*.ManyJailsAtOnce*:*.OfFiftyJailsAtOnce*:*.AHundredLaunches*'
  fi
  say "$chosen-$left_out"
}
