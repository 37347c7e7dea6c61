// Command kubenode is a node of Kubernetes in one binary: kubelet and kube-proxy, each
// as upstream's own command. The part is its first argument. It is not in kubelab, so
// that the tests that take no containers need not wait until it is built.
//
//	./kubenode kubelet --help
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"example.org/odooharness/testenv/programs/orphan"
)

func main() {
	orphan.Watch()
	var command *cobra.Command
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "kubelet":
			command = kubelet.NewKubeletCommand(context.Background())
		case "kube-proxy":
			command = proxy.NewProxyCommand()
		}
	}
	if command == nil {
		fmt.Fprintln(os.Stderr, "kubenode: call it as kubenode kubelet or kubenode kube-proxy")
		os.Exit(2)
	}
	os.Args = os.Args[1:]
	os.Exit(cli.Run(command))
}
