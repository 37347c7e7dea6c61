//go:build kubernetes

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"example.org/odooharness/testenv/cluster"
)

// busybox is the image that every lab has.
const busybox = "lab.local/busybox:1"

// cluster starts the cluster from within the lab, reports that, and stays.
func (s *site) cluster(ctx context.Context, args []string) error {
	var l lab
	if err := json.Unmarshal([]byte(args[0]), &l); err != nil {
		return err
	}
	m := l.machine(s.Bin)
	images, err := s.images(ctx, m)
	if err != nil {
		return err
	}
	if _, err := cluster.StartOn(ctx, m, images); err != nil {
		return err
	}
	if err := os.WriteFile(s.path("ready"), nil, 0o600); err != nil {
		return err
	}
	select {} // the kernel ends it
}

// images lays out the folders of the images that every lab has.
func (s *site) images(ctx context.Context, m *cluster.Machine) ([]cluster.Image, error) {
	pause := s.path("images/pause")
	if err := os.MkdirAll(pause, 0o755); err != nil {
		return nil, err
	}
	if err := copyFile(filepath.Join(s.Bin, "pause"), filepath.Join(pause, "pause"), 0o755); err != nil {
		return nil, err
	}
	box := s.path("images/busybox")
	for _, dir := range []string{"bin", "etc", "root", "tmp", "var"} {
		if err := os.MkdirAll(filepath.Join(box, dir), 0o755); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string]string{"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n"} {
		if err := os.WriteFile(filepath.Join(box, "etc", name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	program, err := exec.LookPath("busybox")
	if err != nil {
		return nil, err
	}
	if err := copyFile(program, filepath.Join(box, "bin/busybox"), 0o755); err != nil {
		return nil, err
	}
	applets, err := exec.CommandContext(ctx, program, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("list the commands of busybox: %w", err)
	}
	for _, applet := range bytes.Fields(applets) {
		if name := string(applet); name != "busybox" {
			if err := os.Symlink("busybox", filepath.Join(box, "bin", name)); err != nil {
				return nil, err
			}
		}
	}
	return []cluster.Image{
		{Name: m.Pause(), Folder: pause, Entrypoint: []string{"/pause"}},
		{Name: busybox, Folder: box, Entrypoint: []string{"/bin/sh"}},
	}, nil
}

// exec runs a command on the node.
func (s *site) exec(ctx context.Context, args []string) error {
	l, found, err := s.read()
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("no lab is up in %s", s.Dir)
	}
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{
		"--target", fmt.Sprint(l.First), "--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup", "--",
	}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

// image makes an image of a folder, on the node.
func (s *site) image(ctx context.Context, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := filepath.Abs(args[1])
	if err != nil {
		return err
	}
	return s.exec(ctx, []string{"env", "TMPDIR=" + inner + "/tmp", self, "import", args[0], folder})
}

func (s *site) importImage(ctx context.Context, args []string) error {
	return lab{}.machine(s.Bin).Import(ctx, cluster.Image{Name: args[0], Folder: args[1]})
}
