// Command recording-daemon stands in for Chaos Mesh's chaos-daemon. It answers
// every call of the controllers as the daemon would, appends the call with its
// exact parameters to a file, and does for real what needs no kernel: killing a
// container that is a process. It reads what is in effect from its file, so
// that it can be killed and started again as the real one can, whose rules stay in
// the kernel.
//
//	recording-daemon -listen 192.0.2.2:31767 -record calls.jsonl -trap trap
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"

	"github.com/chaos-mesh/chaos-mesh/pkg/chaosdaemon/pb"
	dnspb "github.com/chaos-mesh/k8s_dns_chaos/pb"

	"example.org/odooharness/testenv/programs/daemon"
	"example.org/odooharness/testenv/programs/orphan"
)

func main() {
	listen := flag.String("listen", "", "host:port to serve gRPC on")
	record := flag.String("record", "", "file to append the calls to")
	trap := flag.String("trap", "", "file that may hold CALL PID: who dies right after which call")
	flag.Parse()
	orphan.Watch()
	if err := run(*listen, *record, daemon.Trap(*trap)); err != nil {
		fmt.Fprintln(os.Stderr, "recording-daemon:", err)
		os.Exit(1)
	}
}

func run(listen, path string, trap daemon.Trap) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(daemon.LocalOnly))
	recorder, err := daemon.New(file, trap)
	if err != nil {
		return err
	}
	pb.RegisterChaosDaemonServer(server, recorder)
	dnspb.RegisterDNSServer(server, daemon.Names{Daemon: recorder})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		server.Stop()
	}()
	return server.Serve(listener)
}
