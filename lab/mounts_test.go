package lab

import (
	"slices"
	"testing"
)

func TestMountsBelow(t *testing.T) {
	info := `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:30 / /state/labs/one/stacks/shared/wal rw - tmpfs tmpfs rw,size=1024k
41 40 0:31 / /state/labs/one/stacks/shared/wal/inner rw - tmpfs tmpfs rw
42 22 0:32 / /state/labs/one-more/stacks/shared/wal rw - tmpfs tmpfs rw
43 22 0:33 / /state/labs/one/with\040blank rw - tmpfs tmpfs rw
`
	got := mountsBelow(info, "/state/labs/one")
	want := []string{"/state/labs/one/with blank", "/state/labs/one/stacks/shared/wal/inner", "/state/labs/one/stacks/shared/wal"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
