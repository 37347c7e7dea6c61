package openarrival

import (
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/executor"
	"go.k6.io/k6/lib/types"
	"gopkg.in/guregu/null.v3"

	"example.org/odooharness/scenarios/arrivals"
)

// Type is the executor's name in a script.
const Type = "open-arrival"

// Defaults of the options.
const (
	defaultVUs   = 20
	defaultQueue = 10_000
)

// Stage is one stage of the rate, as a script writes it.
type Stage struct {
	Duration types.NullDuration `json:"duration"`
	Target   null.Float         `json:"target"`
}

// Config is the executor's options, as a script writes them.
type Config struct {
	executor.BaseConfig
	Arrivals        null.String        `json:"arrivals"` // poisson (default), even, scheduled
	Lateness        types.NullDuration `json:"lateness"` // of scheduled arrivals: standard deviation around the appointment
	Seed            null.Int           `json:"seed"`     // default: from the run's seed and the scenario's name
	Rate            null.Float         `json:"rate"`     // at the start, in arrivals a timeUnit
	TimeUnit        types.NullDuration `json:"timeUnit"`
	Stages          []Stage            `json:"stages"`
	Duration        types.NullDuration `json:"duration"` // instead of stages: a constant rate
	Replay          null.String        `json:"replay"`   // file of recorded arrivals, instead of a rate
	Times           []float64          `json:"times"`    // recorded arrivals in seconds, instead of a rate
	PreAllocatedVUs null.Int           `json:"preAllocatedVUs"`
	MaxVUs          null.Int           `json:"maxVUs"`
	MaxQueue        null.Int           `json:"maxQueue"` // arrivals that may wait for a virtual user

	host  Host
	times []time.Duration
}

var _ lib.ExecutorConfig = &Config{}

// Register makes the executor known to k6, bound to the process it runs in. It is
// called once a process.
func Register(host Host) {
	lib.RegisterExecutorConfigType(Type, func(name string, raw []byte) (lib.ExecutorConfig, error) {
		return Parse(name, raw, host)
	})
}

// Parse reads the options of one scenario. host may be nil when it will not be run.
func Parse(name string, raw []byte, host Host) (*Config, error) {
	c := &Config{
		BaseConfig: executor.NewBaseConfig(name, Type), host: host,
		TimeUnit: types.NewNullDuration(time.Second, false),
	}
	if err := lib.StrictJSONUnmarshal(raw, c); err != nil {
		return nil, err
	}
	if !c.MaxVUs.Valid {
		c.MaxVUs = null.IntFrom(max(defaultVUs, c.PreAllocatedVUs.Int64))
	}
	if !c.PreAllocatedVUs.Valid {
		c.PreAllocatedVUs = null.IntFrom(c.MaxVUs.Int64)
	}
	if !c.MaxQueue.Valid {
		c.MaxQueue = null.IntFrom(defaultQueue)
	}
	if err := c.readReplay(); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", name, err)
	}
	return c, nil
}

func (c *Config) readReplay() error {
	for _, seconds := range c.Times {
		c.times = append(c.times, time.Duration(seconds*float64(time.Second)))
	}
	if c.Replay.String == "" {
		return nil
	}
	file, err := os.Open(c.Replay.String)
	if err != nil {
		return fmt.Errorf("replay arrivals: %w", err)
	}
	defer file.Close()
	if c.times, err = arrivals.ParseReplay(file); err != nil {
		return fmt.Errorf("replay arrivals of %s: %w", c.Replay.String, err)
	}
	return nil
}

// Schedule is the arrivals that the options describe; seed is used when they name
// none.
func (c *Config) Schedule(seed uint64) arrivals.Schedule {
	if c.times != nil {
		return arrivals.Schedule{Kind: arrivals.Replay, Times: c.times}
	}
	if c.Seed.Valid {
		seed = uint64(c.Seed.Int64) // any bits will do
	}
	unit := c.TimeUnit.TimeDuration().Seconds()
	s := arrivals.Schedule{Kind: c.Arrivals.String, Seed: seed, Lateness: c.Lateness.TimeDuration(),
		Profile: arrivals.Profile{Start: c.Rate.Float64 / unit}}
	if s.Kind == "" {
		s.Kind = arrivals.Poisson
	}
	for _, stage := range c.Stages {
		s.Profile.Stages = append(s.Profile.Stages,
			arrivals.Stage{Duration: stage.Duration.TimeDuration(), Target: stage.Target.Float64 / unit})
	}
	if len(c.Stages) == 0 {
		s.Profile.Stages = []arrivals.Stage{{Duration: c.Duration.TimeDuration(), Target: s.Profile.Start}}
	}
	return s
}

