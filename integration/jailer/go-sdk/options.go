// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"strings"
)

// What the test asks for.
type options struct {
	jailer, base, id, execFile string
	uid, gid, node             int
	kernel, initrd             string
	drives                     words
	netns, tap                 string
	cgroupVersion              string
	cgroups                    words
	daemonize                  bool
	socket, log                string
	end                        string
}

// An option that may be given more than once.
type words []string

func (w *words) String() string { return strings.Join(*w, " ") }

func (w *words) Set(word string) error {
	*w = append(*w, word)
	return nil
}

func parseOptions() *options {
	o := &options{}
	flag.StringVar(&o.jailer, "jailer", "jailer", "the jailer's binary")
	flag.StringVar(&o.base, "base", "", "the chroot base directory")
	flag.StringVar(&o.id, "id", "", "the jail's id")
	flag.StringVar(&o.execFile, "exec-file", "", "the program to be jailed")
	flag.IntVar(&o.uid, "uid", 0, "its user")
	flag.IntVar(&o.gid, "gid", 0, "its group")
	flag.IntVar(&o.node, "node", 0, "its NUMA node; where the host has no such node, the SDK asks for no cpuset")
	flag.StringVar(&o.kernel, "kernel", "", "kernel image")
	flag.StringVar(&o.initrd, "initrd", "", "initrd image")
	flag.Var(&o.drives, "drive", "a drive's image, the root drive first, repeatable")
	flag.StringVar(&o.netns, "netns", "", "a network namespace's file")
	flag.StringVar(&o.tap, "tap", "", "a tap device in it")
	flag.StringVar(&o.cgroupVersion, "cgroup-version", "", "1 or 2")
	flag.Var(&o.cgroups, "cgroup", "FILE=VALUE, repeatable")
	flag.BoolVar(&o.daemonize, "daemonize", false, "in the background")
	flag.StringVar(&o.socket, "socket", "", "the API socket, in the jail")
	flag.StringVar(&o.log, "log", "", "a FIFO that the SDK makes for the log and links into the jail")
	flag.StringVar(&o.end, "end", "stop", "what SIGUSR1 does: stop, shutdown, cancel")
	flag.Parse()
	return o
}
