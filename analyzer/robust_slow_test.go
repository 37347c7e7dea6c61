//go:build slow

package analyzer_test

import (
	"testing"
)

func TestMuchRandomDamage(t *testing.T) { randomDamage(t, 300) }
