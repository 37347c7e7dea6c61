package eventually

import (
	"errors"
	"testing"
	"time"
)

func TestWithin(t *testing.T) {
	calls := 0
	third := func() error {
		if calls++; calls < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	if err := Within(10*time.Second, third); err != nil || calls != 3 {
		t.Errorf("got %v after %d calls, want nil at the third", err, calls)
	}
	never := errors.New("never")
	if err := Within(50*time.Millisecond, func() error { return never }); !errors.Is(err, never) {
		t.Errorf("got %v, want the last error", err)
	}
}
