// Package objectstore gives tests a store that speaks S3: versitygw, a gateway to a
// folder, where HARNESS_VERSITYGW names its program, else one within the test's process.
package objectstore

import (
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/testing/eventually"
)

// Credentials of the store.
const (
	accessKey = "test"
	secretKey = "test-secret"
)

// Start starts a store with empty buckets for the time of the test, and points the
// environment to it.
func Start(t *testing.T, buckets ...string) *minio.Client {
	t.Helper()
	client, env := Serve(t, buckets...)
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	return client
}

// Serve starts a store with empty buckets for the time of the test, and returns the
// environment of processes that use it.
func Serve(t *testing.T, buckets ...string) (client *minio.Client, env []string) {
	t.Helper()
	address := serve(t)
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	for _, bucket := range buckets {
		if err := client.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return client, []string{
		"AWS_ENDPOINT_URL=http://" + address, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey,
	}
}

// serve starts the server, and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	program := os.Getenv("HARNESS_VERSITYGW")
	if program == "" {
		server := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	address, err := ports.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gateway := exec.CommandContext(t.Context(), program, "--access", accessKey, "--secret", secretKey, "--port", address,
		"posix", t.TempDir())
	if err := gateway.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gateway.Wait() }) // the test's context has ended it
	eventually.True(t, time.Minute, "the store listens", func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return address
}
