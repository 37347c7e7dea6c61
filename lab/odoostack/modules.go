package odoostack

import (
	"io/fs"
	"path/filepath"
	"strings"

	"example.org/odooharness/lab/odoostack/addons"
	"example.org/odooharness/lab/odoostack/debian"
)

// writeAddons lays our addons out for an Odoo to load.
func writeAddons(r *debian.Root, dir string) error {
	return fs.WalkDir(addons.Tree(r.Odoo), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, path)
		if d.IsDir() {
			if d.Name() == "__pycache__" {
				return fs.SkipDir
			}
			return r.Folder("odoo", target)
		}
		raw, err := fs.ReadFile(addons.Tree(r.Odoo), path)
		if err != nil {
			return err
		}
		return r.Write("odoo", target, string(raw))
	})
}

// addonDigest changes when a line of the addon does.
func addonDigest(odoo int, addon string) (string, error) {
	var all []string
	err := fs.WalkDir(addons.Tree(odoo), addon, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "__pycache__") {
			return err
		}
		raw, err := fs.ReadFile(addons.Tree(odoo), path)
		all = append(all, path, string(raw))
		return err
	})
	return debian.Digest(all...), err
}
