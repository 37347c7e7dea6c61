package debian

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// recipe is everything that decides what is in a root. Its digest names the
// root in the cache: another recipe is another root.
type recipe struct {
	suite    string   // the distribution everything comes from
	odoo     string   // the package of the server
	sid      bool     // the server alone comes from sid: the suite has none
	packages []string // what else is installed
	apt      []string // options of apt
	dpkg     []string // options of dpkg
}

// recipeOf is the recipe of the root with a version of Odoo.
//
// 19 is pinned from sid onto trixie. Pure sid does not work: Odoo 19.0 needs Python 3.13 or
// older, trixie's. The package leaves out tzdata-legacy, without which pytz fails at import.
//
// 14 is bullseye's own, with the servers of its time.
func recipeOf(odoo int) (recipe, error) {
	switch odoo {
	case 19:
		r := newRecipe("trixie", "odoo-19", "tzdata-legacy")
		r.sid = true
		return r, nil
	case 14:
		return newRecipe("bullseye", "odoo-14"), nil
	}
	return recipe{}, fmt.Errorf("no package of Odoo %d in Debian: write 19 or 14", odoo)
}

// newRecipe is what roots have in common. Translations and manuals are 0.8 GB that an English
// lab does not read.
func newRecipe(suite, odoo string, more ...string) recipe {
	packages := []string{"postgresql", "redis-server", "nginx-light", "python3-redis"}
	return recipe{
		suite:    suite,
		odoo:     odoo,
		packages: append(append(packages, more...), "procps"),
		apt: []string{
			`APT::Install-Recommends "false"`,
			`Acquire::Languages "none"`,
			`Acquire::Retries "5"`,
			// A mirror's sid may be a snapshot whose Release has run out;
			// signatures are still verified.
			`Acquire::Check-Valid-Until "false"`,
		},
		dpkg: []string{
			"path-exclude=/usr/share/man/*",
			"path-exclude=/usr/share/doc/*",
			"path-include=/usr/share/doc/*/copyright",
			"path-exclude=/usr/share/locale/*",
			"path-exclude=/usr/lib/python3/dist-packages/odoo/addons/*/i18n/*",
			"force-confold",
			"force-unsafe-io",
		},
	}
}

// pins lets exactly one package come from sid.
func (r recipe) pins() string {
	return "Package: *\nPin: release n=sid\nPin-Priority: -10\n\n" +
		"Package: " + r.odoo + "\nPin: release n=sid\nPin-Priority: 990\n"
}

// digest is the short name of the recipe.
func (r recipe) digest() string {
	return Digest(strings.Join(r.arguments("ROOT", "MIRROR"), "\x00"))
}

// arguments is mmdebstrap's command line.
func (r recipe) arguments(root, mirror string) []string {
	args := []string{"--mode=root", "--variant=minbase"}
	for _, o := range r.apt {
		args = append(args, "--aptopt="+o)
	}
	for _, o := range r.dpkg {
		args = append(args, "--dpkgopt="+o)
	}
	args = append(args, `--setup-hook=mkdir -p "$1/etc/apt/preferences.d" "$1/etc/postgresql-common"`)
	if r.sid {
		pins := strings.ReplaceAll(r.pins(), "\n", `\n`)
		args = append(args, `--setup-hook=printf "`+pins+`" > "$1/etc/apt/preferences.d/lab"`)
	}
	args = append(args,
		// The package must not make and start a cluster of its own.
		`--setup-hook=printf "create_main_cluster = false\n" > "$1/etc/postgresql-common/createcluster.conf"`,
		// Where each server finds the folder of its stack, see enter.go.
		`--customize-hook=mkdir -p "$1`+Inside+`"`,
		"--include="+strings.Join(append([]string{r.odoo}, r.packages...), ","),
		r.suite, root,
		"deb "+mirror+" "+r.suite+" main",
	)
	if r.sid {
		args = append(args, "deb "+mirror+" sid main")
	}
	return args
}

// Digest names content: 12 hexadecimal digits are plenty for a cache.
func Digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p)) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
