package results

// Kinds of drills.
const (
	DrillRecovery = "recovery"
	DrillChange   = "change"
)

// Drill is an operator's procedure under load: a backup and its restore, or a change.
// Its steps are in the order in which they began.
type Drill struct {
	Kind       string      `json:"kind"` // recovery, change
	Name       string      `json:"name"`
	Strategy   string      `json:"strategy"` // lab, hook; rolling-restart, hard-restart, module-update, ...
	Tenants    []string    `json:"tenants"`  // the tenants that it affects
	Planned    Offset      `json:"planned_ns"`
	Steps      []DrillStep `json:"steps"`
	Err        string      `json:"error,omitempty"` // why it was not completed
	RolledBack bool        `json:"rolled_back,omitempty"`

	// The fields below are set for recovery only.
	Bytes   int64    `json:"bytes,omitempty"`   // of the backup
	Damaged bool     `json:"damaged,omitempty"` // on purpose
	Replay  bool     `json:"replay,omitempty"`  // the archived log was replayed
	RPOGoal *float64 `json:"rpo_goal_s,omitempty"`
	RTOGoal *float64 `json:"rto_goal_s,omitempty"`
}

// DrillStep is one step of a drill: backup, break, restore, start; restart of a server.
type DrillStep struct {
	Name   string  `json:"name"`
	Target string  `json:"target,omitempty"`
	From   Offset  `json:"from_ns"`
	To     *Offset `json:"to_ns,omitempty"`
	Note   string  `json:"note,omitempty"`
	Err    string  `json:"error,omitempty"`
}

// Step returns a step that began, by name.
func (d *Drill) Step(name string) *DrillStep {
	for i := range d.Steps {
		if d.Steps[i].Name == name {
			return &d.Steps[i]
		}
	}
	return nil
}
