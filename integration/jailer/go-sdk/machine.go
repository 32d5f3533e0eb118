// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	firecracker "github.com/firecracker-microvm/firecracker-go-sdk"
	"github.com/firecracker-microvm/firecracker-go-sdk/client/models"
	"github.com/sirupsen/logrus"
)

const defaultSocket = "/run/firecracker.socket"

// The SDK computes the same from its own configuration.
func hostSocket(o *options) string {
	socket := o.socket
	if socket == "" {
		socket = defaultSocket
	}
	return filepath.Join(o.base, filepath.Base(o.execFile), o.id, "root", socket)
}

func configuration(o *options) firecracker.Config {
	config := firecracker.Config{
		VMID:            o.id,
		SocketPath:      o.socket,
		KernelImagePath: o.kernel,
		InitrdPath:      o.initrd,
		KernelArgs:      "console=ttyS0",
		LogFifo:         o.log,
		MetricsFifo:     metricsBeside(o.log),
		NetNS:           o.netns,
		MachineCfg: models.MachineConfiguration{
			VcpuCount:  firecracker.Int64(2),
			MemSizeMib: firecracker.Int64(256),
		},
		JailerCfg: &firecracker.JailerConfig{
			JailerBinary:   o.jailer,
			ChrootBaseDir:  o.base,
			ID:             o.id,
			ExecFile:       o.execFile,
			UID:            firecracker.Int(o.uid),
			GID:            firecracker.Int(o.gid),
			NumaNode:       firecracker.Int(o.node),
			CgroupVersion:  o.cgroupVersion,
			Daemonize:      o.daemonize,
			ChrootStrategy: firecracker.NewNaiveChrootStrategy(o.kernel),
		},
	}
	for i, path := range o.drives {
		config.Drives = append(config.Drives, models.Drive{
			DriveID:      firecracker.String(strconv.Itoa(i + 1)),
			PathOnHost:   firecracker.String(path),
			IsRootDevice: firecracker.Bool(i == 0),
			IsReadOnly:   firecracker.Bool(i != 0),
		})
	}
	if o.tap != "" {
		config.NetworkInterfaces = firecracker.NetworkInterfaces{{
			StaticConfiguration: &firecracker.StaticNetworkConfiguration{
				HostDevName: o.tap,
				MacAddress:  "06:00:00:00:00:01",
			},
		}}
	}
	return config
}

func metricsBeside(log string) string {
	if log == "" {
		return ""
	}
	return log + ".metrics"
}

func newMachine(ctx context.Context, o *options) (*firecracker.Machine, error) {
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	choices := []firecracker.Opt{firecracker.WithLogger(logrus.NewEntry(quiet))}
	if len(o.cgroups) > 0 {
		choices = append(choices, withCgroups(ctx, o))
	}
	machine, err := firecracker.NewMachine(ctx, configuration(o), choices...)
	if err == nil && o.daemonize {
		outliveJailer(machine, o)
	}
	return machine, err
}

// This SDK's JailerConfig has no cgroup values, so its own builder makes the command and they are added to it.
func withCgroups(ctx context.Context, o *options) firecracker.Opt {
	builder := firecracker.NewJailerCommandBuilder().
		WithBin(o.jailer).
		WithID(o.id).
		WithUID(o.uid).
		WithGID(o.gid).
		WithExecFile(o.execFile).
		WithNumaNode(o.node).
		WithCgroupVersion(o.cgroupVersion).
		WithChrootBaseDir(o.base).
		WithNetNS(o.netns).
		WithDaemonize(o.daemonize).
		WithStdout(os.Stdout).
		WithStderr(os.Stderr)
	command := builder.Build(ctx)
	for _, value := range o.cgroups {
		command.Args = append(command.Args, "--cgroup", value)
	}
	command.Args = append(command.Args, "--", "--no-seccomp", "--api-sock", defaultSocket)
	return firecracker.WithProcessRunner(command)
}

// When the jailer has put the program into the background and returns, this SDK takes the machine for ended: it
// removes the API socket, if it is there yet, and does not wait for one. So it is told of no socket, and waited
// for the real one before its next step.
func outliveJailer(machine *firecracker.Machine, o *options) {
	machine.Cfg.SocketPath = ""
	machine.Handlers.FcInit = machine.Handlers.FcInit.AppendAfter(
		firecracker.StartVMMHandlerName,
		firecracker.Handler{
			Name: "WaitForSocket",
			Fn: func(ctx context.Context, _ *firecracker.Machine) error {
				return waitForSocket(hostSocket(o), 3*time.Second)
			},
		})
}
