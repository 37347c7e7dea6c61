package odoostack

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// traefik is Traefik as the ingress of a stack. It is a program of the host, and runs inside
// the root like the other servers.
//
// It has a router for each tenant, named like the tenant, so that its own metrics distinguish
// tenants. What a client sees is as with nginx, with the exceptions that docs/lab.md lists.
type traefik struct {
	*front
	program     string // on the host
	metricsPort int
}

// traefikDir is its folder in that of the stack. What it watches is in a folder of its own:
// the access log next to it would wake the watcher with every request.
const (
	traefikDir    = "traefik"
	traefikConfig = traefikDir + "/config"
	routesFile    = "routes.yaml"
)

// static is what Traefik reads once, at its start.
//
// It must call nobody: checkNewVersion is on by default. Its own buckets are four, too few for
// a percentile.
func (t *traefik) static() string {
	return fmt.Sprintf(`# Written by the lab.
global: {checkNewVersion: false, sendAnonymousUsage: false}
log: {level: INFO, noColor: true}
accessLog: {filePath: %[1]s/%[2]s/access.log, format: json}
ping: {manualRouting: true}
metrics:
  prometheus:
    entryPoint: metrics
    addEntryPointsLabels: true
    addRoutersLabels: true
    addServicesLabels: true
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
entryPoints:
  web:
    address: 127.0.0.1:%[3]d
    transport:
      respondingTimeouts: {idleTimeout: 75s}
  metrics:
    address: 127.0.0.1:%[4]d
providers:
  file: {filename: %[1]s/%[5]s/%[6]s, watch: true}
`, debian.Inside, traefikDir, t.port, t.metricsPort, traefikConfig, routesFile)
}

// routes is what Traefik reads again whenever it changes.
//
// Connections to Odoo are not kept, since Odoo closes them after every answer. Requests are
// sent again to another server only when none received them: a second POST would be a second
// order.
func (t *traefik) routes() string {
	var routers, middlewares strings.Builder
	router := func(name, rule, service string, priority int, through ...string) {
		fmt.Fprintf(&routers, "    %s:\n      entryPoints: [web]\n      rule: %s\n      priority: %d\n      service: %s\n",
			name, quoted(rule), priority, service)
		if len(through) > 0 {
			fmt.Fprintf(&routers, "      middlewares: [%s]\n", strings.Join(through, ", "))
		}
	}
	var again []string
	if n := max(len(t.httpPorts), len(t.bulkPorts)); n > 1 {
		again = []string{"next-server"}
		fmt.Fprintf(&middlewares, "    next-server:\n      retry: {attempts: %d}\n", n)
	}
	router("lab-health", "Path(`"+healthPath+"`)", "ping@internal", 100)
	for _, tenant := range t.tenants {
		host := "Host(`" + hostOf(tenant) + "`)"
		limits := limitsOf(&middlewares, tenant, t.limits[tenant])
		router(tenant, host, "odoo", 1, append(limits, again...)...)
		router(tenant+"-websocket", fmt.Sprintf("%s && PathPrefix(`%s`)", host, versionOf(t.root).push), "websocket", 2)
		if len(limits) > 0 {
			router(tenant+"-login", fmt.Sprintf("%s && (PathPrefix(`%s`) || Path(`%s`))", host, lab.LoginPrefix, lab.LoginPage),
				"odoo", 2, again...)
		}
		if len(t.bulkPorts) > 0 {
			agent, path := lab.BulkPatterns()
			router(tenant+"-bulk", fmt.Sprintf("%s && (HeaderRegexp(`User-Agent`, `%s`) || PathRegexp(`%s`))", host, agent, path),
				"imports", 3, again...)
		}
	}
	out := "# Written by the lab. Traefik reads it again when it changes.\nhttp:\n  routers:\n" + routers.String()
	if middlewares.Len() > 0 {
		out += "  middlewares:\n" + middlewares.String()
	}
	out += "  services:\n" + service("odoo", "odoo", t.httpPorts)
	if len(t.bulkPorts) > 0 {
		out += service("imports", "odoo", t.bulkPorts)
	}
	return out + service("websocket", "websocket", []int{t.geventPort}) + "  serversTransports:\n" +
		transport("odoo", fmt.Sprintf("%dms", t.milliseconds())) + transport("websocket", "1h")
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func service(name, transport string, ports []int) string {
	text := fmt.Sprintf("    %s:\n      loadBalancer:\n        serversTransport: %s\n        servers:\n", name, transport)
	for _, port := range ports {
		text += fmt.Sprintf("          - {url: 'http://127.0.0.1:%d'}\n", port)
	}
	return text
}

func transport(name, answer string) string {
	return fmt.Sprintf("    %s:\n      maxIdleConnsPerHost: -1\n      disableHTTP2: true\n"+
		"      forwardingTimeouts: {dialTimeout: 5s, responseHeaderTimeout: %s}\n", name, answer)
}

// limitsOf writes what limits a tenant, and returns the names.
//
// Traefik has no queue: a request beyond the rate is refused at once. The burst is what one
// second may have. It must not be more: Traefik forgets a tenant that is silent for two
// seconds, with what it has used, and a long burst would begin again.
func limitsOf(out *strings.Builder, tenant string, l lab.Limit) (names []string) {
	const byHost = "sourceCriterion: {requestHost: true}"
	if l.RequestsPerSecond > 0 {
		names = append(names, tenant+"-rate")
		fmt.Fprintf(out, "    %s-rate:\n      rateLimit: {average: %d, period: 60s, burst: %d, %s}\n", tenant,
			int64(math.Round(60*l.RequestsPerSecond)), int64(math.Ceil(l.RequestsPerSecond)), byHost)
	}
	if l.RequestsAtOnce > 0 {
		names = append(names, tenant+"-once")
		fmt.Fprintf(out, "    %s-once:\n      inFlightReq: {amount: %d, %s}\n", tenant, l.RequestsAtOnce, byHost)
	}
	return names
}

// layOut writes the configuration, and links the program into the stack's folder, where it is
// inside the root.
func (t *traefik) layOut(ctx context.Context) error {
	config := filepath.Join(t.stack, traefikConfig)
	return errors.Join(
		t.root.Folder("www-data", filepath.Join(t.stack, traefikDir)),
		t.root.Folder("www-data", config),
		t.root.Write("www-data", filepath.Join(config, "traefik.yaml"), t.static()),
		t.root.Write("www-data", filepath.Join(config, routesFile), t.routes()),
		debian.CopyTree(ctx, t.program, filepath.Join(t.stack, traefikDir, "traefik"), true),
	)
}

func (t *traefik) command() *exec.Cmd {
	inside := debian.Inside + "/" + traefikDir
	return t.root.Command("www-data", t.stack, t.cgroups, nil, inside+"/traefik", "--configFile="+inside+"/config/traefik.yaml")
}

func (t *traefik) stop() syscall.Signal { return syscall.SIGTERM }

func (t *traefik) accessLog() string { return filepath.Join(t.stack, traefikDir, "access.log") }

func (t *traefik) metrics() string { return "http://" + loopback(t.metricsPort) + "/metrics" }