// Validate returns all that is wrong with the options.
func (c *Config) Validate() []error {
	problems := c.BaseConfig.Validate()
	if c.TimeUnit.TimeDuration() <= 0 {
		return append(problems, errors.New("the timeUnit must be more than 0"))
	}
	recorded := c.Replay.Valid || c.Times != nil
	if recorded && (c.Rate.Valid || c.Stages != nil || c.Duration.Valid || c.Arrivals.Valid || c.Lateness.Valid) {
		problems = append(problems, errors.New("recorded arrivals leave no room for rate, stages, duration, arrivals or lateness"))
	}
	if !recorded && !c.Rate.Valid && len(c.Stages) == 0 {
		problems = append(problems, errors.New("the rate isn't specified"))
	}
	if len(c.Stages) > 0 && c.Duration.Valid {
		problems = append(problems, errors.New("stages have durations of their own: leave out duration"))
	}
	if c.Lateness.Valid && c.Arrivals.String != arrivals.Scheduled {
		problems = append(problems, fmt.Errorf("lateness is of arrivals %q alone", arrivals.Scheduled))
	}
	problems = append(problems, c.Schedule(0).Validate()...)
	if c.PreAllocatedVUs.Int64 < 1 || c.MaxVUs.Int64 < c.PreAllocatedVUs.Int64 {
		problems = append(problems, errors.New("want 1 <= preAllocatedVUs <= maxVUs"))
	}
	if c.MaxQueue.Int64 < 0 {
		problems = append(problems, errors.New("the maxQueue can't be negative"))
	}
	return problems
}

// vus is the virtual users of one execution segment: at least one, so that no
// segment is left without work because of rounding.
func (c *Config) vus(et *lib.ExecutionTuple) (planned, most int64) {
	return max(1, et.ScaleInt64(c.PreAllocatedVUs.Int64)), max(1, et.ScaleInt64(c.MaxVUs.Int64))
}

// queue is how many arrivals of one execution segment may wait: its part of the whole, at
// least one where any may wait.
func (c *Config) queue(et *lib.ExecutionTuple) int {
	if c.MaxQueue.Int64 == 0 {
		return 0
	}
	return int(max(1, et.ScaleInt64(c.MaxQueue.Int64)))
}

// GetExecutionRequirements is the virtual users that k6 must have ready.
func (c *Config) GetExecutionRequirements(et *lib.ExecutionTuple) []lib.ExecutionStep {
	planned, most := c.vus(et)
	most = max(most, planned)
	end := c.Schedule(0).Duration() + c.GetGracefulStop()
	return []lib.ExecutionStep{
		{PlannedVUs: uint64(planned), MaxUnplannedVUs: uint64(most - planned)}, // not negative
		{TimeOffset: end},
	}
}

// GetDescription is the line that k6 prints before the run.
func (c *Config) GetDescription(et *lib.ExecutionTuple) string {
	s := c.Schedule(0)
	planned, most := c.vus(et)
	if s.Kind == arrivals.Replay {
		return fmt.Sprintf("%d recorded arrivals over %s (VUs: %d-%d)", len(s.Times), s.Duration(), planned, most)
	}
	peak := s.Profile.Start
	for _, stage := range s.Profile.Stages {
		peak = math.Max(peak, stage.Target)
	}
	return fmt.Sprintf("%s arrivals, at most %.2f/s over %s (VUs: %d-%d)", s.Kind, peak, s.Duration(), planned, most)
}

// NewExecutor makes the executor.
func (c *Config) NewExecutor(es *lib.ExecutionState, logger *logrus.Entry) (lib.Executor, error) {
	return &openArrival{BaseExecutor: executor.NewBaseExecutor(c, es, logger), config: c, state: es, wait: waitPrecisely}, nil
}

// HasWork is true for every segment: each has its stripe of the arrivals.
func (c *Config) HasWork(*lib.ExecutionTuple) bool { return true }
