package telemetry

import (
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/procfs"
)

// States of /proc/net/tcp (include/net/tcp_states.h).
const (
	tcpEstablished = 0x01
	tcpCloseWait   = 0x08
	tcpListen      = 0x0A
)

// socket is one line of /proc/net/tcp.
type socket struct {
	port   int // local
	state  int
	queued int // bytes received and not read; listening: connections not accepted
	inode  uint64
}

// sockets lists the listening and connected TCP sockets of this machine, of both
// families.
func sockets() ([]socket, error) {
	if all, err := diagSockets(); err == nil {
		return all, nil
	}
	return procSockets() // a kernel or container without sock_diag
}

func procSockets() ([]socket, error) {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return nil, fmt.Errorf("read sockets: %w", err)
	}
	lines, err := proc.NetTCP() //nolint:staticcheck // read where netlink is not permitted, see sockets_diag.go
	if err != nil {
		return nil, fmt.Errorf("read sockets: %w", err)
	}
	six, err := proc.NetTCP6()                         //nolint:staticcheck // as above
	if err != nil && !errors.Is(err, os.ErrNotExist) { // a machine without IPv6
		return nil, fmt.Errorf("read sockets: %w", err)
	}
	var all []socket
	for _, line := range append(lines, six...) {
		all = append(all, socket{port: int(line.LocalPort), state: int(line.St), queued: int(line.RxQueue), inode: line.Inode})
	}
	return all, nil
}
