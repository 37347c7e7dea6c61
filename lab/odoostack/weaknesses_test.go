package odoostack

import (
	"strings"
	"testing"
)

// The check reports every problem at once.
func TestCheckWeaknesses(t *testing.T) {
	if err := checkWeaknesses(Weaknesses()[1:]); err != nil {
		t.Errorf("sound: %v", err)
	}
	err := checkWeaknesses([]string{"connector-inline", "connector-postcommit", "sloth"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`weakness "sloth"`, "either postcommit or inline"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}
