package business

import _ "embed" // the tables

//go:embed schema.sql
var schema string //nolint:gochecknoglobals // embedding needs a variable

// Schema returns the SQL that makes the tables of a tenant's database.
func Schema() string { return schema }
