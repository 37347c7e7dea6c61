package embedded

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// foreignNginx is a front door as other people have it: TLS with a certificate of an
// authority of their own, other host names, a sticky cookie, and a path.
const foreignNginx = `daemon off; worker_processes 1; pid DIR/nginx.pid; error_log DIR/error.log;
events {}
http {
  client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
  log_format shop '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "-" "-" rt=$request_time '
    'urt=$upstream_response_time host=$host';
  access_log DIR/access.log shop;
  gzip on; gzip_types application/json; gzip_min_length 1;
  ssl_certificate DIR/door.crt; ssl_certificate_key DIR/door.key;
SERVERS
}
`

const foreignServer = `  server {
    listen ADDRESS ssl;
    server_name HOST;
    add_header Set-Cookie "route=node1; Path=/" always;
    location /erp/ {
      proxy_pass http://UPSTREAM/; proxy_set_header Host INNER;
      proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Forwarded-Host $host;
    }
  }
`

// certify writes an authority, and a key with its certificate for the hosts.
func certify(t *testing.T, dir string, hosts ...string) {
	t.Helper()
	write := func(name, kind string, der []byte) {
		rig.Write(t, filepath.Join(dir, name), string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rig.Must(t, err)
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of acme"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	rig.Must(t, err)
	write("authority.crt", "CERTIFICATE", der)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rig.Must(t, err)
	door := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err = x509.CreateCertificate(rand.Reader, door, authority, &key.PublicKey, authorityKey)
	rig.Must(t, err)
	write("door.crt", "CERTIFICATE", der)
	der, err = x509.MarshalECPrivateKey(key)
	rig.Must(t, err)
	write("door.key", "EC PRIVATE KEY", der)
}

// frontDoor starts nginx in front of a target, one host a tenant.
func frontDoor(t *testing.T, dir string, target lab.Status, hosts []string) (address string) {
	t.Helper()
	address = rig.FreeAddress(t)
	upstream := ""
	for _, c := range target.Components {
		if c.Kind == "ingress" {
			upstream = c.Address
		}
	}
	certify(t, dir, hosts...)
	var servers strings.Builder
	for i, host := range hosts {
		servers.WriteString(strings.NewReplacer("ADDRESS", address, "HOST", host, "UPSTREAM", upstream, "INNER", target.Tenants[i].Host).
			Replace(foreignServer))
	}
	conf := filepath.Join(dir, "nginx.conf")
	rig.Write(t, conf, strings.NewReplacer("DIR", dir, "SERVERS", servers.String()).Replace(foreignNginx))
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx"
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	nginx := exec.CommandContext(ctx, program, "-e", filepath.Join(dir, "error.log"), "-c", conf)
	nginx.Cancel = func() error { return nginx.Process.Signal(syscall.SIGQUIT) }
	rig.Must(t, nginx.Start())
	t.Cleanup(func() {
		cancel()
		_ = nginx.Wait() // the cancelled context ends it
	})
	eventually.Nil(t, time.Minute, "nginx", func() error {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return address
}

// A staging with names, hosts, cookies, TLS, path and databases of its own gives a verdict,
// and its series are those of its tenants: none is named as its database or as the lab
// would have named it.
func TestForeignStaging(t *testing.T) {
	rig.LabTest(t)
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	target := rig.Staging(t, state)
	dir := filepath.Dir(experiment)
	hosts, names := []string{"erp.acme.example", "shop.beta.example"}, []string{"acme", "beta"}
	door := frontDoor(t, dir, target, hosts)
	proxy := rig.FreeAddress(t)
	var setup strings.Builder
	env := []string{"FOREIGN_PASSWORD=" + target.Tenants[0].Password.Reveal()}
	setup.WriteString("name: foreign\ntenancy: shared\nenvironment: staging\ntenants:\n")
	for i, a := range target.Tenants {
		fmt.Fprintf(&setup, "  - {name: %s, url: \"https://%s/erp/\", host: %s, database: %s, logins: [%s], passwordEnv: FOREIGN_PASSWORD, "+
			"caFile: %q, dsnEnv: FOREIGN_%d_DSN}\n", names[i], proxy, hosts[i], a.Database, a.Logins[0], filepath.Join(dir, "authority.crt"), i)
		env = append(env, fmt.Sprintf("FOREIGN_%d_DSN=%s", i, a.DSN.Reveal()))
	}
	fmt.Fprintf(&setup, "components:\n  - {name: door, kind: ingress, log: %q, labels: {app.kubernetes.io/name: ingress, "+
		"app.kubernetes.io/part-of: odoo-lab}, pidFile: %q, proxy: {listen: %q, upstream: %q}}\n",
		filepath.Join(dir, "access.log"), filepath.Join(dir, "nginx.pid"), proxy, door)
	for _, c := range target.Components {
		if c.Kind == "postgres" {
			setup.WriteString("  - {name: db, kind: postgres, dsnEnv: FOREIGN_DB}\n")
			env = append(env, "FOREIGN_DB="+c.DSN.Reveal())
		}
	}
	setup.WriteString("chaos: {driver: local, allow: [door]}\n")
	rig.Write(t, filepath.Join(dir, "setup.yaml"), setup.String())
	rig.Write(t, experiment, `name: foreign
hypothesis: it holds
setups: [setup.yaml]
tenants: {acme: abiding, beta: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 30s, scale: 5, timeout: 5s}
faults:
  - {name: slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 20s, for: 3s}
warmup: 3s
objectives: [objectives/dispatch.yaml]
`)
	run := func(args ...string) (int, string) {
		cmd := rig.Command(t.Context(), t, state, args...)
		cmd.Env = append(cmd.Env, env...)
		out, _ := cmd.CombinedOutput() // the exit code is the answer
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if code, out := run("plan", "--connect", experiment); code != cli.ExitPass {
		t.Fatalf("plan --connect: exit code %d\n%s", code, out)
	}
	runs := filepath.Join(dir, "runs")
	code, out := run("run", "--results", runs, experiment)
	if code == cli.ExitCannotRun {
		t.Fatalf("it could not run:\n%s", out)
	}
	t.Logf("exit code %d\n%s", code, out)
	recorded, err := results.Open(filepath.Join(runs, "foreign", "latest"))
	rig.Must(t, err)
	trial := recorded.Trials[0]
	if trial.Audit == nil || trial.Audit.Err != "" || len(trial.Audit.Invariants) == 0 {
		t.Errorf("audit %+v, problems %q", trial.Audit, trial.Problems)
	}
	for _, law := range trial.Audit.Invariants {
		if law.Err != "" || !law.Held {
			t.Errorf("%s of %s: %q, held %v", law.Name, law.Tenant, law.Err, law.Held)
		}
	}
	requests := map[string]float64{} // by tenant
	for point, err := range trial.Points() {
		rig.Must(t, err)
		if point.Tenant != "" && point.Tenant != "acme" && point.Tenant != "beta" {
			t.Fatalf("series %s of %s is of the tenant %q", point.Series, point.Component, point.Tenant)
		}
		if point.Series == "ingress.requests" {
			requests[point.Tenant] += point.Value
		}
	}
	if requests["acme"] == 0 || requests["beta"] == 0 {
		t.Errorf("requests of the door's log by tenant: %v", requests)
	}
	for _, f := range rig.Judgement(t, recorded.Dir).Findings {
		if f.ID == "DUR-005" && f.Verdict != "pass" || f.ID == "DUR-001" && f.Verdict != "pass" {
			t.Errorf("%s is %s: %v", f.ID, f.Verdict, f.Because)
		}
	}
	if code, out := run("clean", recorded.Dir, "--setup", filepath.Join(dir, "setup.yaml")); code != cli.ExitPass ||
		!strings.Contains(out, "1 trial of foreign cleaned in ") {
		t.Errorf("clean: exit code %d\n%s", code, out)
	}
}
