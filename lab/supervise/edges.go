package supervise

import (
	"context"
	"errors"
	"time"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/lab"
)

// edgeLimit bounds a change of a proxy; one can wait for a connection to drain.
const edgeLimit = 5 * time.Second

// edges are the proxies of a lab by component.
type edges map[string][]*local.TCPProxy

// openEdges opens the proxies, closed to clients until their component serves.
func openEdges(ctx context.Context, all []lab.Edge) (edges, error) {
	opened := edges{}
	for _, e := range all {
		proxy, err := local.NewProxy(e.Component, e.Listen, e.Upstream)
		if err != nil {
			return opened, err
		}
		opened[e.Component] = append(opened[e.Component], proxy)
		if err := proxy.SetServing(ctx, false); err != nil {
			return opened, err
		}
	}
	return opened, nil
}

// serving opens or closes the front doors of a component.
func (e edges) serving(component string, on bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), edgeLimit)
	defer cancel()
	var problems []error
	for _, proxy := range e[component] {
		problems = append(problems, proxy.SetServing(ctx, on))
	}
	return errors.Join(problems...)
}

func (e edges) close(ctx context.Context) error {
	var problems []error
	for _, proxies := range e {
		for _, proxy := range proxies {
			problems = append(problems, proxy.Close(ctx))
		}
	}
	return errors.Join(problems...)
}
