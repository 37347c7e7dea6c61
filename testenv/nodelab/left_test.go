//go:build kubernetes

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

// Whichever way a lab ends, nothing of it is left on the machine.
func TestNodeLeavesNothing(t *testing.T) {
	program := os.Getenv("HARNESS_NODELAB")
	if program == "" {
		t.Skip("make e2e-kubernetes builds the programs that this takes")
	}
	for name, end := range map[string]func(t *testing.T, s site, l lab, owner *exec.Cmd){
		"taken down": func(*testing.T, site, lab, *exec.Cmd) {},
		"holder killed": func(t *testing.T, _ site, l lab, _ *exec.Cmd) {
			must(t, syscall.Kill(l.Holder, syscall.SIGKILL))
		},
		"owner killed": func(t *testing.T, s site, _ lab, owner *exec.Cmd) {
			must(t, owner.Process.Kill())
			_ = owner.Wait() // killed
			eventually.Nil(t, time.Minute, "the lab is gone by itself", func() error {
				if _, found, err := s.read(); err != nil || found {
					return errors.Join(err, errors.New("it is there"))
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := machineWide(t)
			s := site{Dir: t.TempDir(), Bin: filepath.Dir(program)}
			owner := exec.CommandContext(t.Context(), "sleep", "infinity")
			must(t, owner.Start())
			run(t, program, "up", "--state", s.Dir, "--programs", s.Bin, "--while", strconv.Itoa(owner.Process.Pid))
			defer run(t, program, "down", "--state", s.Dir)
			l, found, err := s.read()
			if err != nil || !found {
				t.Fatalf("no lab is up: %v", err)
			}
			startPod(t, s)
			namespaces := namespacesOf(t, l.First)
			if left := leftovers(s, l, namespaces); len(left) < 4 {
				t.Fatalf("while it is up, only this is seen of the lab: %v", left)
			}
			end(t, s, l, owner)
			if name != "owner killed" {
				run(t, program, "down", "--state", s.Dir)
			}
			// The kernel takes a network down in its own time after its last process.
			eventually.Nil(t, 20*time.Second, "nothing is left", func() error {
				if left := leftovers(s, l, namespaces); len(left) > 0 {
					return fmt.Errorf("left are %v", left)
				}
				return nil
			})
			if after := machineWide(t); after != before {
				t.Errorf("the machine was changed from\n%s\nto\n%s", before, after)
			}
			if name != "owner killed" {
				if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
					t.Errorf("its folder is left: %v", err)
				}
			}
			_ = owner.Process.Kill() // where it was not already
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == cluster.ExitNotHere {
		t.Skip(strings.TrimSpace(string(out)))
	}
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}

// startPod has a pod with a volume of the machine and a token running, which a kubelet
// mounts into it.
func startPod(t *testing.T, s site) {
	t.Helper()
	config, _, err := mesh.Config(s.path("kubeconfig"), "")
	must(t, err)
	client, err := kubernetes.NewForConfig(config)
	must(t, err)
	volume := corev1.Volume{Name: "machine", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/etc"}}}
	_, err = client.CoreV1().Pods("default").Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "one"},
		Spec: corev1.PodSpec{Volumes: []corev1.Volume{volume}, Containers: []corev1.Container{{
			Name: "main", Image: busybox, Command: []string{"sleep", "3600"},
			VolumeMounts: []corev1.VolumeMount{{Name: "machine", MountPath: "/machine"}},
		}}},
	}, metav1.CreateOptions{})
	must(t, err)
	eventually.Nil(t, time.Minute, "the pod runs", func() error {
		pod, err := client.CoreV1().Pods("default").Get(t.Context(), "one", metav1.GetOptions{})
		if err != nil || pod.Status.Phase != corev1.PodRunning {
			return errors.Join(err, fmt.Errorf("it is %s", pod.Status.Phase))
		}
		return nil
	})
}

// machineWide is what a kubelet would change outside of any namespace.
func machineWide(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, name := range tunables() {
		raw, err := os.ReadFile(filepath.Join("/proc/sys", name))
		must(t, err)
		fmt.Fprintf(&b, "%s %s\n", name, strings.TrimSpace(string(raw)))
	}
	for _, path := range []string{
		"/var/lib/kubelet", "/var/lib/cni", "/var/log/containers", "/var/log/pods", "/run/containerd", "/run/netns", "/opt/cni", "/host-sys", inner,
	} {
		_, err := os.Stat(path)
		fmt.Fprintf(&b, "%s there: %t\n", path, err == nil)
	}
	return b.String()
}

// namespacesOf names the namespaces of a process.
func namespacesOf(t *testing.T, pid int) []string {
	t.Helper()
	var all []string
	for _, kind := range []string{"pid", "mnt", "net"} {
		name, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
		must(t, err)
		all = append(all, name)
	}
	return all
}

// leftovers lists what there is of a lab: processes of its namespaces, cgroups, links,
// mounts that are seen from outside.
func leftovers(s site, l lab, namespaces []string) []string {
	var left []string
	processes, _ := filepath.Glob("/proc/[0-9]*/ns/*")
	for _, file := range processes {
		if name, err := os.Readlink(file); err == nil {
			for _, own := range namespaces {
				if name == own {
					left = append(left, file)
				}
			}
		}
	}
	all, _ := hierarchies()
	for _, h := range all {
		for _, name := range []string{l.name(), "kubepods", "k8s.io"} {
			if _, err := os.Stat(filepath.Join(h.dir(), name)); err == nil {
				left = append(left, filepath.Join(h.dir(), name))
			}
		}
	}
	if _, err := net.InterfaceByName(l.name()); err == nil {
		left = append(left, "link "+l.name())
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for _, line := range strings.Split(string(mounts), "\n") {
		if strings.Contains(line, s.Dir) {
			left = append(left, "mount "+line)
		}
	}
	return left
}
