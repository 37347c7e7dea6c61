package compare

// Equivalent reports whether a ratio lies within 1/margin..margin for certain: the
// two one-sided tests at alpha hold exactly when the interval of level 1-2 alpha does
// (a 95 % interval tests at 2.5 %). The absence of a significant difference shows no
// such thing.
//
// Source: Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680.
func Equivalent(r Ratio, margin float64) bool {
	return r.Decides && margin > 1 && r.Lo > 1/margin && r.Hi < margin
}

// NonInferior reports whether B is for certain no worse than A by more than the
// margin, lower being better: the upper bound of B/A stays below it.
func NonInferior(r Ratio, margin float64) bool { return r.Decides && margin > 1 && r.Hi < margin }
