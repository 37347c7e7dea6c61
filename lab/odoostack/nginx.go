package odoostack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// nginx is the ingress of a stack.
type nginx struct{ *front }

// AccessLogFormat is the log_format of the ingress: one JSON object a line, for
// telemetry to read. Times are seconds; the upstream's are texts: empty when no
// request was sent to it, lists separated by commas when several were.
const AccessLogFormat = `{"time":$msec,"host":"$host","method":"$request_method","uri":"$uri",` +
	`"status":$status,"request_time":$request_time,"upstream_status":"$upstream_status",` +
	`"upstream_response_time":"$upstream_response_time","upstream_connect_time":"$upstream_connect_time",` +
	`"bytes":$bytes_sent,"request_length":$request_length,"connection":$connection}`

// config is nginx.conf.
//
// It is one process: a worker would outlive a killed master. max_fails=0, since
// an ingress that marks its only upstream as down answers 502 on its own for ten
// seconds, which would be read as Odoo's fault. Headers are repeated in each
// location: a location with one of its own inherits none.
func (n *nginx) config() string {
	headers := `proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Real-IP $remote_addr;`
	pool, bulk := "odoo", ""
	if len(n.bulkPorts) > 0 {
		agent, path := lab.BulkPatterns()
		pool = "$pool"
		bulk = fmt.Sprintf("  upstream imports {%s }\n  map \"$http_user_agent $uri\" $pool { default odoo; \"~%s|%s\" imports; }\n",
			upstreams(n.bulkPorts), agent, path)
	}
	zones, limits := n.limitZones()
	return fmt.Sprintf(`# Written by the lab.
daemon off;
master_process off;
pid %[1]s/nginx/pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format harness escape=json '%[2]s';
  access_log %[1]s/nginx/access.log harness;
  client_body_temp_path %[1]s/nginx/body;
  proxy_temp_path %[1]s/nginx/proxy;
  fastcgi_temp_path %[1]s/nginx/fastcgi;
  uwsgi_temp_path %[1]s/nginx/uwsgi;
  scgi_temp_path %[1]s/nginx/scgi;
  client_max_body_size 128m;
  client_body_buffer_size 1m;
  keepalive_timeout 75s;
  keepalive_requests 100000;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
%[8]s  upstream odoo {%[4]s }
  upstream websocket { server 127.0.0.1:%[5]d max_fails=0; }
  server {
    listen 127.0.0.1:%[3]d;
    server_name _;
    proxy_connect_timeout 5s;
    # nginx knows no fractions of a millisecond and takes 0 for "at once".
    proxy_read_timeout %[6]dms;
    proxy_send_timeout 60s;
    proxy_buffers 16 64k;
    proxy_buffer_size 64k;
    location = %[11]s { access_log off; return 204; }
    location %[12]s {
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout 1h;
      %[7]s
      proxy_pass http://websocket;
    }
    location / {
%[9]s      %[7]s
      proxy_pass http://%[10]s;
    }
  }
}
`, debian.Inside, AccessLogFormat, n.port, upstreams(n.httpPorts), n.geventPort,
		n.milliseconds(), headers, bulk+zones, limits, pool, healthPath,
		versionOf(n.root).push)
}

func upstreams(ports []int) string {
	servers := ""
	for _, port := range ports {
		servers += fmt.Sprintf(" server 127.0.0.1:%d max_fails=0;", port)
	}
	return servers
}

// limitZones are the zones that count the requests of tenants with a limit, and the
// directives that hold them to it. A request with an empty key is not counted: those of
// other tenants, and log-ins ([lab.IsLogin]).
func (n *nginx) limitZones() (zones, limits string) {
	for _, tenant := range slices.Sorted(maps.Keys(n.limits)) {
		l := n.limits[tenant]
		if !l.OfRequests() {
			continue
		}
		zones += fmt.Sprintf("  map \"$host $uri\" $only_%[1]s { default ''; \"~ (%[3]s|%[4]s$)\" ''; "+
			"\"~^%[2]s \" $host; }\n", tenant, regexp.QuoteMeta(hostOf(tenant)), lab.LoginPrefix, lab.LoginPage)
		if l.RequestsPerSecond > 0 {
			zones += fmt.Sprintf("  limit_req_zone $only_%[1]s zone=rate_%[1]s:1m rate=%[2]dr/m;\n", tenant,
				int64(math.Round(60*l.RequestsPerSecond)))
			limits += fmt.Sprintf("      limit_req zone=rate_%s burst=%d;\n", tenant, lab.LimitQueue)
		}
		if l.RequestsAtOnce > 0 {
			zones += fmt.Sprintf("  limit_conn_zone $only_%[1]s zone=once_%[1]s:1m;\n", tenant)
			limits += fmt.Sprintf("      limit_conn once_%s %d;\n", tenant, l.RequestsAtOnce)
		}
	}
	if limits != "" {
		zones += "  limit_req_status 429;\n  limit_conn_status 429;\n"
	}
	return zones, limits
}

func (n *nginx) layOut(context.Context) error {
	return errors.Join(
		n.root.Folder("www-data", filepath.Join(n.stack, "nginx")),
		n.root.Write("www-data", filepath.Join(n.stack, "nginx.conf"), n.config()),
	)
}

func (n *nginx) command() *exec.Cmd {
	argv := []string{"nginx", "-c", debian.Inside + "/nginx.conf"}
	if !versionOf(n.root).old { // an older one complains once that it cannot open its own log
		argv = append(argv, "-e", "stderr")
	}
	return n.root.Command("www-data", n.stack, n.cgroups, nil, argv...)
}

func (n *nginx) stop() syscall.Signal { return syscall.SIGQUIT }

func (n *nginx) accessLog() string { return filepath.Join(n.stack, "nginx", "access.log") }

// metrics: its open source edition has no such page.
func (n *nginx) metrics() string { return "" }
