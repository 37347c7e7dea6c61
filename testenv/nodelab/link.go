//go:build kubernetes

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// connect lays a link from the machine into the lab, and routes to its Services and
// pods over it. All of it goes when the lab's network goes.
func (l lab) connect(ctx context.Context) error {
	return ip(ctx,
		"link add "+l.name()+" type veth peer name eth0 netns "+strconv.Itoa(l.First),
		"address add "+l.outside()+"/30 dev "+l.name(),
		"link set "+l.name()+" up",
		"route add "+l.services()+" via "+l.node(),
		"route add "+l.pods()+" via "+l.node(),
	)
}

// answer is the other end.
func (l lab) answer(ctx context.Context) error {
	err := ip(ctx,
		"link set lo up",
		"address add "+l.node()+"/30 dev eth0",
		"link set eth0 up",
		"route add default via "+l.outside(),
		// An address without a pod is unreachable. Its packets must not circle.
		"route add unreachable "+l.pods(),
	)
	if err != nil {
		return err
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o600)
}

func ip(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		if out, err := exec.CommandContext(ctx, "ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", line, err, bytes.TrimSpace(out))
		}
	}
	return nil
}
