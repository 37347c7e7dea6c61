package odoostack

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// nginx is the ingress of a stack.
type nginx struct {
	root       *debian.Root
	stack      string
	cgroups    []string
	port       int
	httpPorts  []int // of the Odoo servers
	bulkPorts  []int // of those for bulk work, none: the others do it
	limits     map[string]lab.Limit
	geventPort int
	timeout    time.Duration // gives up on Odoo after this, 0: nginx's 60 s
}

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
	timeout := n.timeout
	if timeout <= 0 {
		timeout = time.Minute
	}
	headers := `proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Real-IP $remote_addr;`
	pool, bulk := "odoo", ""
	if len(n.bulkPorts) > 0 {
		pool = "$pool"
		bulk = fmt.Sprintf("  upstream imports {%s }\n  map \"$http_user_agent $uri\" $pool { default odoo; \"~%s\" imports; }\n",
			upstreams(n.bulkPorts), lab.BulkPattern())
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
    location = /harness/ingress { access_log off; return 204; }
    location /websocket {
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
		int64(math.Max(1, math.Ceil(float64(timeout)/float64(time.Millisecond)))), headers, bulk+zones, limits, pool)
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
		if l.RequestsPerSecond == 0 && l.RequestsAtOnce == 0 {
			continue
		}
		zones += fmt.Sprintf("  map \"$host $uri\" $only_%[1]s { default ''; \"~ /web/(session/|login$)\" ''; "+
			"\"~^%[2]s \" $host; }\n", tenant, regexp.QuoteMeta(hostOf(tenant)))
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

func (n *nginx) layOut() error {
	return errors.Join(
		n.root.Folder("www-data", filepath.Join(n.stack, "nginx")),
		n.root.Write("www-data", filepath.Join(n.stack, "nginx.conf"), n.config()),
	)
}

func (n *nginx) command() *exec.Cmd {
	return n.root.Command("www-data", n.stack, n.cgroups, nil, "nginx", "-e", "stderr", "-c", debian.Inside+"/nginx.conf")
}

// accessLog is where the ingress writes on the host.
func (n *nginx) accessLog() string { return filepath.Join(n.stack, "nginx", "access.log") }
