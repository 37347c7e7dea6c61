// Package arrivals computes when the work of an open load model arrives: a
// function of a seed, known before the run and the same for every setup.
//
//  1. A [Profile] is a rate over time, linear between stages.
//  2. Its integral Λ(t) is the number of arrivals expected until t.
//  3. An arrival process of rate 1 is drawn: unit-exponential gaps for Poisson
//     arrivals, gaps of exactly 1 for even ones.
//  4. Each of its points S is mapped to Λ⁻¹(S), which gives arrivals of the wanted
//     rate (inversion; Çinlar, Introduction to Stochastic Processes, 1975, ch. 4.7).
//
// It knows nothing of k6: the executor of scenarios/k6/openarrival runs these
// arrivals, and a plan counts them beforehand.
package arrivals
