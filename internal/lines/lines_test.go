package lines

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLogger(t *testing.T) {
	var got []string
	log := Logger(func(line string) { got = append(got, line) })
	log.Debug("not printed")
	log.Info("taking the lab down")
	log.Warn("waiting", "pod", "odoo-0", "for", 3*time.Second)
	log.With("tenant", "t1").WithGroup("step").Error("failed", "name", "ship", slog.Group("", "try", 2))
	want := []string{
		"taking the lab down",
		"waiting pod=odoo-0 for=3s",
		"failed tenant=t1 step.name=ship step.try=2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
