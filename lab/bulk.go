package lab

import "strings"

// ConnectorAgent is how connectors name themselves in requests (User-Agent). An ingress
// distinguishes them from people by it.
const ConnectorAgent = "odoo-connector"

// bulkCalls are the ends of paths of bulk work: imports (load) and grouped reports, in the
// names of every version of Odoo.
func bulkCalls() []string {
	return []string{"/load", "/execute_import", "/read_group", "/web_read_group", "/formatted_read_group"}
}

// IsBulk reports whether a request is bulk work, which an Odoo of its own serves when the
// lab has one.
func IsBulk(path, agent string) bool {
	if strings.HasPrefix(agent, ConnectorAgent) {
		return true
	}
	for _, end := range bulkCalls() {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// BulkPatterns are the same as regular expressions, for the configuration of an ingress. A
// request is bulk work when its agent matches the one or its path the other.
func BulkPatterns() (agent, path string) {
	return "^" + ConnectorAgent, "(" + strings.Join(bulkCalls(), "|") + ")$"
}
