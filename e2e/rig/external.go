package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/lab"
)

// Staging is a target that an experiment did not start and does not end: an embedded lab
// that is up already.
func Staging(t *testing.T, state string) lab.Status {
	t.Helper()
	return LabUp(t, state, "embedded", 2)
}

// TenantLines are the tenants of a target as lines of a setup file, reached at an address,
// and the environment that holds their credentials.
func TenantLines(target lab.Status, address string) (lines string, env []string) {
	var b strings.Builder
	for _, a := range target.Tenants {
		fmt.Fprintf(&b, "  - {name: %s, url: \"http://%s\", host: %s, database: %s, logins: [%s], passwordEnv: EXT_PASSWORD, "+
			"dsnEnv: EXT_%s_DSN}\n",
			a.Name, address, a.Host, a.Database, strings.Join(a.Logins, ", "), strings.ToUpper(a.Name))
		env = append(env, "EXT_PASSWORD="+a.Password.Reveal(), "EXT_"+strings.ToUpper(a.Name)+"_DSN="+a.DSN.Reveal())
	}
	return b.String(), env
}

// StagingSetup is a setup file for a target as a user writes it, and the environment that
// holds its credentials.
func StagingSetup(t *testing.T, target lab.Status) (file string, env []string) {
	t.Helper()
	proxy := FreeAddress(t)
	var b strings.Builder
	fmt.Fprintf(&b, "name: external\ntenancy: shared\nenvironment: staging\ntenants:\n")
	tenants, env := TenantLines(target, proxy)
	b.WriteString(tenants)
	b.WriteString("components:\n")
	for _, c := range target.Components {
		labels := fmt.Sprintf("labels: {app.kubernetes.io/name: %s, app.kubernetes.io/part-of: odoo-lab}",
			c.Labels["app.kubernetes.io/name"])
		switch c.Kind {
		case "postgres":
			fmt.Fprintf(&b, "  - {name: postgres, kind: postgres, %s, dsnEnv: EXT_POSTGRES_DSN}\n", labels)
			env = append(env, "EXT_POSTGRES_DSN="+c.DSN.Reveal())
		case "redis":
			fmt.Fprintf(&b, "  - {name: redis, kind: redis, %s, urlEnv: EXT_REDIS_URL}\n", labels)
			env = append(env, "EXT_REDIS_URL="+c.URL.Reveal())
		case "ingress":
			fmt.Fprintf(&b, "  - {name: ingress, kind: ingress, %s, proxy: {listen: %q, upstream: %q}}\n", labels, proxy, c.Address)
		}
	}
	b.WriteString("chaos: {driver: local, allow: [postgres, redis, ingress]}\n")
	return b.String(), env
}

// NoCredentials fails when a file of a folder contains a credential of the target, or one
// of the others given.
func NoCredentials(t *testing.T, dir string, target lab.Status, others ...string) {
	t.Helper()
	secrets := append([]string{target.Tenants[0].Password.Reveal()}, others...)
	for _, a := range target.Tenants {
		raw, err := json.Marshal(a.DSN)
		Must(t, err)
		secrets = append(secrets, strings.Trim(string(raw), `"`))
		for _, key := range a.APIKeys {
			secrets = append(secrets, key.Reveal())
		}
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range secrets {
			if secret != "" && bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds a credential", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// FreeAddress is a loopback address on which nothing listens.
func FreeAddress(t *testing.T) string {
	t.Helper()
	address, err := ports.Take(t.Context())
	Must(t, err)
	return address
}
