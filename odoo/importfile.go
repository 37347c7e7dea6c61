package odoo

import (
	"bytes"
	"context"
	"encoding/csv"
)

// ImportFile sends rows as a CSV file through base_import, as the import screen and many EDI
// gateways do: two calls. Odoo imports all rows or none, as [Client.Import] does.
func (c *Client) ImportFile(ctx context.Context, model, file string, fields []string, rows [][]string) ([]int64, Answer) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	// A buffer takes every write.
	_ = w.Write(fields)
	_ = w.WriteAll(rows)
	b := c.startCreate("base_import.import")
	b.Raw(`[{"res_model":`).Str(model).Raw(`,"file":`).Str(text.String())
	b.Raw(`,"file_name":`).Str(file).Raw(`,"file_type":"text/csv"}]`)
	wizard, a := c.created(ctx, "base_import.import", 1, "")
	if !a.OK() {
		return nil, a
	}
	b = c.start("base_import.import", "execute_import", wizard)
	b.Key("fields").Strs(fields...).Key("columns").Strs(fields...)
	b.Key("options").Raw(`{"has_headers":true,"quoting":"\"","separator":",","encoding":"utf-8",` +
		`"float_thousand_separator":",","float_decimal_separator":".","date_format":"","datetime_format":"","advanced":true}`)
	return importAnswer(c.send(ctx, "base_import.import", "execute_import", ""))
}
