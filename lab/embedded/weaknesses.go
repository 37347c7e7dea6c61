package embedded

import (
	"errors"
	"fmt"
	"strings"
)

// Weakness is something that can be planted on purpose, for an experiment to find.
type Weakness struct {
	Name        string
	Description string
}

// The weaknesses. What each does is in the file of its name.
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

// Weaknesses lists what can be planted; all are off unless asked for.
func Weaknesses() []Weakness {
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

// checkWeaknesses names every unknown one.
func checkWeaknesses(names []string) error {
	var known []string
	for _, w := range Weaknesses() {
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
