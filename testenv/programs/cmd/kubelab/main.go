// Command kubelab is Kubernetes' control plane in one binary: etcd, kube-apiserver,
// kube-controller-manager and kube-scheduler, each as upstream's own command. The part
// is the name that the binary is called by, or its first argument:
//
//	ln -s kubelab etcd && ./etcd --help
//	./kubelab kube-scheduler --help
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"example.org/odooharness/testenv/programs/orphan"
)

func main() {
	parts := map[string]func() *cobra.Command{
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-controller-manager": controllers.NewControllerManagerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	}
	orphan.Watch()
	name := filepath.Base(os.Args[0])
	if _, part := parts[name]; !part && name != "etcd" && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	if name == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	command, ok := parts[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "kubelab: call it as etcd, kube-apiserver, kube-controller-manager or kube-scheduler")
		os.Exit(2)
	}
	os.Exit(cli.Run(command()))
}
