package odoo_test

import (
	"context"
	"fmt"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/odoo"
)

func Example() {
	server := odootest.New() // a test server; a real one has a URL of its own
	defer server.Close()
	ctx := context.Background()

	client, err := odoo.Dial(odoo.Tenant{
		Address: odoo.Address{URL: server.URL, Host: "t1.localhost", Database: "t1"}, Login: "load01", Password: odootest.Password,
	}, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if a := client.Login(ctx); !a.OK() {
		fmt.Println(client.Describe(a))
		return
	}
	order, a := client.CreateOrder(ctx, odoo.Order{Partner: 7, Ref: "web-1", Lines: []odoo.Line{{Product: 3, Quantity: 1}}})
	fmt.Println("created:", a.Outcome)
	fmt.Println("confirmed:", client.Confirm(ctx, order).Outcome)
	// Output:
	// created: ok
	// confirmed: ok
}
