// Package steady checks whether a window can be summarised: it has warmed up, its level
// stays, and no queue grows through it.
//
//  1. [MSER5] finds where the start-up transient ends.
//  2. [PELT] finds the points at which the mean changes.
//  3. [Trend] finds a drift and how much the level has grown from end to end.
//
// All take one value a bin in the order of time, bins without data left out.
//
// Sources: White, Cobb & Spratt, WSC 2000 (MSER-5); Killick, Fearnhead & Eckley,
// JASA 107 (2012) 1590-1598 (PELT); Mann, Econometrica 13 (1945) 245-259 and Sen,
// JASA 63 (1968) 1379-1389 (trend).
package steady
