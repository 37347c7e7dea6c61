package lab

import (
	"fmt"
	"slices"
	"strings"
)

// How much data the tenants of a lab of kind odoo start with.
const (
	VolumeSmall = "small" // no documents
	VolumeYear  = "year"  // 250,000 moves, 50,000 orders, 20,000 products, 10,000 partners, two warehouses
)

// Volumes lists them.
func Volumes() []string { return []string{VolumeSmall, VolumeYear} }

// CheckVolume reports a volume that does not exist. The empty one is small.
func CheckVolume(volume string) error {
	if volume != "" && !slices.Contains(Volumes(), volume) {
		return fmt.Errorf("volume %q: write one of %s", volume, strings.Join(Volumes(), ", "))
	}
	return nil
}
