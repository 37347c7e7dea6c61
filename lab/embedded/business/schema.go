package business

import _ "embed" // the tables

//go:embed schema.sql
var schema string

// Schema returns the SQL that makes the tables of a tenant's database.
func Schema() string { return schema }
