// SPDX-License-Identifier: Apache-2.0

// A client of Firecracker, as services that run Firecracker have one: the published SDK, unmodified, starts a
// machine through the jailer that it is given. It says what it saw, one fact a line: "state Running". After "ready"
// it waits for SIGUSR1, ends the machine as --end says, and tells how that ended.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	firecracker "github.com/firecracker-microvm/firecracker-go-sdk"
)

func main() {
	o := parseOptions()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	machine, err := newMachine(ctx, o)
	if err == nil {
		err = machine.Start(ctx)
	}
	if err == nil {
		err = report(ctx, machine, o)
	}
	if err != nil {
		fmt.Println("failed", oneLine(err))
		giveUp(machine)
	}
	fmt.Println("ready")

	ended := make(chan error, 1)
	go func() { ended <- machine.Wait(context.Background()) }()
	if o.daemonize {
		<-asked
		fmt.Println("shutdown", result(machine.Shutdown(ctx)))
		return
	}
	select {
	case <-asked:
		end(ctx, machine, o.end, cancel)
		fmt.Println("ended", result(<-ended))
	case err := <-ended:
		fmt.Println("ended", result(err))
	}
}

// What a client can see of a machine that has started.
func report(ctx context.Context, machine *firecracker.Machine, o *options) error {
	if err := waitForSocket(hostSocket(o), 0); err != nil {
		return err
	}
	fmt.Println("socket", hostSocket(o))
	if pid, err := machine.PID(); err == nil {
		fmt.Println("pid", pid)
	}
	info, err := machine.DescribeInstanceInfo(ctx)
	if err != nil {
		return err
	}
	fmt.Println("id", *info.ID)
	fmt.Println("state", *info.State)
	fmt.Println("kernel", machine.Cfg.KernelImagePath)
	for _, drive := range machine.Cfg.Drives {
		fmt.Println("drive", *drive.PathOnHost)
	}
	if err := machine.SetMetadata(ctx, map[string]string{"greeting": "hello"}); err != nil {
		return err
	}
	metadata := map[string]string{}
	if err := machine.GetMetadata(ctx, &metadata); err != nil {
		return err
	}
	fmt.Println("metadata", metadata["greeting"])
	return nil
}

func end(ctx context.Context, machine *firecracker.Machine, how string, cancel context.CancelFunc) {
	switch how {
	case "shutdown":
		fmt.Println("shutdown", result(machine.Shutdown(ctx)))
	case "cancel":
		cancel()
	default:
		fmt.Println("stop", result(machine.StopVMM()))
	}
}

// The SDK does not end a program that has started when a later step fails.
func giveUp(machine *firecracker.Machine) {
	if machine != nil {
		if _, err := machine.PID(); err == nil {
			limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			fmt.Println("stop", result(machine.StopVMM()))
			fmt.Println("ended", result(machine.Wait(limit)))
		}
	}
	os.Exit(1)
}

// "well", "exit status 1", "signal: terminated", or what else went wrong.
func result(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "well"
	case errors.As(err, &exit):
		return exit.String()
	default:
		return oneLine(err)
	}
}

// Something that answers there.
func waitForSocket(path string, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		connection, err := net.Dial("unix", path)
		if err == nil {
			return connection.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
