package debian

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/lines"
)

func TestRecipeDigest(t *testing.T) {
	a, b := mustRecipe(t, 19), mustRecipe(t, 19)
	// A root that is built already stays the one of its version.
	if got := a.digest(); got != "a87529be4bb0" {
		t.Errorf("the root of Odoo 19 is now called %s: every lab would be built again", got)
	}
	if a.digest() != b.digest() || len(a.digest()) != 12 {
		t.Errorf("digests of one recipe: %q and %q", a.digest(), b.digest())
	}
	b.packages = append(b.packages, "less")
	c := mustRecipe(t, 19)
	c.odoo = "odoo-18"
	if a.digest() == b.digest() || a.digest() == c.digest() {
		t.Error("another recipe has the same digest")
	}
	// Parts are counted in, so that moving a character between them shows.
	if Digest("ab", "c") == Digest("a", "bc") {
		t.Error("parts of a digest run into each other")
	}
}

func TestRecipeNamesNoHost(t *testing.T) {
	args := mustRecipe(t, 19).arguments("ROOT", "MIRROR")
	for _, a := range args {
		if strings.Contains(a, "://") {
			t.Errorf("argument %q names a host", a)
		}
	}
	if got := args[len(args)-3:]; got[0] != "ROOT" || got[1] != "deb MIRROR trixie main" || got[2] != "deb MIRROR sid main" {
		t.Errorf("the last arguments are %q", got)
	}
}

// Odoo 14 is in a suite of its own: nothing comes from sid, and nothing is pinned.
func TestRecipeOfFourteen(t *testing.T) {
	args := mustRecipe(t, 14).arguments("ROOT", "MIRROR")
	want := []string{"--include=odoo-14,postgresql,redis-server,nginx-light,python3-redis,procps", "bullseye", "ROOT",
		"deb MIRROR bullseye main"}
	if diff := cmp.Diff(want, args[len(args)-4:]); diff != "" {
		t.Errorf("the last arguments (-want +got):\n%s", diff)
	}
	for _, a := range args {
		if strings.Contains(a, "sid") {
			t.Errorf("argument %q", a)
		}
	}
	_, err := recipeOf(17)
	if err == nil || err.Error() != "no package of Odoo 17 in Debian: write 19 or 14" {
		t.Errorf("got %v", err)
	}
}

func mustRecipe(t *testing.T, odoo int) recipe {
	t.Helper()
	r, err := recipeOf(odoo)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPickMirror(t *testing.T) {
	const targets = "https://other.example/apt|Other|bookworm|main|Packages\n" +
		"http://deb.example/security|Debian|bookworm-security|main|Packages\n" +
		"http://deb.example/debian|Debian|bookworm|main|DEP-11\n" +
		"http://deb.example/debian|Debian|bookworm|contrib|Packages\n" +
		"http://deb.example/debian|Debian|bookworm|main|Packages\n"
	if got, want := pickMirror(targets), "http://deb.example/debian"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := pickMirror("http://ubuntu.example/|Ubuntu|noble|main|Packages\n"); got != "" {
		t.Errorf("an Ubuntu archive was taken for Debian's: %q", got)
	}
}

func TestParsePasswd(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/:\nredis:x:100:102::/:\n" +
		"postgres:x:101:103::/:\nodoo:x:102:104::/:\n"
	users, err := parsePasswd(passwd)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := users["odoo"], (User{102, 104}); got != want {
		t.Errorf("odoo is %+v, want %+v", got, want)
	}
	_, err = parsePasswd("root:x:0:0:root:/root:/bin/sh\nodoo:x:102:104::/:\n")
	if err == nil || !strings.Contains(err.Error(), "postgres") || !strings.Contains(err.Error(), "www-data") {
		t.Errorf("missing accounts: got %v, want all named", err)
	}
}

func TestServerVersions(t *testing.T) {
	const status = "Package: postgresql-17\nStatus: install ok installed\nVersion: 17.12-0+deb13u1\n\n" +
		"Package: postgresql-client-17\nVersion: 1\n\nPackage: postgresql-common\nVersion: 2\n\n" +
		"Package: odoo-19\nVersion: 19.0.0+dfsg-1\n\nPackage: python3\nVersion: 3.13.5-1\n\nPackage: python3-redis\nVersion: 6\n"
	want := map[string]string{"postgresql": "17.12-0+deb13u1", "odoo": "19.0.0+dfsg-1", "python": "3.13.5-1"}
	if diff := cmp.Diff(want, serverVersions(status)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r := Root{Versions: want}
	if got := r.pgBin(); got != "/usr/lib/postgresql/17/bin" {
		t.Errorf("programs of PostgreSQL: got %s", got)
	}
}

func TestOnceLeavesAWholeFolderOrNone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "thing")
	quiet := slog.New(slog.DiscardHandler)
	boom := errors.New("boom")
	err := BuildOnce(t.Context(), dir, quiet, func(building string) error {
		if err := os.WriteFile(filepath.Join(building, "half"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v, want the builder's error", err)
	}
	for _, path := range []string{dir, dir + ".building"} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there after a failed build", path)
		}
	}
	builds := 0
	for range 2 {
		err := BuildOnce(t.Context(), dir, quiet, func(building string) error {
			builds++
			return os.WriteFile(filepath.Join(building, "whole"), nil, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "whole")); err != nil || builds != 1 {
		t.Errorf("built %d times, %v; want once and whole", builds, err)
	}
}

func TestOnceWaitsForAnotherBuilder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "thing")
	unlock, err := lock(t.Context(), dir+".lock", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	said := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- BuildOnce(ctx, dir, lines.Logger(func(line string) { said <- line }), func(string) error {
			t.Error("built next to the holder of the lock")
			return nil
		})
	}()
	<-said // it waits, and reports that
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
