package results

// Tenancy is how the tenants of a setup share its components.
type Tenancy string

// The tenancies, as setup files and manifests write them.
const (
	Shared    Tenancy = "shared"    // all tenants share one stack; also called multi-tenant
	Dedicated Tenancy = "dedicated" // each tenant has a stack of its own
	Hybrid    Tenancy = "hybrid"    // strategic tenants have a stack each, the others share one
)

// Lab is the kind of a target that the harness brings up itself.
type Lab string

// The kinds of labs, as setup files write them.
const (
	LabOdoo     Lab = "odoo"     // a real Odoo with PostgreSQL, Redis and an ingress
	LabEmbedded Lab = "embedded" // the embedded target: Odoo's APIs on a real PostgreSQL and Redis
)

// Ingress is the program in front of a real Odoo.
type Ingress string

// The ingresses of a lab of kind odoo, as setup files write them.
const (
	IngressNginx   Ingress = "nginx" // where a file names none
	IngressTraefik Ingress = "traefik"
)

// Ingresses lists them.
func Ingresses() []Ingress { return []Ingress{IngressNginx, IngressTraefik} }

// Role is the part that a tenant plays in an experiment.
type Role string

// The roles, as experiment files and manifests write them.
const (
	Abiding    Role = "abiding"    // stays within its reference load; its service is judged
	Disruptive Role = "disruptive" // the noisy neighbour: exceeds its reference load
)

// Kind is the kind of a component: what telemetry reads and faults hit.
type Kind string

// The kinds of components, as setup files and series write them.
const (
	KindPostgres   Kind = "postgres"
	KindRedis      Kind = "redis"
	KindIngress    Kind = "ingress"
	KindOdoo       Kind = "odoo"
	KindConnector  Kind = "connector"  // relays background jobs from Odoo's outbox
	KindPooler     Kind = "pooler"     // pools the connections to PostgreSQL (PgBouncer)
	KindCarrier    Kind = "carrier"    // the carrier's API that prints labels
	KindPrometheus Kind = "prometheus" // a source of series, not a part under test
)

// Op is a business operation of a journalled write or read.
type Op string

// The operations of the typed calls. A script may journal others: an odoo.call with
// write has the name of its method or step.
const (
	OpOrder    Op = "order"
	OpConfirm  Op = "confirm"
	OpCancel   Op = "cancel"
	OpReserve  Op = "reserve"
	OpScan     Op = "scan"
	OpShip     Op = "ship"
	OpBatch    Op = "batch" // shipped in a batch transfer
	OpPack     Op = "pack"
	OpReturn   Op = "return"
	OpPurchase Op = "purchase"
	OpReceive  Op = "receive"
	OpPutAway  Op = "putaway"
	OpInvoice  Op = "invoice"
	OpPost     Op = "post"
	OpPay      Op = "pay"
	OpImport   Op = "import"
	OpSee      Op = "see" // a read of an acknowledged write, not a write
)

// ReadBack reports whether an audit can read back the writes of an operation. Odoo
// acknowledges a check of availability even when there is nothing to reserve, and nobody
// knows what a call of the script's own leaves behind.
func (op Op) ReadBack() bool {
	switch op {
	case OpOrder, OpConfirm, OpCancel, OpScan, OpShip, OpBatch, OpPack, OpReturn, OpPurchase, OpReceive, OpPutAway, OpInvoice,
		OpPost, OpPay, OpImport:
		return true
	}
	return false
}
