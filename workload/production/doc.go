// Package production reads what a workload is fitted from: databases, dumps, CSV files and access
// logs of an Odoo in production. It reads times and counts, never names or contents.
//
//  1. A [Collector] has the zone, the period, and what makes a tenant.
//  2. [Collector.Database], [Collector.Dump], [Collector.CSV] and [Collector.AccessLog] count the
//     documents of each journey. What a source lacks is noted, and is no error.
//  3. [Collector.Workload] fits each journey.
//
// A database is read in transactions that PostgreSQL itself holds read-only, in batches of
// primary keys, and only the counts of each batch reach this process.
//
//	c := production.New(production.Options{Zone: time.UTC, To: time.Now()})
//	err := c.Database(ctx, "postgres://reader@db/acme")
//	w, err := c.Workload()
package production
