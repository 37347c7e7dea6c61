package conduct

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// memory is the machine's in bytes, 0 when it cannot be read.
func memory() int64 {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			kB, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0
			}
			return kB * 1024
		}
	}
	return 0
}
