package run

import (
	"os"
	"slices"
	"testing"

	"example.org/odooharness/results"
)

// Records are on the heap up to the bound, and beyond it in mapped files that no folder
// lists. Records that move to a larger place keep their values and give back the old one.
func TestRoomOfRecords(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := &room{heap: 4 * 32}
	defer r.close()
	first := append(r.records(4), Record{At: 1})
	if r.used != 4*32 || len(r.mapped) != 0 {
		t.Fatalf("%d bytes on the heap and %d files, want 128 and none", r.used, len(r.mapped))
	}
	second := append(r.records(2), Record{At: 2}, Record{At: 3})
	if r.used != 4*32 || len(r.mapped) != 1 {
		t.Fatalf("%d bytes on the heap and %d files, want 128 and 1", r.used, len(r.mapped))
	}
	columns := &results.SampleColumns{Intended: make([]int64, 10), Left: 90}
	second = r.grow(second, 10, columns)
	if cap(second) < 2+10+90 || len(r.mapped) != 1 {
		t.Errorf("room for %d records in %d files, want 102 in one", cap(second), len(r.mapped))
	}
	if want := []Record{{At: 2}, {At: 3}}; !slices.Equal(second, want) || first[0].At != 1 {
		t.Errorf("records %v and %v, want %v and the first", second, first, want)
	}
	first = r.grow(first, 10, columns)
	if r.used != 0 || len(r.mapped) != 2 {
		t.Errorf("%d bytes on the heap and %d files, want none and 2", r.used, len(r.mapped))
	}
	if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) != 0 {
		t.Errorf("files %v, %v, want none", files, err)
	}
	if cap(first) == 0 {
		t.Error("no room")
	}
}

// Without space for a file, records are on the heap.
func TestRoomWithoutFiles(t *testing.T) {
	t.Setenv("TMPDIR", "/proc/no-such-folder")
	r := &room{heap: 1}
	if got := r.records(3); cap(got) != 3 || len(r.mapped) != 0 || r.used != 3*32 {
		t.Errorf("room for %d, %d files, %d bytes, want 3, none, 96", cap(got), len(r.mapped), r.used)
	}
}

// A file that claims more rows than it has gets room for some 16 million of them at once.
func TestRoomForADamagedFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := &room{heap: 1}
	defer r.close()
	columns := &results.SampleColumns{Intended: make([]int64, 10), Left: 1 << 40}
	if got, most := cap(r.grow(nil, 10, columns)), 9<<21; got > most {
		t.Errorf("room for %d records, want at most %d", got, most)
	}
}
