//go:build kubernetes

package k6operator

import (
	_ "embed"
	"os"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

//go:embed kind.yaml
var kind []byte

// CRDVariable names a file with the operator's own CustomResourceDefinition.
const CRDVariable = "HARNESS_K6_OPERATOR_CRD"

// Kind is the kind TestRun: the operator's own if there is one, else what the harness uses of it.
func Kind() (*apiextensionsv1.CustomResourceDefinition, error) {
	raw := kind
	if path := os.Getenv(CRDVariable); path != "" {
		var err error
		if raw, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	return crd, yaml.Unmarshal(raw, crd)
}
