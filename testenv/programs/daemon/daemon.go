// Package daemon is a chaos-daemon that records its requests.
//
//  1. A controller of Chaos Mesh calls, as it would call the real daemon.
//  2. The call is appended to a file as one JSON line, with all its parameters.
//  3. It is answered as the real daemon would answer when all went well.
//
// Only killing a container and naming its process are real: the containers of package
// node are processes. As the real daemon does, this one forgets at its end which clocks it
// has shifted. It refuses to shift a clock twice for the same fault, and to restore a clock
// that it does not know. Stress ends with the daemon, and the line "Started" records a start.
//
// A [Trap] makes a process die right after an act: the daemon before it has answered, or
// the controller before it has recorded the answer.
package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/google/uuid"

	"github.com/chaos-mesh/chaos-mesh/pkg/chaosdaemon/pb"
)

// Daemon implements [pb.ChaosDaemonServer].
type Daemon struct {
	pb.UnimplementedChaosDaemonServer

	mu      sync.Mutex
	record  io.Writer
	trap    Trap
	shifted map[string]bool // clocks, by the fault's uid
}

// New returns a daemon that appends its calls to the writer.
func New(record io.Writer, trap Trap) (*Daemon, error) {
	d := &Daemon{record: record, trap: trap, shifted: map[string]bool{}}
	return d, d.note("Started", &emptypb.Empty{}, nil)
}

// LocalOnly refuses callers from other machines, because the daemon kills processes for
// any caller.
func LocalOnly(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	p, ok := peer.FromContext(ctx)
	if !ok || !local(p.Addr) {
		return nil, status.Error(codes.PermissionDenied, "this daemon serves its own machine only")
	}
	return next(ctx, req)
}

func local(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return false
	}
	if tcp.IP.IsLoopback() {
		return true
	}
	ours, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, each := range ours {
		if network, ok := each.(*net.IPNet); ok && network.IP.Equal(tcp.IP) {
			return true
		}
	}
	return false
}

// call is one line of the record.
type call struct {
	Call    string          `json:"call"`
	At      time.Time       `json:"at"`
	Request json.RawMessage `json:"request"`
	Answer  json.RawMessage `json:"answer,omitempty"`
}

func (d *Daemon) note(name string, request, answer proto.Message) error {
	line := call{Call: name, At: time.Now()}
	var err error
	if line.Request, err = protojson.Marshal(request); err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	if answer != nil {
		if line.Answer, err = protojson.Marshal(answer); err != nil {
			return fmt.Errorf("encode the answer of %s: %w", name, err)
		}
	}
	encoded, err := json.Marshal(line)
	if err != nil {
		return err
	}
	d.mu.Lock()
	_, err = d.record.Write(append(encoded, '\n'))
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return d.trap.spring(name)
}

func (d *Daemon) done(name string, request proto.Message) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, d.note(name, request, nil)
}

// ContainerKill kills the process group that the container is.
func (d *Daemon) ContainerKill(_ context.Context, r *pb.ContainerRequest) (*emptypb.Empty, error) {
	if err := d.note("ContainerKill", r, nil); err != nil {
		return nil, err
	}
	pid, err := process(r.ContainerId)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, syscall.Kill(-pid, syscall.SIGKILL)
}

// ContainerGetPid names the process that the container is.
func (d *Daemon) ContainerGetPid(_ context.Context, r *pb.ContainerRequest) (*pb.ContainerResponse, error) {
	pid, err := process(r.ContainerId)
	if err != nil {
		return nil, err
	}
	return &pb.ContainerResponse{Pid: uint32(pid)}, nil
}

// process reads the id of a container of package node: process://PID.
func process(container string) (int, error) {
	text, ok := strings.CutPrefix(container, "process://")
	pid, err := strconv.Atoi(text)
	if !ok || err != nil || pid <= 1 {
		return 0, status.Errorf(codes.InvalidArgument, "%q is not a container of this node", container)
	}
	return pid, nil
}

// ExecStressors names instances as the real daemon does.
func (d *Daemon) ExecStressors(_ context.Context, r *pb.ExecStressRequest) (*pb.ExecStressResponse, error) {
	answer := &pb.ExecStressResponse{}
	if r.CpuStressors != "" {
		answer.CpuInstance, answer.CpuInstanceUid = uuid.NewString(), uuid.NewString()
	}
	if r.MemoryStressors != "" {
		answer.MemoryInstance, answer.MemoryInstanceUid = uuid.NewString(), uuid.NewString()
	}
	return answer, d.note("ExecStressors", r, answer)
}

// ApplyIOChaos names the instance as the real daemon does; no actions end it.
func (d *Daemon) ApplyIOChaos(_ context.Context, r *pb.ApplyIOChaosRequest) (*pb.ApplyIOChaosResponse, error) {
	answer := &pb.ApplyIOChaosResponse{Instance: 1, StartTime: 1, InstanceUid: uuid.NewString()}
	return answer, d.note("ApplyIOChaos", r, answer)
}

// ApplyHttpChaos names the instance as the real daemon does; no rules end it.
func (d *Daemon) ApplyHttpChaos(_ context.Context, r *pb.ApplyHttpChaosRequest) (*pb.ApplyHttpChaosResponse, error) {
	answer := &pb.ApplyHttpChaosResponse{Instance: 1, StartTime: 1, StatusCode: 200, InstanceUid: uuid.NewString()}
	return answer, d.note("ApplyHttpChaos", r, answer)
}

// SetTcs records the rules of delay, loss, bandwidth and so on; none clears.
func (d *Daemon) SetTcs(_ context.Context, r *pb.TcsRequest) (*emptypb.Empty, error) {
	return d.done("SetTcs", r)
}

// FlushIPSets records the sets of addresses that rules refer to.
func (d *Daemon) FlushIPSets(_ context.Context, r *pb.IPSetsRequest) (*emptypb.Empty, error) {
	return d.done("FlushIPSets", r)
}

// SetIptablesChains records the chains of a partition; none clears.
func (d *Daemon) SetIptablesChains(_ context.Context, r *pb.IptablesChainsRequest) (*emptypb.Empty, error) {
	return d.done("SetIptablesChains", r)
}

// SetTimeOffset records. The same fault once more is an error, as it is to the real
// daemon's TaskManager.
func (d *Daemon) SetTimeOffset(_ context.Context, r *pb.TimeRequest) (*emptypb.Empty, error) {
	d.mu.Lock()
	known := d.shifted[r.Uid]
	d.shifted[r.Uid] = true
	d.mu.Unlock()
	if known {
		return nil, status.Errorf(codes.Unknown, "uid: %s: duplicate entity", r.Uid)
	}
	return d.done("SetTimeOffset", r)
}

// RecoverTimeOffset records. A fault that this process has not made is an error, as it
// is to the real daemon's TaskManager.
func (d *Daemon) RecoverTimeOffset(_ context.Context, r *pb.TimeRequest) (*emptypb.Empty, error) {
	d.mu.Lock()
	known := d.shifted[r.Uid]
	delete(d.shifted, r.Uid)
	d.mu.Unlock()
	if !known {
		return nil, status.Errorf(codes.Unknown, "task id %s: not found", r.Uid)
	}
	return d.done("RecoverTimeOffset", r)
}

// CancelStressors records.
func (d *Daemon) CancelStressors(_ context.Context, r *pb.CancelStressRequest) (*emptypb.Empty, error) {
	return d.done("CancelStressors", r)
}

// SetDNSServer records.
func (d *Daemon) SetDNSServer(_ context.Context, r *pb.SetDNSServerRequest) (*emptypb.Empty, error) {
	return d.done("SetDNSServer", r)
}
