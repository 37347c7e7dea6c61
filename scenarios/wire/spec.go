package wire

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// Spec describes one run of one script.
type Spec struct {
	Name       string            // entry of the experiment's scenarios list
	Script     string            // path
	Tenants    []Tenant          // that the script's journeys run for
	Held       bool              // it begins at the base instant of a [Begin]; else when k6 is ready
	Start      time.Duration     // of this scenario, since the base instant
	Duration   time.Duration     // of its arrivals
	Scale      float64           // of its rates, 1: those of the script
	Seed       uint64            // of arrivals and choices
	Ref        string            // tags every document of the run
	Out        string            // folder for samples and writes, empty: none
	Env        map[string]string // for __ENV of the script
	Timeout    time.Duration     // of one call
	NaiveRetry bool              // repeat writes that got no answer, as naive connectors do
	Documents  string            // file that Seed wrote
	Share      Share             // of the load, when several generators offer it
}

// Tenant is how the load reaches one tenant.
type Tenant struct {
	results.Tenant
	odoo.Address
	Logins    []string
	Password  secret.Text
	Passwords []secret.Text // one a login, in place of Password; empty: all have Password
	APIKeys   []secret.Text // one a login
	Transport string        // rpc, json2
	Load      float64       // share of the script's rates, 1: all
	Version   int           // Odoo's major version, 0: read it from the server
	CAFile    string        // PEM file of authorities to trust in addition to the system's; empty: none
	Insecure  bool          // the server's certificate is not verified: the script's insecureSkipTLSVerify
}

// TLS is how the tenant's server is verified, nil for the system's way. base is what
// it is added to; it may be nil.
func (t Tenant) TLS(base *tls.Config) (*tls.Config, error) {
	if t.CAFile == "" && !t.Insecure {
		return base, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if base != nil {
		config = base.Clone()
	}
	config.InsecureSkipVerify = config.InsecureSkipVerify || t.Insecure
	if t.CAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read caFile of tenant %s: %w", t.Name, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificates: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("caFile %s of tenant %s holds no certificate: want PEM, -----BEGIN CERTIFICATE-----", t.CAFile, t.Name)
	}
	config.RootCAs = roots
	return config, nil
}

// External reports whether the tenant is called over /jsonrpc: with an API key in
// place of a password, and no JSON-2.
func (t Tenant) External() bool {
	return t.Transport != "json2" && t.Password == "" && len(t.Passwords) == 0 && len(t.APIKeys) > 0
}

// PasswordOf returns the password of the i-th login.
func (t Tenant) PasswordOf(i int) secret.Text {
	if i < len(t.Passwords) && t.Passwords[i] != "" {
		return t.Passwords[i]
	}
	return t.Password
}

// Accounts is how many of the tenant's accounts can log in: an API key belongs to one.
func (t Tenant) Accounts() int {
	if t.Transport == "json2" || t.External() {
		return max(len(t.APIKeys), 1)
	}
	return max(len(t.Logins), 1)
}

// Split takes the tenant and the journey from a k6 scenario: from its tags, else
// from its name (t1_orders).
func (s *Spec) Split(scenario string, tags map[string]string) (tenant, journey string) {
	tenant, journey = tags["tenant"], tags["journey"]
	for _, t := range s.Tenants {
		if rest, ok := strings.CutPrefix(scenario, t.Name+"_"); ok {
			if tenant == "" {
				tenant = t.Name
			}
			if journey == "" && tenant == t.Name {
				journey = rest
			}
		}
	}
	if tenant == "" && len(s.Tenants) == 1 {
		tenant = s.Tenants[0].Name
	}
	if journey == "" {
		journey = scenario
	}
	return tenant, journey
}

// Tenant finds a tenant by its name.
func (s *Spec) Tenant(name string) (Tenant, bool) {
	for _, t := range s.Tenants {
		if t.Name == name {
			return t, true
		}
	}
	return Tenant{}, false
}
