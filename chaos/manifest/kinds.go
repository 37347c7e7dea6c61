package manifest

import (
	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The API versions that Parse accepts.
const (
	MeshVersion = "chaos-mesh.org/v1alpha1"
	OwnVersion  = "harness.odoo/v1alpha1"
)

// ClassAnnotation carries the class of the component that a fault belongs to.
const ClassAnnotation = "odoo-harness/class"

// Classes lists the values that [ClassAnnotation] takes.
func Classes() []string {
	return []string{"database", "redis", "ingress", "application", "connector"}
}

// PostgresChaos is a fault inside PostgreSQL.
type PostgresChaos struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              PostgresSpec `json:"spec"`
}

// PostgresSpec is the spec of a [PostgresChaos].
type PostgresSpec struct {
	v1alpha1.PodSelector `json:",inline"`
	// Action is terminate-backends, lock-table, connection-limit, restart, freeze,
	// replay-pause (of a standby), failover (to the standby) or fill-wal-disk.
	Action     string              `json:"action"`
	Duration   *string             `json:"duration,omitempty" webhook:"Duration"`
	Parameters *PostgresParameters `json:"parameters,omitempty"`
}

// PostgresParameters are the details of an action.
type PostgresParameters struct {
	// Databases hit; empty: those of the setup's tenants on the component.
	Databases []string `json:"databases,omitempty"`
	// Table is what lock-table locks.
	Table string `json:"table,omitempty"`
	// LockMode is a lock mode of PostgreSQL, ACCESS EXCLUSIVE when empty.
	LockMode string `json:"lockMode,omitempty"`
	// Limit is the number of connections that connection-limit leaves, default 0.
	Limit int `json:"limit,omitempty"`
	// Stop is how restart stops the server: immediate (the default) or fast.
	Stop string `json:"stop,omitempty"`
}

// RedisChaos is a fault inside Redis.
type RedisChaos struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              RedisSpec `json:"spec"`
}

// RedisSpec is the spec of a [RedisChaos].
type RedisSpec struct {
	v1alpha1.PodSelector `json:",inline"`
	// Action is pause-clients, flush, trim-stream, squeeze-memory, kill or freeze.
	Action     string           `json:"action"`
	Duration   *string          `json:"duration,omitempty" webhook:"Duration"`
	Parameters *RedisParameters `json:"parameters,omitempty"`
}

// RedisParameters are the details of an action.
type RedisParameters struct {
	// Commands that pause-clients stops: all (the default) or write.
	Commands string `json:"commands,omitempty"`
	// Memory is the ceiling of squeeze-memory in bytes (10mb) or as a share of
	// what is used (80%).
	Memory string `json:"memory,omitempty"`
	// Policy is the eviction policy of squeeze-memory, noeviction when empty.
	Policy string `json:"policy,omitempty"`
	// Stream is what trim-stream empties.
	Stream string `json:"stream,omitempty"`
}

// CarrierChaos is a fault of the service at the far end of the connector: the lab's
// carrier, through its control port.
type CarrierChaos struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              CarrierSpec `json:"spec"`
}

// CarrierSpec is the spec of a [CarrierChaos].
type CarrierSpec struct {
	v1alpha1.PodSelector `json:",inline"`
	// Action is fail (answers 503) or double (a repeated request makes a second label).
	Action     string             `json:"action"`
	Duration   *string            `json:"duration,omitempty" webhook:"Duration"`
	Parameters *CarrierParameters `json:"parameters,omitempty"`
}

// CarrierParameters are the details of an action.
type CarrierParameters struct {
	// Percent of the requests that are hit, default 100.
	Percent int `json:"percent,omitempty"`
}

// OdooChaos is a fault inside the application server.
type OdooChaos struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              OdooSpec `json:"spec"`
}

// OdooSpec is the spec of an [OdooChaos].
type OdooSpec struct {
	v1alpha1.PodSelector `json:",inline"`
	// Action is kill-worker.
	Action     string          `json:"action"`
	Duration   *string         `json:"duration,omitempty" webhook:"Duration"`
	Parameters *OdooParameters `json:"parameters,omitempty"`
}

// OdooParameters are the details of an action.
type OdooParameters struct {
	// Workers is how many worker processes kill-worker kills, default 1.
	Workers int `json:"workers,omitempty"`
}
