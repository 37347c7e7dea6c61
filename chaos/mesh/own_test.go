package mesh

import (
	"testing"

	"example.org/odooharness/chaos/kind"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/redis"
)

// Every fault of this project's kinds that the table gives to this driver has a
// builder, and no other.
func TestBuildersAreTheTable(t *testing.T) {
	for _, row := range kind.Table() {
		if !row.Own() {
			continue
		}
		_, sql := postgres.Builders()[row.Action]
		_, command := redis.Builders()[row.Action]
		built := row.Kind == "PostgresChaos" && sql || row.Kind == "RedisChaos" && command
		if built != (row.Mesh.Does != "") {
			t.Errorf("%s: built %v, but the table says: %+v", row.Name(), built, row.Mesh)
		}
	}
}
