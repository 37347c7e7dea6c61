package embedded

// loses says whether this write is acknowledged and rolled back: the weakness
// lost-ack-write, as a server does that answers before its disk has the data.
func (s *server) loses() bool {
	return s.config.has(LostAckWrite) && s.acks.Add(1)%int64(s.config.OneIn) == 0
}
