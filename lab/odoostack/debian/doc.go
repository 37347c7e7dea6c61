// Package debian makes and enters the root of the real Odoo lab: a Debian tree with
// Odoo, PostgreSQL, Redis and nginx: trixie with odoo-19, or bullseye with odoo-14.
//
//  1. [Ensure] returns the root from the cache folder, or builds it first with
//     mmdebstrap from the mirror of the host's own apt;
//  2. the recipe's digest names the root: another recipe makes another root;
//  3. [BuildOnce] keeps a folder of the cache whole when several labs start together;
//  4. [Root.Command] prepares a server in the root: it has a mount and a process
//     namespace of its own, so that no mount shows on the host and nothing outlives it.
//
// It needs Linux and root.
//
//	root, err := debian.Ensure(ctx, cache, 19, log)
//	cmd := root.Command("redis", stack, nil, nil, "redis-server", debian.Inside+"/redis.conf")
package debian
