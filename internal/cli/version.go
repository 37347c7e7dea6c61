package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Modules whose versions decide what a run does.
const (
	moduleK6        = "go.k6.io/k6"
	moduleChaosMesh = "github.com/chaos-mesh/chaos-mesh/api"
)

func newVersion(build *debug.BuildInfo) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the harness and of what it is built with",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return printVersions(cmd.OutOrStdout(), build) },
	}
}

func printVersions(out io.Writer, build *debug.BuildInfo) error {
	_, err := fmt.Fprintf(out, "harness          %s\ncommit           %s\ngo               %s\nk6               "+
		"%s\nchaos-mesh api   %s\n",
		cmp.Or(build.Main.Version, "unknown"), cmp.Or(commit(build), "unknown"), cmp.Or(build.GoVersion, "unknown"),
		cmp.Or(dependency(build, moduleK6), "unknown"), cmp.Or(dependency(build, moduleChaosMesh), "unknown"))
	return err
}

// buildInfo is what the linker recorded, empty when it recorded nothing.
func buildInfo() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
}

// version is the commit that the binary was built from, or its module version.
func version(build *debug.BuildInfo) string {
	return cmp.Or(commit(build), build.Main.Version, "unknown")
}

// commit is the first 12 digits of the commit, with +changes when the work tree had some.
func commit(build *debug.BuildInfo) string {
	revision, modified := "", ""
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+changes"
			}
		}
	}
	if revision == "" {
		return ""
	}
	return revision[:min(12, len(revision))] + modified
}

// dependency is the version of a module in the binary, empty when it is not in it.
func dependency(build *debug.BuildInfo, path string) string {
	for _, dep := range build.Deps {
		if dep.Path != path {
			continue
		}
		if dep.Replace != nil {
			return dep.Replace.Version
		}
		return dep.Version
	}
	return ""
}

// versions are those that the manifest of a run records.
func versions() map[string]string {
	build := buildInfo()
	v := map[string]string{"harness": version(build), "go": build.GoVersion}
	if k6 := dependency(build, moduleK6); k6 != "" {
		v["k6"] = k6
	}
	return v
}
