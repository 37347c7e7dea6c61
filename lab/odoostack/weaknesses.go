package odoostack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Weaknesses that can be planted in a real lab.
const (
	// WeaknessPostcommit pushes jobs to Redis after the commit: an error there
	// reaches the client although the shipment is done, and the job is lost.
	WeaknessPostcommit = "connector-postcommit"
	// WeaknessInline pushes jobs before the commit: rollbacks leave phantom jobs.
	WeaknessInline = "connector-inline"
	// WeaknessVolatileRedis keeps nothing on disk: a Redis restart ends sessions.
	WeaknessVolatileRedis = "redis-volatile"
)

// Weaknesses lists what can be planted.
func Weaknesses() []string {
	return []string{WeaknessPostcommit, WeaknessInline, WeaknessVolatileRedis}
}

// checkWeaknesses names every weakness that a real lab does not know.
func checkWeaknesses(planted []string) error {
	var problems []error
	for _, w := range planted {
		if !slices.Contains(Weaknesses(), w) {
			problems = append(problems, fmt.Errorf("lab: weakness %q is none of %s", w, strings.Join(Weaknesses(), ", ")))
		}
	}
	if slices.Contains(planted, WeaknessPostcommit) && slices.Contains(planted, WeaknessInline) {
		problems = append(problems, errors.New("lab: a connector is either postcommit or inline, not both"))
	}
	return errors.Join(problems...)
}

// connectorMode is the mode of the connector addon.
func connectorMode(planted []string) string {
	switch {
	case slices.Contains(planted, WeaknessPostcommit):
		return "postcommit"
	case slices.Contains(planted, WeaknessInline):
		return "inline"
	}
	return "outbox"
}
