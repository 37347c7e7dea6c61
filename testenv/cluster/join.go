//go:build kubernetes

package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"example.org/odooharness/chaos/mesh"
)

// ErrNotHere reports that this machine cannot run containers. The message has the reason.
var ErrNotHere = errors.New("this machine cannot have a cluster with containers")

// ExitNotHere is how command nodelab exits then, as automake's tests have it.
const ExitNotHere = 77

// Lab brings up a cluster with containers by command nodelab, and joins it. It lives
// for as long as this process, or until it is stopped.
func Lab(ctx context.Context, nodelab, state string) (*Cluster, error) {
	// Not bound to ctx: when this process goes, the lab goes by itself.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), nodelab,
		"up", "--state", state, "--while", strconv.Itoa(os.Getpid()), "--programs", filepath.Dir(nodelab))
	var said bytes.Buffer
	cmd.Stderr = &said
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == ExitNotHere:
		return nil, fmt.Errorf("%w: %s", ErrNotHere, strings.TrimSpace(said.String()))
	case err != nil:
		return nil, fmt.Errorf("bring the lab up: %w: %s", err, said.String())
	}
	c := &Cluster{Dir: state, Kubeconfig: filepath.Join(state, "kubeconfig"), nodelab: nodelab}
	if c.Config, _, err = mesh.Config(c.Kubeconfig, ""); err != nil {
		return nil, errors.Join(err, c.stopLab())
	}
	c.Config.QPS, c.Config.Burst = 400, 800
	if c.Client, err = mesh.Connect(c.Config); err != nil {
		return nil, errors.Join(err, c.stopLab())
	}
	return c, nil
}

// stopLab takes the lab down.
func (c *Cluster) stopLab() error {
	out, err := exec.CommandContext(context.Background(), c.nodelab, "down", "--state", c.Dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("take the lab down: %w: %s", err, out)
	}
	return nil
}
