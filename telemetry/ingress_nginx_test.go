package telemetry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/testing/eventually"
)

// A page as the NGINX ingress controller writes it (its documentation, "Prometheus
// metrics"): requests with their status, buckets of their time, connections by state.
func TestPageOfTheIngressController(t *testing.T) {
	var page string
	server := servePage(t, &page)
	p := newIngressMetrics(Target{Component: "ingress", URL: hide(server)})
	controller := func(ok, gateway, fast, slow int) string {
		return fmt.Sprintf(`# TYPE nginx_ingress_controller_requests counter
nginx_ingress_controller_requests{ingress="odoo",method="POST",service="odoo",status="200"} %d
nginx_ingress_controller_requests{ingress="odoo",method="POST",service="odoo",status="504"} %d
nginx_ingress_controller_request_duration_seconds_bucket{ingress="odoo",status="200",le="0.1"} %d
nginx_ingress_controller_request_duration_seconds_bucket{ingress="odoo",status="200",le="1"} %d
nginx_ingress_controller_request_duration_seconds_bucket{ingress="odoo",status="200",le="+Inf"} %d
nginx_ingress_controller_nginx_process_connections{state="active"} 5
nginx_ingress_controller_nginx_process_connections{state="waiting"} 4
`, ok, gateway, fast, fast+slow, fast+slow)
	}
	page = controller(10, 0, 10, 0)
	if got := series(t, read(t, p), "ingress.connections", ""); got != 5 {
		t.Errorf("%v connections, want the 5 that are active", got)
	}
	page = controller(25, 5, 20, 10)
	got := read(t, p)
	if share := series(t, got, "ingress.requests.gateway", "") / series(t, got, "ingress.requests", ""); share < 0.2499 || share > 0.2501 {
		t.Errorf("%v of the requests ended at the ingress, want 5 of 20", share)
	}
	// Of 20 in the interval 10 took up to 0.1 s and 10 up to 1 s.
	if p50 := series(t, got, "ingress.request_time.p50", ""); p50 < 0.0999 || p50 > 0.1001 {
		t.Errorf("the median is %v s, want 0.1", p50)
	}
}

// A real nginx and the exporter of its makers.
func TestPrometheusPageOfNginx(t *testing.T) {
	for _, program := range []string{"nginx", "prometheus-nginx-exporter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: make test-prometheus installs it", program)
		}
	}
	dir, web, pages := t.TempDir(), address(t), address(t)
	config := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr;
events {}
http { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f;
  uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  server { listen %[2]s; location /stub_status { stub_status; } location / { return 204; } } }`, dir, web)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, "nginx", "-e", "stderr", "-c", file)
	eventually.Nil(t, time.Minute, "nginx to listen", func() error {
		conn, err := net.Dial("tcp", web)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	background(t, "prometheus-nginx-exporter", "-nginx.scrape-uri=http://"+web+"/stub_status", "-web.listen-address="+pages)
	p := newIngressMetrics(Target{Component: "ingress", URL: hide("http://" + pages + "/metrics")})
	eventually.Nil(t, time.Minute, "the exporter to have a page of nginx's", func() error {
		_, err := p.Read(context.Background())
		return err
	})
	began := time.Now()
	before := read(t, p)
	if got := series(t, before, "ingress.connections", ""); got < 1 {
		t.Errorf("%v connections, want the exporter's at least", got)
	}
	const sent = 50
	for range sent {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+web+"/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	rate := series(t, read(t, p), "ingress.requests", "")
	if counted := rate * time.Since(began).Seconds(); counted < sent {
		t.Errorf("%.0f requests in the interval, want the %d that were sent", counted, sent)
	}
}

// address is one that nobody listens at.
func address(t *testing.T) string {
	t.Helper()
	free, err := ports.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return free
}

// background runs a program until the test ends.
func background(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}
