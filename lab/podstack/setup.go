package podstack

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

//go:embed setup.yaml.tmpl
var setupText string

// Reach is from where the harness looks at the lab.
type Reach struct {
	Within              bool   // it is a pod of the cluster
	Kubeconfig, Context string // from outside
	By                  string // port-forward, service-ip: how Services are reached from outside
	PasswordFile        string // empty: the environment has it, as ODOO_PASSWORD
}

// Setup is the setup file that harness run takes for the lab.
func (l *Lab) Setup(from Reach) ([]byte, error) {
	stacks, err := l.Stacks()
	if err != nil {
		return nil, err
	}
	var namespaces []string
	for _, s := range stacks {
		namespaces = append(namespaces, s.Namespace)
	}
	t, err := template.New("setup").Funcs(template.FuncMap{
		"host": hostOf, "app": lab.AppName, "quote": strconv.Quote,
		"join": func(list []string) string { return strings.Join(list, ", ") },
	}).Parse(setupText)
	if err != nil {
		return nil, fmt.Errorf("read the setup's template: %w", err)
	}
	var out bytes.Buffer
	err = t.Execute(&out, struct {
		Reach
		Lab        *Lab
		Stacks     []Stack
		Namespaces []string
		Kinds      []results.Kind
	}{from, l, stacks, namespaces, []results.Kind{
		results.KindPostgres, results.KindRedis, results.KindOdoo, results.KindIngress, results.KindConnector, results.KindCarrier}})
	return out.Bytes(), err
}
