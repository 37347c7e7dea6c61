package odoostack

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.org/odooharness/lab/odoostack/debian"
)

// odoo is the Odoo server of a stack.
type odoo struct {
	root       *debian.Root
	stack      string
	name       string // among the servers of the stack: odoo, odoo-2, odoo-imports, odoo-cron
	crons      int    // cron workers
	cronOnly   bool   // serves no request
	cgroups    []string
	tenants    []string // databases, loaded before the first request
	workers    int
	httpPort   int
	geventPort int
	dbPort     int // of the edge
	dbPassword string
	// replicaPort is that of the standby to read from, 0: none.
	replicaPort int
	env         []string // settings of our addons
}

// config is odoo.conf. What is not here is Odoo's default; limits on time are,
// since faults are read against them.
func (o *odoo) config() string {
	database := "False"
	if len(o.tenants) > 0 {
		// Registries are loaded once, in the parent of all workers.
		database = strings.Join(o.tenants, ",")
	}
	v := versionOf(o.root)
	text := fmt.Sprintf(`[options]
; Written by the lab.
addons_path = /usr/lib/python3/dist-packages/odoo/addons,%[1]s/addons
data_dir = %[1]s/odoo
server_wide_modules = %[9]s
db_host = 127.0.0.1
db_port = %[2]d
db_user = odoo
db_password = %[3]s
db_name = %[4]s
db_maxconn = 16
; The first label of the host name is the tenant's database: t1.localhost -> t1
dbfilter = ^%%d$
list_db = True
proxy_mode = True
http_interface = 127.0.0.1
http_port = %[5]d
%[10]s = %[6]d
workers = %[7]d
max_cron_threads = %[8]d
limit_time_cpu = 120
limit_time_real = 240
limit_time_real_cron = 240
`, debian.Inside, o.dbPort, o.dbPassword, database, o.httpPort, o.geventPort, o.workers, o.crons,
		v.wide, v.pushPort)
	if o.cronOnly {
		text += "http_enable = False\n"
	}
	if o.replicaPort != 0 {
		text += fmt.Sprintf("db_replica_host = 127.0.0.1\ndb_replica_port = %d\n", o.replicaPort)
	}
	return text
}

// file is the name of the server's configuration.
func (o *odoo) file() string {
	return cmp.Or(o.name, "odoo") + ".conf"
}

// layOut makes what the server reads and where it writes.
func (o *odoo) layOut() error {
	return errors.Join(
		o.root.Write("odoo", filepath.Join(o.stack, o.file()), o.config()),
		o.root.Folder("odoo", filepath.Join(o.stack, "odoo")),
		o.root.Folder("odoo", filepath.Join(o.stack, "odoo", "filestore")),
		o.root.Folder("odoo", filepath.Join(o.stack, "addons")),
		writeAddons(o.root, filepath.Join(o.stack, "addons")),
	)
}

// command is the server; its log goes to its standard error. With warm the parent
// of the workers serves every tenant once before it makes them.
func (o *odoo) command(warm bool) *exec.Cmd {
	env := o.env
	if warm {
		env = append(slices.Clone(env), "HARNESS_WARM=1")
	}
	return o.root.Command("odoo", o.stack, o.cgroups, env, "odoo", "server", "-c", debian.Inside+"/"+o.file())
}

// tool is another of Odoo's commands on the same configuration.
func (o *odoo) tool(env []string, argv ...string) *exec.Cmd {
	full := append([]string{"odoo", argv[0], "-c", debian.Inside + "/" + o.file()}, argv[1:]...)
	return o.root.Command("odoo", o.stack, o.cgroups, env, full...)
}
