// Package weakness lists what can be planted in the embedded target on purpose, for
// an experiment to find.
package weakness

import (
	"errors"
	"fmt"
	"strings"
)

// Weakness is one defect with its name.
type Weakness struct {
	Name        string
	Description string
}

// The weaknesses.
const (
	LostAckWrite        = "lost-ack-write"
	DoubleInvoice       = "double-invoice"
	OverReservation     = "over-reservation"
	SessionLost         = "session-lost-on-redis-restart"
	NoRetry             = "no-retry"
	NeighbourStarvation = "neighbour-starvation"
	PhantomJob          = "phantom-job"
	LostJob             = "lost-job"
	LeakyConnections    = "leaky-connections"
	InvoiceGap          = "invoice-gap"
)

// All lists the weaknesses. Each is off unless the spec of the lab names it.
func All() []Weakness {
	return []Weakness{
		{LostAckWrite, "one write in twenty is acknowledged and rolled back"},
		{DoubleInvoice, "invoicing an order that is invoiced already makes a second invoice"},
		{OverReservation, "a reservation does not look at what others have reserved or what is there"},
		{SessionLost, "Redis keeps nothing on disk: a restart of it ends every session"},
		{NoRetry, "a concurrency conflict goes straight to the client instead of being tried again"},
		{NeighbourStarvation, "imports, reports and bulk invoicing hold half of the workers besides their own"},
		{PhantomJob, "a shipment's job goes to Redis before the commit, also when the shipment then fails"},
		{LostJob, "a shipment's job goes to Redis after the commit, without an outbox: when Redis fails it is lost"},
		{LeakyConnections, "a broken database connection is not given back to the pool for fifteen seconds"},
		{InvoiceGap, "invoice numbers are taken outside the transaction, every tenth is left unused"},
	}
}

// Check reports every unknown name.
func Check(names []string) error {
	var known []string
	for _, w := range All() {
		known = append(known, w.Name)
	}
	all := " " + strings.Join(known, " ") + " "
	var problems []error
	for _, name := range names {
		if !strings.Contains(all, " "+name+" ") {
			problems = append(problems, fmt.Errorf("unknown weakness %q; known are %s", name, strings.Join(known, ", ")))
		}
	}
	return errors.Join(problems...)
}
