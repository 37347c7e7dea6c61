// Package manifest reads faults as people write them: genuine Chaos Mesh
// resources, which kubectl apply accepts as they are, and the kinds of our own
// in the same form for what Chaos Mesh has no kind for.
//
//  1. [Parse] reads the YAML with its line numbers.
//  2. Every key and scalar is compared with the Go types of the kind: unknown
//     fields and values of the wrong type are found all at once.
//  3. The typed object is checked with Chaos Mesh's own validation, then with the
//     rules of this project (a selector, a duration where the fault lasts, units).
//  4. What came out is a [chaos.Manifest]; [Decode] gives drivers the typed object.
//
// The class of a fault (database, redis, ingress, application, connector) is the
// annotation odoo-harness/class.
//
//	apiVersion: harness.odoo/v1alpha1
//	kind: PostgresChaos
//	metadata:
//	  name: postgres-lock-stock-quant
//	  annotations: {odoo-harness/class: database}
//	spec:
//	  action: lock-table
//	  mode: one
//	  selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}
//	  duration: 10s
//	  parameters: {table: stock_quant}
package manifest
