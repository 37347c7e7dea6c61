package odoostack

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// User is an account of the root. Its number means nothing on the host.
type User struct {
	UID, GID int
}

// parsePasswd finds the accounts that the servers run as.
func parsePasswd(passwd string) (map[string]User, error) {
	users := map[string]User{}
	for line := range strings.Lines(passwd) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 4 {
			continue
		}
		uid, errUID := strconv.Atoi(f[2])
		gid, errGID := strconv.Atoi(f[3])
		if errUID != nil || errGID != nil {
			return nil, fmt.Errorf("reading the accounts: bad numbers in %q", line)
		}
		users[f[0]] = User{UID: uid, GID: gid}
	}
	var problems []error
	for _, name := range []string{"postgres", "redis", "odoo", "www-data"} {
		if _, ok := users[name]; !ok {
			problems = append(problems, fmt.Errorf("the root has no account %s", name))
		}
	}
	return users, errors.Join(problems...)
}
