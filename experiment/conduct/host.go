package conduct

import "github.com/prometheus/procfs"

// memory is the machine's in bytes, 0 when it cannot be read.
func memory() int64 {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return 0
	}
	info, err := proc.Meminfo()
	if err != nil || info.MemTotalBytes == nil {
		return 0
	}
	return int64(*info.MemTotalBytes)
}
