package local

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// bandwidth is NetworkChaos action bandwidth: each connection's stream gets the
// rate. tc would share the rate between the connections of a component; here
// each has it, since the proxy impairs one connection at a time.
type bandwidth struct {
	toxicSet
	rate int64 // bytes a second
}

func newBandwidth(name string, e edge, rate int64, directions []string) chaos.Fault {
	f := &bandwidth{toxicSet: e.set(), rate: rate}
	for _, direction := range directions {
		f.toxics = append(f.toxics, toxic{
			name: name + "-" + direction, kind: "bandwidth", direction: direction,
			attrs: map[string]float64{"rate": float64(rate) / 1000}, // toxiproxy counts in 1000 bytes a second
		})
	}
	return f
}

// InEffect measures a transfer through the proxy where the component has
// something to send; elsewhere it finds the toxic in the proxy's chain.
func (f *bandwidth) InEffect(ctx context.Context) (chaos.Proof, error) { return f.prove(ctx, true) }

// Recovered measures again.
func (f *bandwidth) Recovered(ctx context.Context) (chaos.Proof, error) { return f.prove(ctx, false) }

func (f *bandwidth) prove(ctx context.Context, want bool) (chaos.Proof, error) {
	all, can := f.inChain()
	got, measured, err := f.transfer(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	limited := got < 1.5*float64(f.rate) // slicing and start-up let a little more through
	switch {
	case measured:
		return chaos.Proof{
			Shown: limited == want && (!can || all == want),
			Evidence: fmt.Sprintf("%s: %.0f kB/s through the proxy, limit %.0f kB/s",
				f.part.Name, got/1000, float64(f.rate)/1000),
		}, nil
	case can:
		return chaos.Proof{
			Shown: all == want,
			Evidence: fmt.Sprintf("%s: limit of %.0f kB/s in the proxy's chain: %t "+
				"(no transfer measured: %s has nothing to send on request)",
				f.part.Name, float64(f.rate)/1000, all, f.kind),
		}, nil
	}
	return chaos.Proof{Evidence: f.part.Name + ": what is in the proxy's chain cannot be read"}, nil
}

// transfer requests about 300 ms worth of bytes and returns the rate.
func (f *bandwidth) transfer(ctx context.Context) (rate float64, measured bool, err error) {
	size := int(min(max(f.rate*3/10, 4<<10), 4<<20))
	limit := 10 * time.Second
	start := time.Now()
	switch {
	case f.kind == results.KindRedis:
		payload := strings.Repeat("x", size)
		question := fmt.Sprintf("*2\r\n$4\r\nPING\r\n$%d\r\n%s\r\n", size, payload)
		answer, err := probe.Exchange(ctx, f.proxy.Address(), []byte(question), limit, func(got []byte) bool {
			return len(got) >= size || (len(got) > 0 && got[0] == '-' && got[len(got)-1] == '\n')
		})
		if err != nil {
			return 0, false, err
		}
		if answer[0] == '-' { // a password is set; the request was read in any case
			return 0, false, nil
		}
	case f.kind == results.KindPostgres && f.part.DSN != "" && f.toxics[0].direction == "downstream":
		dsn, err := readdress(f.part.DSN, f.proxy.Address())
		if err != nil {
			return 0, false, err
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		took, err := postgres.Transfer(ctx, dsn, size)
		if err != nil {
			return 0, false, err
		}
		return float64(size) / took.Seconds(), true, nil
	default:
		return 0, false, nil
	}
	return float64(size) / time.Since(start).Seconds(), true, nil
}

// readdress returns the DSN with host and port of the address.
func readdress(hidden secret.Text, address string) (secret.Text, error) {
	dsn := hidden.Reveal()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("read proxy address: %w", err)
	}
	if strings.Contains(dsn, "://") {
		u, err := url.Parse(dsn)
		if err != nil {
			return "", fmt.Errorf("read dsn: %w", secret.ErrMalformed)
		}
		query := u.Query()
		query.Del("host")
		query.Del("port")
		u.Host, u.RawQuery = net.JoinHostPort(host, port), query.Encode()
		return secret.Text(u.String()), nil
	}
	return secret.Text(dsn + " host=" + host + " port=" + port), nil // the last word of a key counts
}

// parseRate reads a rate of tc as Chaos Mesh writes it: bit units are bits, bps
// units bytes a second.
func parseRate(text string) (bytesPerSecond int64, err error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	for _, unit := range []struct {
		suffix string
		factor float64
	}{
		{"tbit", 1e12 / 8}, {"gbit", 1e9 / 8}, {"mbit", 1e6 / 8}, {"kbit", 1e3 / 8},
		{"tbps", 1e12}, {"gbps", 1e9}, {"mbps", 1e6}, {"kbps", 1e3}, {"bps", 1}, {"bit", 1. / 8},
	} {
		number, ok := strings.CutSuffix(lower, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
		if err != nil {
			return 0, fmt.Errorf("rate %q: %w", text, err)
		}
		return int64(float64(n) * unit.factor), nil
	}
	return 0, fmt.Errorf("rate %q has no unit; write e.g. 1mbit or 500kbps", text)
}
