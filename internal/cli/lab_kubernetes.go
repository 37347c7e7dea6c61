package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/lab/podstack"
)

// onCluster names the place of a lab: this machine or a cluster.
type onCluster struct {
	on, kubeconfig, context string
	images                  podstack.Images
	reach                   string
	dryRun                  bool
	prepare                 prepare
}

// prepare builds what the pods of a lab start from, or finds it in the cache.
type prepare func(ctx context.Context, log *slog.Logger) (podstack.Source, error)

// odooSource is the root file system of Odoo and its template database.
func odooSource(ctx context.Context, log *slog.Logger) (podstack.Source, error) {
	root, template, err := odoostack.Builder{}.Prepare(ctx, lab.DefaultOdoo, "", log)
	if err != nil {
		return podstack.Source{}, err
	}
	return podstack.Source{Root: root.Dir, Template: template}, nil
}

// flags adds the flags of every lab command, and those of the command that makes a lab.
func (o *onCluster) flags(cmd *cobra.Command, makes bool) {
	f := cmd.Flags()
	f.StringVar(&o.on, "on", "here", "here: processes of this machine; kubernetes: pods of a cluster")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig of the cluster (default as kubectl)")
	f.StringVar(&o.context, "context", "", "context of the kubeconfig (default the current one)")
	if makes {
		o.images = podstack.DefaultImages()
		f.StringVar(&o.images.Tool, "tool-image", o.images.Tool, "on kubernetes: an image with /bin/busybox, to start the servers")
		f.StringVar(&o.images.Harness, "harness-image", o.images.Harness,
			"on kubernetes: the image of the Dockerfile, for the connector")
		f.StringVar(&o.reach, "reach", "port-forward",
			"on kubernetes: the route to Services: port-forward, or service-ip if this machine can reach their addresses")
		f.BoolVar(&o.dryRun, "dry-run", false, "on kubernetes: print the manifests only")
	}
}

// kubernetes reports whether a cluster is meant.
func (o *onCluster) kubernetes() (bool, error) {
	switch o.on {
	case "here":
		return false, nil
	case "kubernetes":
		return true, nil
	}
	return false, fmt.Errorf("unknown place %q: write --on here or --on kubernetes", o.on)
}

func (o *onCluster) connect() (podstack.Cluster, error) {
	config, _, err := mesh.Config(o.kubeconfig, o.context)
	if err != nil {
		return podstack.Cluster{}, err
	}
	c, err := mesh.Connect(config)
	return podstack.Cluster{Config: config, Client: c}, err
}

// up brings a lab up on the cluster and writes its setup files.
func (o *onCluster) up(cmd *cobra.Command, spec lab.Spec) error {
	if o.reach != "port-forward" && o.reach != "service-ip" {
		return fmt.Errorf("unknown route %q: write --reach port-forward or --reach service-ip", o.reach)
	}
	source, err := o.prepare(cmd.Context(), logOf(cmd))
	if err != nil {
		return err
	}
	l := &podstack.Lab{Spec: spec, Source: source, Images: o.images}
	if o.dryRun {
		return printManifests(cmd, l)
	}
	cluster, err := o.connect()
	if err != nil {
		return err
	}
	if err := l.Up(cmd.Context(), cluster, logOf(cmd)); err != nil {
		return fmt.Errorf("%w\nharness lab down %s --on kubernetes removes it", err, spec.Name)
	}
	return o.writeSetups(cmd, l)
}

func printManifests(cmd *cobra.Command, l *podstack.Lab) error {
	stacks, err := l.Stacks()
	if err != nil {
		return err
	}
	for _, s := range stacks {
		objects, err := l.Render(s)
		if err != nil {
			return err
		}
		for _, object := range objects {
			raw, err := yaml.Marshal(object.Object)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "---\n%s", raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// clusterLabDir is the folder of the setup files of a lab on a cluster and of the
// password of its users.
func clusterLabDir(name string) string {
	return filepath.Join(filepath.Dir(lab.DefaultDir()), "kubernetes", name)
}

func (o *onCluster) writeSetups(cmd *cobra.Command, l *podstack.Lab) error {
	dir := clusterLabDir(l.Spec.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create the folder of the setup files: %w", err)
	}
	kubeconfig := o.kubeconfig
	if kubeconfig != "" {
		var err error
		if kubeconfig, err = filepath.Abs(kubeconfig); err != nil {
			return err
		}
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(l.Source.Template.Password), 0o600); err != nil {
		return err
	}
	for name, reach := range map[string]podstack.Reach{
		"setup.yaml":        {Kubeconfig: kubeconfig, Context: o.context, By: o.reach, PasswordFile: password},
		"setup-within.yaml": {Within: true},
	} {
		raw, err := l.Setup(reach)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(),
		"lab %s is up; its setup file: %s\n(for a harness within the cluster: setup-within.yaml in the same folder)\n",
		l.Spec.Name, filepath.Join(dir, "setup.yaml"))
	return err
}

// down removes labs from the cluster: those named, or all.
func (o *onCluster) down(cmd *cobra.Command, names []string) error {
	cluster, err := o.connect()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		parts, err := podstack.List(cmd.Context(), cluster.Client)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if len(names) == 0 || names[len(names)-1] != p.Lab {
				names = append(names, p.Lab)
			}
		}
	}
	var problems []error
	for _, name := range names {
		err := podstack.Down(cmd.Context(), cluster.Client, name, logOf(cmd))
		if err == nil {
			err = os.RemoveAll(clusterLabDir(name))
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// status shows the pods of every lab on the cluster.
func (o *onCluster) status(cmd *cobra.Command) error {
	cluster, err := o.connect()
	if err != nil {
		return err
	}
	parts, err := podstack.List(cmd.Context(), cluster.Client)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "no lab is on this cluster")
		return err
	}
	t := newTable(cmd.OutOrStdout(), "lab", "namespace", "component", "pod", "ready", "restarts", "state")
	for _, p := range parts {
		t.AppendRow(table.Row{p.Lab, p.Namespace, p.Component, p.Pod, p.Ready, p.Restarts, p.State})
	}
	t.Render()
	return nil
}
