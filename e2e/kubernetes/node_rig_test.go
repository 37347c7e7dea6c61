//go:build kubernetes

package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

const (
	harnessImage = "app.local/harness:1"
	ingressPort  = 8080
)

// nodeCluster is a cluster with containers for one test.
func nodeCluster(t *testing.T) (c *cluster.Cluster, nodelab string) {
	t.Helper()
	if nodelab = os.Getenv("HARNESS_NODELAB"); nodelab == "" {
		t.Skip("make e2e-kubernetes brings up the cluster with containers that this takes")
	}
	return cluster.LabFor(t, nodelab), nodelab
}

// image makes nearly what the Dockerfile makes: one static binary, with what harness init
// lays out. This one has libc in it, as make build's has, so that its build cache serves.
func image(t *testing.T, c *cluster.Cluster, nodelab string) {
	t.Helper()
	dir := t.TempDir()
	binary, laidOut := filepath.Join(dir, "usr/local/bin/harness"), filepath.Join(dir, "opt/odoo-harness")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-linkmode=external -extldflags=-static", "-o", binary,
		"example.org/odooharness/cmd/harness")
	for _, cmd := range []*exec.Cmd{build, exec.CommandContext(t.Context(), binary, "init", laidOut)} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	rig.Must(t, os.Symlink("harness", filepath.Join(filepath.Dir(binary), "k6")))
	for _, folder := range []string{filepath.Join(laidOut, "run"), filepath.Join(dir, "tmp")} {
		rig.Must(t, os.MkdirAll(folder, 0o750))
	}
	rig.Must(t, os.Chmod(filepath.Join(dir, "tmp"), 0o777)) // as /tmp is
	rig.Must(t, os.Chmod(dir, 0o755))                       // the image's root
	out, err := exec.CommandContext(t.Context(), nodelab, "image", "--state", c.Dir, harnessImage, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("import the image: %v\n%s", err, out)
	}
}

// gatewayOf is this machine's address on the link to the cluster.
func gatewayOf(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	api, err := url.Parse(c.Config.Host)
	rig.Must(t, err)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", api.Host)
	rig.Must(t, err)
	defer conn.Close()
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	rig.Must(t, err)
	return host
}

// passed is an address that pods reach, and that leads to one of this machine alone.
func passed(t *testing.T, gateway, upstream string) string {
	t.Helper()
	proxy, err := local.NewProxy("passed", net.JoinHostPort(gateway, "0"), upstream)
	rig.Must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		rig.Must(t, proxy.Close(ctx))
	})
	return proxy.Address()
}

// upstreamOf is where the lab's ingress finds Odoo.
func upstreamOf(t *testing.T, state string) string {
	t.Helper()
	upstream, ok := configOf(t, state, "ingress")["upstream"].(string)
	if !ok {
		t.Fatal("the lab's ingress has no upstream")
	}
	return upstream
}

// ingressPod has the lab's ingress run as a pod, behind a Service.
func ingressPod(t *testing.T, c *cluster.Cluster, upstream string) {
	t.Helper()
	config, err := json.Marshal(map[string]any{
		"listen": fmt.Sprintf(":%d", ingressPort), "upstream": upstream, "gateway_timeout": 10 * time.Second, "access_log": "/tmp/access.log",
	})
	rig.Must(t, err)
	one, grace, meta := int32(1), int64(1), metav1.ObjectMeta{Name: "ingress", Namespace: shopNamespace}
	for _, object := range []client.Object{
		&corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"ingress.json": string(config)}},
		&corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{
			Selector: labels("ingress"), Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(ingressPort)}},
		}},
		&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
			Replicas: &one, Selector: &metav1.LabelSelector{MatchLabels: labels("ingress")},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels("ingress")},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &grace,
					Containers: []corev1.Container{{
						Name: "ingress", Image: harnessImage, ImagePullPolicy: corev1.PullNever,
						Command:      []string{"/usr/local/bin/harness", "lab", "ingress", "--config", "/config/ingress.json"},
						VolumeMounts: []corev1.VolumeMount{{Name: "config", MountPath: "/config"}},
						ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
							TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(ingressPort)},
						}},
					}},
					Volumes: []corev1.Volume{{Name: "config", VolumeSource: corev1.VolumeSource{
						ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "ingress"}},
					}}},
				},
			},
		}},
	} {
		rig.Must(t, c.Client.Create(t.Context(), object))
	}
	eventually.Nil(t, time.Minute, "the ingress serves", func() error {
		var d appsv1.Deployment
		err := c.Client.Get(t.Context(), client.ObjectKey{Namespace: shopNamespace, Name: "ingress"}, &d)
		if err == nil && d.Status.ReadyReplicas < 1 {
			err = fmt.Errorf("%+v", d.Status.Conditions)
		}
		return err
	})
}
