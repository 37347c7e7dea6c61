package k6

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

// specFromEnvironment is the spec of a script that a person runs. {tenant} in the
// values of host and database stands for the tenant's name.
//
//	ODOO_URL        http://127.0.0.1:8069
//	ODOO_TENANTS    t1,t2            (default: main)
//	ODOO_HOST       {tenant}.localhost
//	ODOO_DATABASE   {tenant}         (default)
//	ODOO_LOGINS     load01,load02    (or ODOO_LOGIN; default: admin)
//	ODOO_PASSWORD   or ODOO_API_KEYS with ODOO_TRANSPORT=json2
//	ODOO_DURATION   2m   ODOO_SCALE 1   ODOO_SEED 1   ODOO_TIMEOUT 30s
func specFromEnvironment(get func(string) string) (wire.Spec, error) {
	or := func(name, otherwise string) string {
		if v := get(name); v != "" {
			return v
		}
		return otherwise
	}
	var problems []error
	spec := wire.Spec{
		Name: "alone", Ref: "k6-" + strconv.FormatInt(time.Now().Unix(), 36),
		Scale:      number(or("ODOO_SCALE", "0"), "ODOO_SCALE", &problems),
		Seed:       uint64(number(or("ODOO_SEED", "1"), "ODOO_SEED", &problems)),
		Duration:   span(or("ODOO_DURATION", "0s"), "ODOO_DURATION", &problems),
		Timeout:    span(or("ODOO_TIMEOUT", "30s"), "ODOO_TIMEOUT", &problems),
		NaiveRetry: get("ODOO_NAIVE_RETRY") != "",
	}
	for _, name := range strings.Split(or("ODOO_TENANTS", "main"), ",") {
		fill := func(s string) string { return strings.ReplaceAll(s, "{tenant}", name) }
		spec.Tenants = append(spec.Tenants, wire.Tenant{
			Tenant: results.Tenant{Name: name, Role: results.Abiding},
			Address: odoo.Address{URL: get("ODOO_URL"), Host: fill(get("ODOO_HOST")),
				Database: fill(or("ODOO_DATABASE", "{tenant}"))},
			Password: secret.Text(get("ODOO_PASSWORD")),
			Logins:   strings.Split(or("ODOO_LOGINS", or("ODOO_LOGIN", "admin")), ","), APIKeys: keys(get("ODOO_API_KEYS")),
			Transport: or("ODOO_TRANSPORT", "rpc"), Load: 1,
		})
	}
	return spec, errors.Join(problems...)
}

func keys(s string) []secret.Text {
	if s == "" {
		return nil
	}
	var all []secret.Text
	for key := range strings.SplitSeq(s, ",") {
		all = append(all, secret.Text(key))
	}
	return all
}

func number(s, name string, problems *[]error) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 {
		*problems = append(*problems, fmt.Errorf("%s=%q: want a number of 0 or more", name, s))
	}
	return v
}

func span(s, name string, problems *[]error) time.Duration {
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		*problems = append(*problems, fmt.Errorf("%s=%q: want a duration such as 90s", name, s))
	}
	return v
}
