package results

// Injection is one fault as it happened: every mark on the trial's clock, and the
// proofs of the read-only checks.
type Injection struct {
	Fault    string   `json:"fault"`  // name in the experiment
	Class    string   `json:"class"`  // database, redis, ingress, application, connector
	Kind     string   `json:"kind"`   // NetworkChaos, PostgresChaos, ...
	Action   string   `json:"action"` // delay, restart, ...
	Driver   string   `json:"driver"` // local, chaos-mesh
	Targets  []string `json:"targets"`
	Tenants  []string `json:"tenants"`  // the blast radius
	Manifest string   `json:"manifest"` // path as named in the experiment
	// Destroys is set when processes end or data is discarded, so that acknowledged
	// work can be lost. Other faults delay or refuse work.
	Destroys bool `json:"destroys,omitempty"`

	Requested Offset  `json:"requested_ns"`
	Injected  *Offset `json:"injected_ns,omitempty"`  // Inject returned
	InEffect  *Offset `json:"in_effect_ns,omitempty"` // first proof of the effect
	Removing  *Offset `json:"removing_ns,omitempty"`  // Recover was called
	Removed   *Offset `json:"removed_ns,omitempty"`   // Recover returned
	Recovered *Offset `json:"recovered_ns,omitempty"` // proof that the effect has ended

	// Lost is when a later look found no effect before the fault was removed, e.g. because
	// the pod was deleted. The fault is real in [InEffect, Lost) only. Nil: it lasted, or
	// nobody looked again. LostWhy is what was seen, for a report.
	Lost    *Offset `json:"lost_ns,omitempty"`
	LostWhy string  `json:"lost_why,omitempty"`

	Proof     string    `json:"proof,omitempty"`       // what the check saw, for a report
	ProofKind ProofKind `json:"proof_kind,omitempty"`  // how far the proof can be trusted
	Beyond    string    `json:"beyond_plan,omitempty"` // what it hit that no plan had named; it was reverted at once
	GoneProof string    `json:"gone_proof,omitempty"`
	Err       string    `json:"error,omitempty"`
}

// ProofKind is the source of the proof that a fault was in effect.
type ProofKind string

// The kinds of proof.
const (
	ProofShown ProofKind = "shown" // a check of our own saw the effect
	ProofNoted ProofKind = "noted" // only the driver's record notes it, e.g. that of Chaos Mesh
)

// End is when the fault stopped to bite: lost, else removed, else nil.
func (in Injection) End() *Offset {
	if in.Lost != nil && (in.Removed == nil || *in.Lost < *in.Removed) {
		return in.Lost
	}
	return in.Removed
}
