// Package bucket keeps runs in object storage that speaks S3. It is for harnesses whose
// disk is temporary: a Job in a cluster, a CI runner.
//
//  1. [Parse] reads s3://bucket/prefix.
//  2. [Open] connects: credentials from the environment, as the AWS tools read it
//     (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a token of the cluster), and
//     AWS_ENDPOINT_URL for a private store.
//  3. [Mirror.Follow] sends a run while it is made: each part of a table as it closes, and
//     documents as they change. The manifest follows the rest, and the object latest of its
//     experiment then names the run.
//  4. [Mirror.Finish] sends what is left, and removes what only a run that goes on needs.
//     [Store.Upload] sends a finished run.
//  5. [Store.Fetch] copies a run to a folder, also one whose harness was killed. Every command
//     works on that folder.
//
// [Store.SendFolder] and [Store.FetchFolder] do the same for a folder as one object,
// such as the backup of a drill.
//
// The layout below the prefix is that of the folder of runs:
// <prefix>/<experiment>/<utc>-<seed>/….
//
//	store, err := bucket.Open(place)
//	at, err := store.Upload(ctx, dir)
package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"golang.org/x/sync/errgroup"
)

// Scheme begins the text of a place.
const Scheme = "s3://"

// Place is where runs are, or one of them.
type Place struct{ Bucket, Prefix string }

// Parse reads s3://bucket/prefix.
func Parse(text string) (Place, error) {
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(text, Scheme), "/")
	if !strings.HasPrefix(text, Scheme) || bucket == "" {
		return Place{}, fmt.Errorf("%q names no bucket; write s3://bucket/prefix", text)
	}
	return Place{Bucket: bucket, Prefix: strings.Trim(prefix, "/")}, nil
}

func (p Place) String() string { return Scheme + path.Join(p.Bucket, p.Prefix) }

// Store is a connected place.
type Store struct {
	Place
	client *minio.Client
}

// task sends or fetches one file.
type task func(context.Context) error

// atOnce bounds the tasks that run at the same time.
const atOnce = 8

// together runs tasks, several at once, and waits for all of them. It returns the first error.
func together(ctx context.Context, tasks []task) error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, t := range tasks {
		group.Go(func() error { return t(ctx) })
	}
	return group.Wait()
}

// Open connects to the store that the environment names. It sends nothing.
func Open(p Place) (*Store, error) {
	endpoint := "https://s3.amazonaws.com"
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} { // the more specific one wins
		if value := os.Getenv(name); value != "" {
			endpoint = value
		}
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("AWS_ENDPOINT_URL is no http or https URL with a host (not shown: it may hold a password)")
	}
	c, err := fromEnvironment()
	if err != nil {
		return nil, err
	}
	region := os.Getenv("AWS_REGION")
	if region == "" {
		region = os.Getenv("AWS_DEFAULT_REGION")
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: c, Secure: u.Scheme == "https", Region: region})
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", u.Host, err)
	}
	return &Store{Place: p, client: client}, nil
}

// fromEnvironment returns the credentials that the environment names. It queries the
// metadata service of a cloud only where the environment points to it. Elsewhere that
// query would wait for minutes.
func fromEnvironment() (*credentials.Credentials, error) {
	if os.Getenv("AWS_ACCESS_KEY_ID") != "" {
		return credentials.NewEnvAWS(), nil
	}
	for _, name := range []string{
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	} {
		if os.Getenv(name) != "" {
			return credentials.NewIAM(""), nil
		}
	}
	return nil, errors.New("no credentials for object storage: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY " +
		"(and AWS_ENDPOINT_URL for a store of your own)")
}
