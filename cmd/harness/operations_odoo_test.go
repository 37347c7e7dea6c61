//go:build odoo

package main

import "testing"

// On a real Odoo 19; the lab's root must have been built (harness lab build).
func TestEveryOperationOnOdoo(t *testing.T) { everyOperation(t, "odoo") }
