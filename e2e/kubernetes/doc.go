// Package kubernetes runs whole experiments against pods.
//
// The tests have the tag "kubernetes". make test-kubernetes runs them on a real API server
// whose pods are processes of this machine; make e2e-kubernetes runs those named Node on a
// cluster with containers.
package kubernetes
