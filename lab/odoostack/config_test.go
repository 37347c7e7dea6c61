package odoostack

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestConfig holds every configuration file of a stack.
func TestConfig(t *testing.T) {
	secrets := passwords{Postgres: "pg-secret", Odoo: "odoo-secret"}
	fourteen := &debian.Root{Odoo: 14}
	primary := &postgres{port: 12001, bufferMB: 128, passwords: secrets}
	tenants := []string{"t1", "t2", "t3"}
	plain := &front{port: 12008, tenants: tenants[:2], httpPorts: []int{12005}, geventPort: 12006, timeout: 1500 * time.Millisecond}
	limited := &front{port: 12008, tenants: tenants, httpPorts: []int{12005}, bulkPorts: []int{12011}, geventPort: 12006,
		limits: map[string]lab.Limit{"t1": {RequestsPerSecond: 2.5}, "t2": {RequestsPerSecond: 4, RequestsAtOnce: 1},
			"t3": {Connections: 2}}}
	servers := &front{port: 12008, tenants: tenants[:1], httpPorts: []int{12005, 12014}, bulkPorts: []int{12011}, geventPort: 12006}
	alone := *limited // Traefik has no limits next to an Odoo for imports
	alone.bulkPorts = nil
	older := *plain
	older.root = fourteen
	cases := map[string]string{
		"postgresql.conf": primary.config(),
		"standby.conf":    standbyOf(primary, 12002, 12003).config(),
		"pg_hba.conf":     primary.hba(),
		"redis.conf":      (&redis{port: 12004, password: "odoo-secret"}).config(),
		"redis-volatile.conf": (&redis{port: 12004, password: "odoo-secret",
			volatile: true}).config(),
		"odoo.conf": (&odoo{tenants: []string{"t1", "t2"}, workers: 2, crons: 1, httpPort: 12005, geventPort: 12006,
			dbPort: 12007, dbPassword: "odoo-secret"}).config(),
		"odoo-cron.conf": (&odoo{name: "odoo-cron", tenants: []string{"t1", "t2"}, workers: 1, crons: 2, cronOnly: true, httpPort: 12009,
			geventPort: 12010, dbPort: 12007, dbPassword: "odoo-secret"}).config(),
		"odoo-template.conf":  (&odoo{dbPort: 12001, dbPassword: "odoo-secret"}).config(),
		"nginx.conf":          (&nginx{plain}).config(),
		"nginx-limits.conf":   (&nginx{limited}).config(),
		"traefik.yaml":        (&traefik{front: plain, metricsPort: 12013}).static(),
		"routes.yaml":         (&traefik{front: plain}).routes(),
		"routes-limits.yaml":  (&traefik{front: &alone}).routes(),
		"routes-servers.yaml": (&traefik{front: servers}).routes(),
		"odoo14.conf": (&odoo{root: fourteen, tenants: []string{"t1", "t2"}, workers: 2, crons: 1, httpPort: 12005, geventPort: 12006,
			dbPort: 12007, dbPassword: "odoo-secret"}).config(),
		"odoo14-postgresql.conf": (&postgres{root: fourteen, port: 12001, bufferMB: 128, passwords: secrets}).config(),
		"odoo14-nginx.conf":      (&nginx{&older}).config(),
		"pgbouncer.ini":          (&pooler{dir: "/tmp/pool", port: 12012, server: 12007, size: 6}).config(),
	}
	for name, got := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGatewayTimeoutIsNeverZero(t *testing.T) {
	// proxy_read_timeout 0ms would fail every request at once, responseHeaderTimeout: 0ms none.
	for timeout, want := range map[time.Duration]string{
		0:                "60000ms",
		time.Microsecond: "1ms",
		2 * time.Second:  "2000ms",
	} {
		f := &front{timeout: timeout}
		if got := (&nginx{f}).config(); !strings.Contains(got, "proxy_read_timeout "+want+";") {
			t.Errorf("timeout %v: nginx.conf has no %q", timeout, want)
		}
		if got := (&traefik{front: f}).routes(); !strings.Contains(got, "responseHeaderTimeout: "+want+"}") {
			t.Errorf("timeout %v: routes.yaml has no %q", timeout, want)
		}
	}
}
