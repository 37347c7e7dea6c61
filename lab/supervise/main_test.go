package supervise_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/ports"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/carrier"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/embedded"
	"example.org/odooharness/lab/embedded/server"
	"example.org/odooharness/lab/ingress"
	"example.org/odooharness/lab/supervise"
	"example.org/odooharness/results"
)

// TestMain lets the test binary be the processes of a lab, as the harness is.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "lab" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err := process(ctx, os.Args[2], os.Args[4])
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func process(ctx context.Context, command, argument string) error {
	switch command {
	case "supervise":
		spec, err := lab.ReadSpec(argument)
		if err != nil {
			return err
		}
		var builder lab.Builder = fake{}
		if spec.Kind == results.LabEmbedded {
			builder = embedded.Builder{}
		}
		return supervise.Run(ctx, spec, argument, builder)
	case "web":
		return web(ctx, argument)
	case "carrier":
		return carrier.Run(ctx, argument)
	case "connector":
		c, err := connector.LoadConfig(argument)
		if err != nil {
			return err
		}
		return connector.Run(ctx, c)
	case "embedded-odoo":
		c, err := server.LoadConfig(argument)
		if err != nil {
			return err
		}
		return server.Serve(ctx, c)
	case "ingress":
		c, err := ingress.LoadConfig(argument)
		if err != nil {
			return err
		}
		return ingress.Run(ctx, c)
	}
	return fmt.Errorf("unknown command %s", command)
}

// web is a process with a child in a session of its own, as PostgreSQL's are, that
// answers its process number.
func web(ctx context.Context, address string) error {
	child := exec.Command("sleep", "300")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("serving")
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%d %d", os.Getpid(), child.Process.Pid)
	})}
	go server.Serve(l)
	<-ctx.Done()
	return errorsOf(server.Close(), child.Process.Kill(), child.Wait())
}

func errorsOf(first error, _ ...error) error { return first }

// fake builds a lab of two stages of web processes: the second stage, front, needs
// the first, back. A tenant named broken gets a process that ends at once.
type fake struct{}

func (fake) Build(ctx context.Context, spec lab.Spec, dir string, log *slog.Logger) (*lab.Stack, error) {
	log.Info("building")
	folder, err := os.MkdirTemp("", "odoo-harness-fake-")
	if err != nil {
		return nil, err
	}
	s := &lab.Stack{Folders: []string{folder}, Caveats: []string{"not a lab"}}
	for _, kind := range []string{"postgres", "odoo"} {
		for _, tenant := range spec.Tenants {
			at, err1 := ports.Take(ctx)
			edge, err2 := ports.Take(ctx)
			self, err3 := os.Executable()
			for _, err := range []error{err1, err2, err3} {
				if err != nil {
					return nil, err
				}
			}
			name := tenant + "/" + kind
			log := filepath.Join(dir, tenant+"-"+kind+".log")
			argument := at
			if tenant == "broken" {
				argument = "no address"
			}
			s.Processes = append(s.Processes, lab.Process{Component: name, Log: log, Stop: syscall.SIGTERM,
				Command: func() *exec.Cmd { return exec.Command(self, "lab", "web", "--listen", argument) },
				Ready: func(ctx context.Context) error {
					_, err := get(ctx, at)
					return err
				}})
			s.Components = append(s.Components, lab.Running{Component: chaos.Component{Name: name, Kind: results.Kind(kind),
				Labels: map[string]string{"app.kubernetes.io/name": kind}, Tenants: []string{tenant}}, Address: edge, Upstream: at, Log: log})
			s.Edges = append(s.Edges, lab.Edge{Component: name, Listen: edge, Upstream: at})
		}
	}
	return s, nil
}

// get gets the answer of a web process.
func get(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw := make([]byte, 64)
	n, _ := resp.Body.Read(raw)
	return string(raw[:n]), nil
}
