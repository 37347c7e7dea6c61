package queueing

import (
	"container/heap"
	"math"
	"math/rand/v2"
)

// Model is an Odoo setup as a network. Arrivals wait for a worker. A request computes, then
// queries the database, and holds its worker during both. When the transaction fails, it
// sleeps in the worker and starts again, as Odoo's retry does.
type Model struct {
	Arrivals func(random *rand.Rand) float64 // s to the next arrival
	Workers  int
	Compute  func(random *rand.Rand) float64 // s in the worker
	Database int                             // parallel capacity of the database; 0: none in the model
	Query    func(random *rand.Rand) float64 // s in the database
	Retry    float64                         // chance that a transaction has to be done again
	Retries  int                             // at most
	Sleep    func(try int) float64           // s asleep before try 1, 2, ...
}

// Outcome of a simulation.
type Outcome struct {
	Waits     []float64 // s for a worker, by arrival
	Responses []float64 // s from arrival to the end
	Busy      float64   // mean share of workers held
	Length    float64   // s simulated
	Failed    int       // gave up after the last try
}

// event is the end of a phase of a job.
type event struct {
	at  float64
	job int
	end func()
}

type calendar []event

func (c calendar) Len() int           { return len(c) }
func (c calendar) Less(i, j int) bool { return c[i].at < c[j].at }
func (c calendar) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *calendar) Push(x any)        { *c = append(*c, x.(event)) }
func (c *calendar) Pop() any {
	old := *c
	e := old[len(old)-1]
	*c = old[:len(old)-1]
	return e
}

// simulation is a run of a model under way.
type simulation struct {
	Model
	random   *rand.Rand
	now      float64
	events   calendar
	free     int // workers
	open     int // slots of the database
	queue    []int
	waiting  []func() // for the database
	arrived  []float64
	started  []float64
	tries    []int
	held     float64 // worker-seconds
	done     int
	out      Outcome
	arrivals int
}

// Simulate runs a model for n arrivals from the empty state, the first warm of which
// are left out of the outcome. The same seed gives the same run.
func Simulate(m Model, n, warm int, seed uint64) Outcome {
	if n <= 0 || m.Workers <= 0 || m.Arrivals == nil || m.Compute == nil {
		return Outcome{}
	}
	s := &simulation{Model: m, random: rand.New(rand.NewPCG(seed, 0)), free: m.Workers, open: m.Database, arrivals: n}
	s.arrived, s.started, s.tries = make([]float64, n), make([]float64, n), make([]int, n)
	s.out.Responses, s.out.Waits = make([]float64, n), make([]float64, n)
	s.after(s.Arrivals(s.random), 0, func() { s.arrive(0) })
	for len(s.events) > 0 {
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		e.end()
	}
	s.out.Length = s.now
	s.out.Busy = s.held / (float64(m.Workers) * s.now)
	warm = min(max(warm, 0), n)
	s.out.Waits, s.out.Responses = s.out.Waits[warm:], s.out.Responses[warm:]
	return s.out
}

func (s *simulation) after(delay float64, job int, end func()) {
	heap.Push(&s.events, event{s.now + max(delay, 0), job, end})
}

func (s *simulation) arrive(job int) {
	s.arrived[job] = s.now
	if next := job + 1; next < s.arrivals {
		s.after(s.Arrivals(s.random), next, func() { s.arrive(next) })
	}
	if s.free == 0 {
		s.queue = append(s.queue, job)
		return
	}
	s.free--
	s.start(job)
}

func (s *simulation) start(job int) {
	s.started[job] = s.now
	s.out.Waits[job] = s.now - s.arrived[job]
	s.try(job)
}

// try is one transaction: compute, then query.
func (s *simulation) try(job int) {
	s.after(s.Compute(s.random), job, func() {
		if s.Database <= 0 || s.Query == nil {
			s.commit(job)
			return
		}
		query := func() {
			s.after(s.Query(s.random), job, func() {
				s.release()
				s.commit(job)
			})
		}
		if s.open == 0 {
			s.waiting = append(s.waiting, query)
			return
		}
		s.open--
		query()
	})
}

func (s *simulation) release() {
	if len(s.waiting) > 0 {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		next()
		return
	}
	s.open++
}

func (s *simulation) commit(job int) {
	if s.Retry > 0 && s.random.Float64() < s.Retry {
		if s.tries[job] < s.Retries {
			s.tries[job]++
			sleep := 0.0
			if s.Sleep != nil {
				sleep = s.Sleep(s.tries[job])
			}
			s.after(sleep, job, func() { s.try(job) })
			return
		}
		s.out.Failed++
	}
	s.out.Responses[job] = s.now - s.arrived[job]
	s.held += s.now - s.started[job]
	s.done++
	if len(s.queue) > 0 {
		next := s.queue[0]
		s.queue = s.queue[1:]
		s.start(next)
		return
	}
	s.free++
}

// Exponential draws times with the given mean.
func Exponential(mean float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return mean * r.ExpFloat64() }
}

// Even always takes the same time.
func Even(seconds float64) func(*rand.Rand) float64 {
	return func(*rand.Rand) float64 { return seconds }
}

// Lognormal draws times with the given mean and squared coefficient of variation.
func Lognormal(mean, cv2 float64) func(*rand.Rand) float64 {
	s2 := math.Log(1 + cv2)
	mu := math.Log(mean) - s2/2
	return func(r *rand.Rand) float64 { return math.Exp(mu + math.Sqrt(s2)*r.NormFloat64()) }
}

// Empirical draws from measured times.
func Empirical(times []float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return times[r.IntN(len(times))] }
}
