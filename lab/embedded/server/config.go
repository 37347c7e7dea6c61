package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"example.org/odooharness/lab/embedded/weakness"
)

// defaultScale is the share of Odoo's service times.
const defaultScale = 0.1

// Config is the configuration of the process, a JSON file of mode 0600.
type Config struct {
	Listen     string   `json:"listen"`
	Postgres   string   `json:"postgres"` // DSN as Odoo's role, through the proxy; each tenant's database is put in
	Redis      string   `json:"redis"`    // URL, through the proxy
	Tenants    []string `json:"tenants"`  // databases; a host name's first part names one
	Workers    int      `json:"workers"`
	Scale      float64  `json:"scale"` // of Odoo's service times
	Weaknesses []string `json:"weaknesses,omitempty"`
	OneIn      int      `json:"one_in,omitempty"` // how often the weaknesses show that show sometimes
	Seed       uint64   `json:"seed"`
}

// LoadConfig reads the file and fills in what it leaves out.
func LoadConfig(path string) (Config, error) {
	var c Config
	raw, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read the embedded target's configuration: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the embedded target's configuration %s: %w", path, err)
	}
	return c, c.complete()
}

// complete sets defaults and names everything that is wrong.
func (c *Config) complete() error {
	if c.Workers == 0 {
		c.Workers = 2
	}
	if c.Scale == 0 {
		c.Scale = defaultScale
	}
	if c.OneIn == 0 {
		c.OneIn = 20
	}
	var problems []error
	if c.Listen == "" || c.Postgres == "" || c.Redis == "" {
		problems = append(problems, errors.New("embedded target: listen, postgres and redis must be set"))
	}
	if len(c.Tenants) == 0 {
		problems = append(problems, errors.New("embedded target: no tenants"))
	}
	if c.Workers < 0 || c.Scale < 0 || c.OneIn < 0 {
		problems = append(problems, errors.New("embedded target: workers, scale and one_in must not be negative"))
	}
	return errors.Join(append(problems, weakness.Check(c.Weaknesses))...)
}

// has reports whether a weakness is planted.
func (c *Config) has(weakness string) bool { return slices.Contains(c.Weaknesses, weakness) }
