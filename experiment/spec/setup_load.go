package spec

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// minWALDisk holds the log between two checkpoints and the recycled segments.
const minWALDisk = 192 << 20

// defaultWorkers are those of a lab whose file gives no number.
const defaultWorkers = 4

// addProblem records what is wrong with a field, and what to write instead.
type addProblem func(field, what, remedy string)

// LoadSetup reads a setup file. The environment variables that it names must be set.
func LoadSetup(path string) (Setup, error) {
	s, doc, err := readSetup(path)
	if err != nil {
		return s, err
	}
	return s, s.check(doc).Err()
}

func readSetup(path string) (Setup, *file.Document, error) {
	s := Setup{Path: path}
	doc, err := file.Read(path, "setup")
	if err != nil {
		return s, nil, err
	}
	s.Input, s.doc = doc.Input, doc
	return s, doc, doc.Decode(&s)
}

// check verifies what a schema cannot: production, credentials, names that must agree.
func (s *Setup) check(doc *file.Document) file.Problems {
	var problems file.Problems
	add := func(field, what, remedy string) { problems = append(problems, doc.Problem(field, what, remedy)) }
	if s.Environment == "production" && s.AllowProduction != s.Name {
		add("environment", "this setup is production, and load and faults on production are refused",
			"test a staging copy; if it is really meant, write allowProduction: "+s.Name)
	}
	s.checkNames(add)
	s.checkUse(add)
	for i, t := range s.Tenants {
		if s.Lab == nil {
			t.check(fmt.Sprintf("tenants.%d", i), add)
		}
	}
	s.checkAddresses(add)
	if s.Lab != nil {
		s.Lab.check(s.Tenancy, add)
	}
	s.checkKubernetes(add)
	return problems
}

func (l *LabTarget) check(tenancy results.Tenancy, add addProblem) {
	if (l.Synchronous || l.ReadReplica) && !l.Standby {
		add("lab", "synchronous and readReplica need a standby", "add standby: true")
	}
	if l.Kind == results.LabEmbedded && (l.Instances > 1 || l.Standby || l.Archive || l.Notices || l.WALDisk > 0 || l.Volume != "") {
		add("lab", "instances, standby, archive, notices, walDisk and volume are of the real Odoo lab", "write kind: odoo")
	}
	if l.Kind == results.LabOdoo && l.ServiceTimes > 0 {
		add("lab.serviceTimes", "only the embedded target has service times that can be set", "remove it, or write kind: embedded")
	}
	if l.Kind == results.LabEmbedded && l.Odoo != 0 {
		add("lab.odoo", "the embedded target has no version of Odoo", "write kind: odoo, or remove it")
	}
	if l.Kind == results.LabEmbedded && l.Pooler {
		add("lab.pooler", "is of the real Odoo lab", "write kind: odoo, or remove it")
	}
	if l.Kind == results.LabEmbedded && l.CronWorkers > 0 {
		add("lab.cronWorkers", "the embedded target has no scheduled jobs", "write kind: odoo, or remove it")
	}
	l.checkIngress("lab.ingress", add)
	if l.ImportWorkers > 0 && l.ImportWorkers >= cmp.Or(l.Workers, defaultWorkers) {
		add("lab.importWorkers", fmt.Sprintf("%d of %d workers leave none for people", l.ImportWorkers,
			cmp.Or(l.Workers, defaultWorkers)), "write fewer, or more workers:")
	}
	if l.WALDisk > 0 && l.WALDisk < minWALDisk {
		add("lab.walDisk", "PostgreSQL needs more room for its log", "write at least 192Mi")
	}
	if tenancy == results.Hybrid && len(l.Strategic) == 0 {
		add("lab", "a hybrid lab needs strategic tenants", "strategic: [t1]")
	}
}

func (t TenantAccess) check(at string, add addProblem) {
	if t.URL == "" || t.Database == "" || len(t.Logins) == 0 {
		add(at, "a tenant outside a lab needs url, database and logins",
			"add url: http://host:port, database: name, logins: [user]")
	}
	if t.URL != "" {
		if _, err := odoo.ParseURL(t.URL); err != nil {
			what, remedy, _ := strings.Cut(err.Error(), ": ")
			add(at+".url", what, remedy)
		}
	}
	if t.CAFile != "" {
		if _, err := os.Stat(t.CAFile); err != nil {
			add(at+".caFile", "the file cannot be read", "name a PEM file with certificates")
		}
	}
	t.checkLogins(at, add)
	isSet(at+".passwordEnv", t.PasswordEnv, add)
	isSet(at+".apiKeyEnv", t.APIKeyEnv, add)
	isSet(at+".dsnEnv", t.DSNEnv, add)
	isFile(at+".passwordFile", t.PasswordFile, add)
	isFile(at+".apiKeyFile", t.APIKeyFile, add)
	if t.PasswordEnv != "" && t.PasswordFile != "" {
		add(at+".passwordFile", "passwordEnv is given, too", "remove one of the two")
	}
	if t.APIKeyEnv != "" && t.APIKeyFile != "" {
		add(at+".apiKeyFile", "apiKeyEnv is given, too", "remove one of the two")
	}
}
