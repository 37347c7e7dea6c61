package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"example.org/odooharness/odoo"
)

// Stream and Group are where jobs wait in Redis and who reads them: the names a
// telemetry probe or a fault has to know.
const (
	Stream = "harness:jobs"
	Group  = "connector"
)

// Config is the configuration of a connector process, a JSON file of mode 0600.
type Config struct {
	Redis     string        `json:"redis"`   // URL, through the proxy
	Carrier   string        `json:"carrier"` // URL, through the proxy
	Tenants   []Tenant      `json:"tenants"`
	Consumers int           `json:"consumers"` // jobs in work at the same time
	Timeout   time.Duration `json:"timeout"`   // of one call to the carrier or to Odoo
	Retry     time.Duration `json:"retry"`     // wait after a first failure, doubled up to 5 s
}

// Tenant is one database whose outbox is relayed.
type Tenant struct {
	odoo.Address        // of the ingress
	DSN          string `json:"dsn"` // as Odoo's role, through the proxy
	Key          string `json:"key"` // API key of the connector's account
	// User is the id of that account where Odoo has no JSON-2: calls go to /jsonrpc. 0: JSON-2.
	User int `json:"user,omitempty"`
}

// LoadConfig reads the file and fills in what it leaves out.
func LoadConfig(path string) (Config, error) {
	var c Config
	raw, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read the connector's configuration: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the connector's configuration %s: %w", path, err)
	}
	return c, c.complete()
}

// complete sets defaults and names everything that is missing.
func (c *Config) complete() error {
	if c.Consumers == 0 {
		c.Consumers = 1
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Retry == 0 {
		c.Retry = 500 * time.Millisecond
	}
	var problems []error
	if c.Redis == "" {
		problems = append(problems, errors.New("connector: redis is not set"))
	}
	if c.Carrier == "" {
		problems = append(problems, errors.New("connector: carrier is not set"))
	}
	if len(c.Tenants) == 0 {
		problems = append(problems, errors.New("connector: no tenants"))
	}
	if c.Consumers < 0 || c.Timeout < 0 || c.Retry < 0 {
		problems = append(problems, errors.New("connector: consumers, timeout and retry must not be negative"))
	}
	return errors.Join(problems...)
}
