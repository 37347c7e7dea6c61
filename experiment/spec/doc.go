// Package spec describes an experiment: what its file and the files it names request.
//
//  1. [Load] reads the experiment file, its setups, objectives and fault manifests.
//  2. Every file is checked against its schema, then all files against each other.
//  3. The error lists every problem, with file, line and what to write instead.
//  4. The result is an [Experiment]: plain data, without a connection to anything.
//
// Package plan lays an experiment out in time. This package imports neither k6 nor
// Kubernetes; the caller passes the parser of fault manifests:
//
//	e, err := spec.Load("peak.yaml", manifest.Parse)
package spec
