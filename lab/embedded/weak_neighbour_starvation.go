package embedded

import (
	"context"
	"time"
)

// starve takes half of the workers besides the call's own, for as long as they
// come free within a second: the weakness neighbour-starvation, as a heavy call
// does that calls its own server back.
func (s *server) starve(ctx context.Context) (release func()) {
	return s.slots.hold(ctx, max(1, s.config.Workers/2), time.Second)
}
