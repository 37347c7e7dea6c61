package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A variable that the script does not read has no effect, and is refused. Where it cannot be
// seen what a script reads, every variable is possible.
func TestVariablesOfScripts(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "part.js"), []byte("export const n = __ENV.DEEP;"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"read":             {"const a = __ENV.SCALE || 1", ""},
		"by its name":      {"const a = __ENV['SCALE']", ""},
		"misspelt":         {"const a = __ENV.SCAEL || __ENV['OTHER']", "env.SCALE: the script does not read SCALE; correct or remove it; it reads OTHER, SCAEL"},
		"none":             {"import http from 'k6/http'", "env.SCALE: the script does not read SCALE; correct or remove it; it reads none"},
		"passed on":        {"use(__ENV)", ""},
		"taken apart":      {"const { A } = __ENV;", ""},
		"computed":         {"__ENV[name]", ""},
		"another file":     {"import { n } from './part.js'", "env.SCALE: the script does not read SCALE; correct or remove it; it reads DEEP"},
		"a file elsewhere": {"import { n } from 'https://example.org/part.js'", ""},
	} {
		var got []string
		s := Scenario{Script: filepath.Join(dir, "main.js"), Env: map[string]string{"SCALE": "2"}}
		s.checkEnv([]byte(test.text), func(field, what, remedy string) { got = append(got, field+": "+what+"; "+remedy) })
		if strings.Join(got, "\n") != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// Pods connect to the address: it needs a host, and a port that exists.
func TestAddressesOfGenerators(t *testing.T) {
	for address, want := range map[string]string{
		"10.0.0.7:7443": "", "[2001:db8::7]:0": "", "harness.load.svc:7443": "",
		"h": "it is no host:port: missing port in address", "h:": `"" is no port from 0 to 65535`, "h:70000": `"70000" is no port from 0 to 65535`,
		":7443": "it names no host that a pod could reach", "0.0.0.0:1": "it names no host that a pod could reach", "a b:1": `"a b" is no host`,
	} {
		if got := wrongAddress(address, false); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if got := wrongAddress("0.0.0.0:7443", true) + wrongAddress(":7443", true); got != "" {
		t.Errorf("to listen: %s", got)
	}
}
