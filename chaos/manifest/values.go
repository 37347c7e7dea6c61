package manifest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"go.yaml.in/yaml/v4"
	"k8s.io/apimachinery/pkg/util/validation"
)

// values checks one spec for values that the API server accepts, and that Chaos Mesh's
// daemon then refuses or ignores: the fault would do nothing, or something else.
type values struct {
	*problems
	spec *yaml.Node
}

// wrong reports a field by its path below spec, at the line of the nearest part of it
// that is in the file.
func (v values) wrong(at, format string, args ...any) {
	line, _ := lineOf(v.spec, at)
	v.add(line, "spec."+at, format, args...)
}

// oneOf checks a value against a list.
func (v values) oneOf(at, value string, known ...string) {
	if !slices.Contains(known, value) {
		v.wrong(at, "unknown value %q; one of %s", value, strings.Join(known, ", "))
	}
}

// belongs reports a field that is set and has no effect.
func (v values) belongs(set bool, at, with string) {
	if set {
		v.wrong(at, "has no effect here; it belongs to %s", with)
	}
}

// valueRules checks the values of a spec.
func valueRules(p *problems, d *Document, spec *yaml.Node) {
	v := values{p, spec}
	switch {
	case d.Pod != nil:
		v.pod(d.Pod.Spec)
	case d.Network != nil:
		v.network(d.Network.Spec)
	case d.Stress != nil:
		v.containers(d.Stress.Spec.ContainerNames)
	case d.IO != nil:
		v.io(d.IO.Spec)
	case d.HTTP != nil:
		v.http(d.HTTP.Spec)
	case d.DNS != nil:
		v.dns(d.DNS.Spec)
	case d.Time != nil:
		v.clock(d.Time.Spec)
	}
}

func (v values) containers(names []string) {
	for i, name := range names {
		if wrong := validation.IsDNS1123Label(name); len(wrong) > 0 {
			v.wrong(fmt.Sprintf("containerNames[%d]", i), "%q is no name of a container: %s", name, wrong[0])
		}
	}
}

func (v values) pod(s v1alpha1.PodChaosSpec) {
	v.containers(s.ContainerNames)
	v.belongs(len(s.ContainerNames) > 0 && s.Action != v1alpha1.ContainerKillAction, "containerNames",
		"container-kill: "+string(s.Action)+" hits every container of the pod")
	v.belongs(s.GracePeriod != 0 && s.Action != v1alpha1.PodKillAction, "gracePeriod", "pod-kill")
}

func (v values) network(s v1alpha1.NetworkChaosSpec) {
	if d := s.Delay; d != nil {
		v.percentage("delay.correlation", d.Correlation, true)
		if length, err := time.ParseDuration(d.Latency); err == nil && length == 0 && s.Action == v1alpha1.DelayAction {
			v.wrong("delay.latency", "0 delays nothing; write e.g. 100ms")
		}
	}
	if l := s.Loss; l != nil {
		v.percentage("loss.loss", l.Loss, false)
		v.percentage("loss.correlation", l.Correlation, true)
	}
	if d := s.Duplicate; d != nil {
		v.percentage("duplicate.duplicate", d.Duplicate, false)
		v.percentage("duplicate.correlation", d.Correlation, true)
	}
	if c := s.Corrupt; c != nil {
		v.percentage("corrupt.corrupt", c.Corrupt, false)
		v.percentage("corrupt.correlation", c.Correlation, true)
	}
	if s.Action == v1alpha1.NetemAction && s.Delay == nil && s.Loss == nil && s.Duplicate == nil && s.Corrupt == nil {
		v.wrong("action", "netem without delay, loss, duplicate and corrupt does nothing; add one of them")
	}
	if b := s.Bandwidth; b != nil && strings.HasPrefix(b.Rate, "0") && !strings.ContainsAny(b.Rate, "123456789") {
		v.wrong("bandwidth.rate", "%s is no rate of a device; write action partition for none at all", b.Rate)
	}
	for i, target := range s.ExternalTargets {
		if !reachable(target) {
			v.wrong(fmt.Sprintf("externalTargets[%d]", i),
				"%q is no address, network or host name; write e.g. 10.0.0.0/24 or example.org:443", target)
		}
	}
}

// percentage checks a text that tc reads as a percentage. An empty one is left to the
// schema.
func (v values) percentage(at, text string, zero bool) {
	share, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil: // reported by Chaos Mesh's validation
	case !(share >= 0 && share <= 100):
		v.wrong(at, "is a percentage from 0 to 100, not %s", text)
	case share == 0 && !zero:
		v.wrong(at, "0 does nothing; write at most 100")
	}
}

// reachable reports whether Chaos Mesh can resolve a target: an address, a network or a
// host name, with or without a port.
func reachable(target string) bool {
	host := target
	if name, port, err := net.SplitHostPort(target); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = name
	}
	_, prefix := netip.ParsePrefix(host)
	_, address := netip.ParseAddr(host)
	named := len(validation.IsDNS1123Subdomain(strings.TrimSuffix(strings.ToLower(host), "."))) == 0
	return prefix == nil || address == nil || named
}

