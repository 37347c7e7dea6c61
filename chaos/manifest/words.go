package manifest

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	jsonkind "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var parsedField = regexp.MustCompile(`^parse (\w+) field error`)

// refusal is what Chaos Mesh's validation refuses, without the words of its parsers.
func refusal(e *field.Error) string {
	for _, m := range []struct{ of, want string }{
		{"time: ", "is no duration; write e.g. 500ms, 30s or 5m"},
		{"parse rate field error", "is no rate; write a whole number and a unit, e.g. 1mbps"},
		{"strconv.ParseFloat", "is no percentage; write a number from 0 to 100 without a sign, e.g. \"5\""},
		{"incorrect bytes format", "is no size; write e.g. 256MB, or a share of the memory up to 100%"},
		{"strconv.Atoi", "is no whole number; write e.g. \"2\""},
	} {
		if !strings.Contains(e.Detail, m.of) {
			continue
		}
		value := reflect.Indirect(reflect.ValueOf(e.BadValue)) // some are pointers
		if value.IsValid() && value.Kind() == reflect.String && value.Len() > 0 {
			return fmt.Sprintf("%q %s", value.String(), m.want)
		}
		name := "it"
		if found := parsedField.FindStringSubmatch(e.Detail); found != nil {
			name = found[1]
		}
		_, remedy, _ := strings.Cut(m.want, "; ")
		return name + " is missing or empty; " + remedy
	}
	if strings.Contains(e.Detail, "the name of container is required") {
		return "action container-kill needs containerNames; add e.g. containerNames: [odoo]"
	}
	return e.ErrorBody()
}

// bound is what the schema of a CustomResourceDefinition refuses.
func bound(e *jsonschema.ValidationError) string {
	switch k := e.ErrorKind.(type) {
	case *jsonkind.Minimum:
		return fmt.Sprintf("must be at least %s, not %s", k.Want.RatString(), k.Got.RatString())
	case *jsonkind.Maximum:
		return fmt.Sprintf("must be at most %s, not %s", k.Want.RatString(), k.Got.RatString())
	case *jsonkind.Pattern:
		if strings.Contains(k.Want, "ms|s|m|h") {
			return fmt.Sprintf("%q is no duration of one number and one unit; write e.g. 500ms or 90s", k.Got)
		}
	}
	return e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}
