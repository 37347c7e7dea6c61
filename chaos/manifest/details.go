package manifest

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos/kind"
)

func postgresRules(p *problems, in *PostgresChaos, actionLine int, spec *yaml.Node) {
	parameters := in.Spec.Parameters
	if parameters == nil {
		parameters = &PostgresParameters{}
	}
	_, node := child(spec, "parameters")
	only := func(set bool, key string) {
		if with := kind.With("PostgresChaos", key); set && !slices.Contains(with, in.Spec.Action) {
			line, _ := child(node, key)
			p.add(line, "spec.parameters."+key, "has no meaning for %s; it belongs to %s",
				in.Spec.Action, strings.Join(with, ", "))
		}
	}
	only(parameters.Table != "", "table")
	only(parameters.LockMode != "", "lockMode")
	only(parameters.Limit != 0, "limit")
	only(parameters.Stop != "", "stop")
	only(len(parameters.Databases) > 0, "databases")
	if slices.Contains(parameters.Databases, "") {
		line, _ := child(node, "databases")
		p.add(line, "spec.parameters.databases", "has an empty name; write the names of databases, "+
			"or remove the field for those of all tenants")
	}
	if in.Spec.Action == "lock-table" && parameters.Table == "" {
		p.add(actionLine, "spec.parameters.table", "missing; name the table, e.g. table: stock_quant")
	}
	if parameters.LockMode != "" && !slices.Contains(LockModes(), strings.ToUpper(parameters.LockMode)) {
		line, _ := child(node, "lockMode")
		p.add(line, "spec.parameters.lockMode", "unknown mode %q; one of %s",
			parameters.LockMode, strings.Join(LockModes(), ", "))
	}
	if parameters.Limit < 0 {
		line, _ := child(node, "limit")
		p.add(line, "spec.parameters.limit", "must not be negative; 0 shuts the database")
	}
	if !slices.Contains([]string{"", "immediate", "fast"}, parameters.Stop) {
		line, _ := child(node, "stop")
		p.add(line, "spec.parameters.stop", "must be immediate or fast, not %q", parameters.Stop)
	}
}

// LockModes lists the table lock modes of PostgreSQL that hinder somebody.
func LockModes() []string {
	return []string{
		"ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE", "SHARE UPDATE EXCLUSIVE",
		"ROW EXCLUSIVE", "ROW SHARE", "ACCESS SHARE",
	}
}

func redisRules(p *problems, in *RedisChaos, actionLine int, spec *yaml.Node) {
	parameters := in.Spec.Parameters
	if parameters == nil {
		parameters = &RedisParameters{}
	}
	_, node := child(spec, "parameters")
	if !slices.Contains([]string{"", "all", "write"}, parameters.Commands) {
		line, _ := child(node, "commands")
		p.add(line, "spec.parameters.commands", "must be all or write, not %q", parameters.Commands)
	}
	if in.Spec.Action == "trim-stream" && parameters.Stream == "" {
		p.add(actionLine, "spec.parameters.stream", "missing; name the stream, e.g. stream: harness:jobs")
	}
	if in.Spec.Action == "squeeze-memory" {
		if _, _, err := ParseMemory(parameters.Memory); err != nil {
			p.add(actionLine, "spec.parameters.memory", "%v; write e.g. 10mb or 80%%", err)
		}
	}
	policies := []string{
		"", "noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random",
		"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
	}
	if !slices.Contains(policies, parameters.Policy) {
		line, _ := child(node, "policy")
		p.add(line, "spec.parameters.policy", "unknown policy %q; one of %s",
			parameters.Policy, strings.Join(policies[1:], ", "))
	}
}

func networkRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	if d.Network == nil {
		return
	}
	n := d.Network.Spec
	needs := map[string]bool{
		"delay": n.Delay != nil, "loss": n.Loss != nil, "duplicate": n.Duplicate != nil,
		"corrupt": n.Corrupt != nil, "bandwidth": n.Bandwidth != nil,
	}
	if set, known := needs[string(n.Action)]; known && !set {
		p.add(specLine, "spec."+string(n.Action), "missing: action %s takes its values from there", n.Action)
	}
	for name, set := range needs {
		if set && name != string(n.Action) && n.Action != "netem" {
			line, _ := child(spec, name)
			p.add(line, "spec."+name, "has no effect with action %s; remove it, or use a manifest of its own", n.Action)
		}
	}
	if !slices.Contains([]string{"", "to", "from", "both"}, string(n.Direction)) {
		line, _ := child(spec, "direction")
		p.add(line, "spec.direction", "must be to, from or both, not %q", n.Direction)
	}
	if !slices.Contains([]string{"", "drop", "reject"}, string(n.PartitionBehavior)) {
		line, _ := child(spec, "partitionBehavior")
		p.add(line, "spec.partitionBehavior", "must be drop or reject, not %q", n.PartitionBehavior)
	}
}

func stressRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	if d.Stress == nil {
		return
	}
	action := stressAction(d.Stress)
	if action == "" {
		p.add(specLine, "spec.stressors", "missing; add e.g. stressors: {cpu: {workers: 1, load: 100}}")
		return
	}
	if d.Stress.Spec.Stressors == nil || d.Stress.Spec.Stressors.CPUStressor == nil {
		return
	}
	cpu := d.Stress.Spec.Stressors.CPUStressor
	line, _ := child(spec, "stressors")
	if cpu.Workers <= 0 {
		p.add(line, "spec.stressors.cpu.workers", "must be at least 1, not %d", cpu.Workers)
	}
	if cpu.Load != nil && (*cpu.Load < 0 || *cpu.Load > 100) {
		p.add(line, "spec.stressors.cpu.load", "is a percentage from 0 to 100, not %d", *cpu.Load)
	}
}

// ParseMemory reads a memory ceiling: bytes (10mb), or a percentage of what is
// used now (80%).
func ParseMemory(text string) (bytes int64, percent int, err error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	if number, ok := strings.CutSuffix(lower, "%"); ok {
		percent, err = strconv.Atoi(number)
		if err != nil || percent <= 0 || percent > 100 {
			return 0, 0, strconv.ErrRange
		}
		return 0, percent, nil
	}
	factor := int64(1)
	for _, unit := range []struct {
		suffix string
		factor int64
	}{{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}} {
		if number, ok := strings.CutSuffix(lower, unit.suffix); ok {
			lower, factor = number, unit.factor
			break
		}
	}
	n, err := strconv.ParseInt(lower, 10, 40)
	if err != nil || n <= 0 {
		return 0, 0, strconv.ErrSyntax
	}
	return n * factor, 0, nil
}