func (v values) io(s v1alpha1.IOChaosSpec) {
	v.containers(s.ContainerNames)
	if !strings.HasPrefix(s.VolumePath, "/") && s.VolumePath != "" {
		v.wrong("volumePath", "%q is no absolute path: it is where the volume is mounted", s.VolumePath)
	}
	for i, method := range s.Methods {
		v.oneOf(fmt.Sprintf("methods[%d]", i), string(method), ioMethods()...)
	}
	if _, node := child(v.spec, "percent"); node.Kind != 0 && s.Percent == 0 {
		v.wrong("percent", "Chaos Mesh reads 0 as the default, 100; write at least 1")
	}
	needs := []struct {
		action  v1alpha1.IOChaosType
		field   string
		set     bool
		example string
	}{
		{v1alpha1.IoLatency, "delay", s.Delay != "", "delay: 10ms"},
		{v1alpha1.IoFaults, "errno", s.Errno != 0, "errno: 5"},
		{v1alpha1.IoAttrOverride, "attr", s.Attr != nil, "attr: {perm: 72}"},
		{v1alpha1.IoMistake, "mistake", s.Mistake != nil, "mistake: {filling: zero, maxOccurrences: 1, maxLength: 1}"},
	}
	for _, n := range needs {
		switch {
		case n.action != s.Action:
			v.belongs(n.set, n.field, "action "+string(n.action))
		case !n.set:
			v.wrong(n.field, "missing: action %s does nothing without it; add e.g. %s", n.action, n.example)
		}
	}
	if s.Errno > lastErrno {
		v.wrong("errno", "Linux has no error %d; write e.g. 5 (EIO) or 28 (ENOSPC)", s.Errno)
	}
	if s.Attr != nil && s.Attr.Kind != nil {
		v.oneOf("attr.kind", string(*s.Attr.Kind),
			"namedPipe", "charDevice", "blockDevice", "directory", "regularFile", "symlink", "socket")
	}
}

// lastErrno is the greatest error number of Linux, EHWPOISON.
const lastErrno = 133

// ioMethods lists the file operations that Chaos Mesh knows.
func ioMethods() []string {
	return []string{
		"lookup", "forget", "getattr", "setattr", "readlink", "mknod", "mkdir", "unlink", "rmdir", "symlink", "rename", "link",
		"open", "read", "write", "flush", "release", "fsync", "opendir", "readdir", "releasedir", "fsyncdir", "statfs",
		"setxattr", "getxattr", "listxattr", "removexattr", "access", "create", "getlk", "setlk", "bmap",
	}
}

func (v values) http(s v1alpha1.HTTPChaosSpec) {
	if s.Port > 65535 {
		v.wrong("port", "is a port from 1 to 65535, not %d", s.Port)
	}
	const ofRequest, ofResponse = "target Request", "target Response"
	request, response := s.Target == v1alpha1.PodHttpRequest, s.Target == v1alpha1.PodHttpResponse
	v.belongs(request && s.Code != nil, "code", ofResponse)
	v.belongs(request && len(s.ResponseHeaders) > 0, "response_headers", ofResponse)
	if response && s.Code != nil && (*s.Code < 100 || *s.Code > 599) {
		v.wrong("code", "is a status from 100 to 599, not %d", *s.Code)
	}
	if r := s.Replace; r != nil {
		v.belongs(request && r.Code != nil, "replace.code", ofResponse)
		v.belongs(response && r.Path != nil, "replace.path", ofRequest)
		v.belongs(response && r.Method != nil, "replace.method", ofRequest)
		v.belongs(response && len(r.Queries) > 0, "replace.queries", ofRequest)
	}
	p := s.Patch
	if p == nil {
		return
	}
	v.belongs(response && len(p.Queries) > 0, "patch.queries", ofRequest)
	v.pairs("patch.queries", p.Queries)
	v.pairs("patch.headers", p.Headers)
	if b := p.Body; b != nil {
		v.oneOf("patch.body.type", b.Type, "JSON")
		if b.Type == "JSON" && !json.Valid([]byte(b.Value)) {
			v.wrong("patch.body.value", "is not JSON: %s", b.Value)
		}
	}
}

// pairs checks lists of names with their value.
func (v values) pairs(at string, list [][]string) {
	for i, pair := range list {
		if len(pair) != 2 {
			v.wrong(fmt.Sprintf("%s[%d]", at, i), "must be a name and a value, not a list of %d", len(pair))
		}
	}
}

// dns checks the patterns: the name server matches a wildcard at the end alone.
func (v values) dns(s v1alpha1.DNSChaosSpec) {
	v.containers(s.ContainerNames)
	for i, pattern := range s.DomainNamePatterns {
		at := fmt.Sprintf("patterns[%d]", i)
		star := strings.Index(pattern, "*")
		name := strings.NewReplacer("*", "a", "?", "a").Replace(strings.TrimSuffix(pattern, "."))
		switch {
		case star >= 0 && star < len(pattern)-1:
			v.wrong(at, "%q: a * is possible at the end alone; write e.g. example.*", pattern)
		case len(validation.IsDNS1123Subdomain(strings.ToLower(name))) > 0 && !strings.Contains(name, "_"):
			v.wrong(at, "%q matches no host name; write e.g. example.org or example.*", pattern)
		}
	}
}

func (v values) clock(s v1alpha1.TimeChaosSpec) {
	v.containers(s.ContainerNames)
	if offset, err := time.ParseDuration(s.TimeOffset); err == nil && offset == 0 {
		v.wrong("timeOffset", "0 moves no clock; write e.g. -10m")
	}
	for i, id := range s.ClockIds {
		v.oneOf(fmt.Sprintf("clockIds[%d]", i), id,
			"CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC_RAW",
			"CLOCK_REALTIME_COARSE", "CLOCK_MONOTONIC_COARSE", "CLOCK_BOOTTIME", "CLOCK_REALTIME_ALARM", "CLOCK_BOOTTIME_ALARM")
	}
}
