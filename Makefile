# make help lists the targets.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
BIN         := bin/harness
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
# All that is compiled or embedded.
GO_SOURCES  := $(shell git ls-files '*.go' '*.js' '*.json' '*.yaml' '*.css' '*.html' '*.py' '*.xml' '*.csv' '*.sql' '*.conf' '*.sh' '*.tmpl' go.mod go.sum 2>/dev/null)

# For all builds, so that they share the build cache. Without debugger data compiling needs
# a sixth less time; stack traces and profiles do not need it.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath -gcflags=all=-dwarf=false)

.DEFAULT_GOAL := help
.PHONY: help build demo demo-odoo traefik e2e-traefik test test-slow test-k6-examples mutants kubernetes test-kubernetes test-prometheus test-s3 test-survival e2e-kubernetes nodelab cluster-up cluster-down test-weaknesses track-record fuzz fuzz-build e2e-odoo e2e-odoo14 volume bench bench-generators bench-duckdb test-kills lint language cover release clean install-services install-node-tools install-odoo-tools

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

build: $(BIN) ## build bin/harness

$(BIN): $(GO_SOURCES)
	go build -o $@ ./cmd/harness

demo: install-services build ## a first report within minutes, on the embedded target
	$(BIN) run --report-only examples/first-look.yaml

demo-odoo: install-odoo-tools build $(if $(filter traefik,$(INGRESS)),bin/traefik) ## the same on a real Odoo 19 with PostgreSQL, Redis and nginx (INGRESS=traefik: Traefik)
	$(BIN) lab build $(if $(INGRESS),--ingress $(INGRESS))
	$(BIN) run --report-only $(if $(INGRESS),--ingress $(INGRESS)) examples/peak-season.yaml

traefik: bin/traefik ## build Traefik for labs with ingress: traefik, ten minutes of one core

# One compiler at a time, at low priority: it is long, and nobody waits for it.
TRAEFIK := $(shell sed -n 's|^require github.com/traefik/traefik/v3 v||p' lab/odoostack/traefik/go.mod)
bin/traefik: lab/odoostack/traefik/go.mod lab/odoostack/traefik/go.sum
	cd lab/odoostack/traefik && CGO_ENABLED=0 nice -n 19 go build -p 1 -o $(CURDIR)/$@ \
		-ldflags '-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=$(TRAEFIK)' github.com/traefik/traefik/v3/cmd/traefik
	touch $@

e2e-traefik: install-odoo-tools bin/traefik ## Traefik as the ingress of the real Odoo lab: routes, faults, series of tenants
	PATH=$(CURDIR)/bin:$$PATH go test -vet=off -run Traefik -v ./lab/odoostack
	PATH=$(CURDIR)/bin:$$PATH go test -tags odoo -timeout 20m -run 'TestTraefik$$' -v ./e2e/odoo

# Everything is compiled before any test runs, so that few tests share the CPU with a
# compiler. Programs are left out: they would be linked, too. Three packages at a time keep
# two cores busy. Packages whose tests mostly wait come first, so that others compute during
# the wait. Raced processes would wait a second at their end. make lint vets.
#
# Packages that mostly compute are tested without the race detector, which makes them ten
# times slower. What the analyzer does in parallel is raced where it judges recorded runs,
# and in every raced harness of e2e.
WAITING   := ./e2e/embedded ./e2e/secrets ./e2e/kills ./scenarios ./chaos/local ./lab/embedded
COMPUTING := /(analyzer|internal/cli|internal/language|internal/testing/simulate|lab/podstack)(/|$$)
test: install-services ## all tests without a large install, race detector on
	@.ci/install nginx
	go build -race $$(go list -f '{{if ne .Name "main"}}{{.ImportPath}}{{end}}' ./...)
	GORACE="atexit_sleep_ms=10 $${GORACE:-}" go test -race -vet=off -shuffle=on -parallel 4 -p 3 -timeout 25m $(WAITING) $$(go list ./... | grep -vE '$(COMPUTING)')
	go test -race -vet=off -run TestRecorded ./analyzer
	go test -vet=off -shuffle=on -timeout 25m $$(go list ./... | grep -E '$(COMPUTING)')

e2e-odoo: install-odoo-tools build ## tests against the real Odoo lab
	go test -tags odoo -timeout 30m -p 1 ./lab/odoostack/...
	go test -tags odoo -timeout 30m -run "EveryOperationOnOdoo|EveryScriptOnOdoo|RegionOnOdoo" ./e2e/odoo

e2e-odoo14: install-odoo-tools build ## the same client and audit on a real Odoo 14, ten minutes (docs/lab.md has the last run)
	$(BIN) lab build --odoo 14
	go test -tags odoo -timeout 30m -p 1 -v -run Fourteen ./e2e/odoo ./lab/odoostack

volume: install-odoo-tools build ## a cut-off on a real Odoo without data and with a year of data, half an hour at most
	$(BIN) lab build --volume year
	$(BIN) run --report-only examples/year-of-data.yaml

test-survival: install-odoo-tools build bin/versitygw ## failover, backup, restarts and lost jobs on a real Odoo, half an hour
	HARNESS_VERSITYGW=$(CURDIR)/bin/versitygw go test -tags odoo -timeout 60m -p 1 -run 'Lost|Failover|Stale|Blocked|Backup|Restarts|BadRelease' -v ./e2e/odoo

track-record: install-odoo-tools build ## published faults of Odoo, reproduced on a real one (docs/track-record.md); TRACK_RUNS=10 for rates
	HARNESS_TRACK_RUNS=$${TRACK_RUNS:-1} go test -tags odoo -timeout 180m -run 'TestTrackRecord$$' -v ./e2e/odoo

test-weaknesses: install-services ## each planted weakness is found by its finding (docs/weaknesses.md)
	go test -tags weaknesses -timeout 15m -run TestWeaknessesAreFound -v ./e2e/embedded

test-s3: install-services bin/versitygw ## runs and folders in a real store that speaks S3
	HARNESS_VERSITYGW=$(CURDIR)/bin/versitygw go test -v ./results/bucket
	HARNESS_VERSITYGW=$(CURDIR)/bin/versitygw go test -v -run ObjectStorage ./e2e/embedded

bin/versitygw:
	GOBIN=$(CURDIR)/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0

test-prometheus: install-services ## a real Prometheus that alerts on a fault, and a real nginx's metrics
	@.ci/install prometheus prometheus-postgres-exporter prometheus-nginx-exporter nginx
	go test -timeout 10m -run Prometheus -v ./e2e/embedded ./telemetry

# HARNESS_K6_OPERATOR_CRD=FILE, the CustomResourceDefinition of k6-operator's TestRun: also against it.
test-kubernetes: install-services ## Chaos Mesh's controllers on a real API server; no root, no containers
	$(MAKE) -C testenv/programs
	HARNESS_TESTENV=$(CURDIR)/testenv/bin go test -tags kubernetes -vet=off -timeout 20m ./chaos/mesh/... ./testenv/... ./e2e/kubernetes/driver
	HARNESS_TESTENV=$(CURDIR)/testenv/bin go test -tags kubernetes -vet=off -timeout 20m -run Kubernetes ./e2e/kubernetes ./lab/podstack

nodelab: install-node-tools
	$(MAKE) -C testenv/programs node
	go build -tags kubernetes -o testenv/bin/nodelab ./testenv/nodelab

e2e-kubernetes: install-services build nodelab ## faults on real containers by Chaos Mesh's real daemon, on a temporary cluster (root)
	HARNESS_NODELAB=$(CURDIR)/testenv/bin/nodelab go test -tags kubernetes -vet=off -timeout 20m -p 2 -v -run TestNode ./e2e/kubernetes ./e2e/kubernetes/driver
	HARNESS_NODELAB=$(CURDIR)/testenv/bin/nodelab go test -tags kubernetes -vet=off -timeout 20m -v -run TestNode ./testenv/nodelab # alone: looks at the machine

# The compilers run with low priority: the random walks that run at the same time use a
# third of the machine, and the last compilers may overlap with parity, which measures.
kubernetes: install-services install-node-tools ## test-kubernetes and e2e-kubernetes; the second builds during the first (root)
	$(MAKE) -C testenv/programs
	@mkdir -p bin
	nice $(MAKE) build nodelab >bin/nodelab-build.log 2>&1 & built=$$!; \
	tested=0; $(MAKE) test-kubernetes || tested=$$?; \
	wait $$built || { cat bin/nodelab-build.log; exit 1; }; exit $$tested
	$(MAKE) e2e-kubernetes

cluster-up: nodelab ## a Kubernetes of one node with containers and Chaos Mesh; prints the kubeconfig (root)
	testenv/bin/nodelab up --programs testenv/bin

cluster-down: ## remove it, also the remains of a killed one
	testenv/bin/nodelab down

bench: ## benchmarks: generator, recorder, analyzer
	go test -run '^$$' -bench . -benchtime 3s ./results/... ./scenarios/... ./analyzer/... ./telemetry/...

bench-generators: bin/vegeta ## requests a CPU second against plain k6 and Vegeta, lateness, memory; idle machine, six minutes
	HARNESS_VEGETA=$(CURDIR)/bin/vegeta go test -run '^$$' -bench 'RequestsPerCPUSecond|OpenArrivals|VirtualUsers' -benchtime 3x ./scenarios
	go test -run '^$$' -bench Schedule ./scenarios/arrivals

bin/vegeta:
	GOBIN=$(CURDIR)/bin go install github.com/tsenart/vegeta/v12@v12.12.0

bench-duckdb: ## the analyzer against DuckDB on the percentiles of 10 million samples (needs npm)
	npm install --silent --no-save --prefix bin/duckdb @duckdb/node-api@1.5.6-r.1
	HARNESS_DUCKDB=$(CURDIR)/bin/duckdb HARNESS_BENCH_SAMPLES=10000000 go test -run '^$$' -bench 'Analyze|DuckDB' -benchtime 1x ./analyzer

test-slow: ## simulations of the statistics: coverage, false alarms
	go test -tags slow -timeout 20m ./analyzer/... ./internal/testing/simulate ./internal/cli/forecast

test-k6-examples: install-services ## k6's own examples that need no network run as scenarios, two minutes
	go test -tags slow -timeout 20m -run TestK6ExamplesRun -v ./e2e/embedded

test-kills: install-services ## kills of the harness, the guard and the watchdog at random moments (docs/faults.md has the last run)
	HARNESS_KILLS=$${HARNESS_KILLS:-20} HARNESS_KILLS_STAGINGS=$${HARNESS_KILLS_STAGINGS:-3} HARNESS_KILLED_RUNS=$${HARNESS_KILLED_RUNS:-20} go test -timeout 120m -v ./e2e/kills

mutants: ## break one guarantee at a time: a test must notice (TESTED=1 right after make test, WITHIN=8m for some)
	go run ./internal/mutate $(if $(TESTED),-tested) $(if $(WITHIN),-within $(WITHIN))

# The targets over the files that a person writes come first.
FUZZTIME     ?= 10s
FUZZTIME_RUN ?= 60s
fuzz-build: # compiles the fuzzers of the packages that need longest, with the flags of fuzz
	for package in ./experiment ./analyzer; do go test -c -fuzz . -o /dev/null $$package || exit 1; done

fuzz: ## ten seconds of each fuzz target (FUZZTIME=60s for more), a minute of whole runs (FUZZTIME_RUN)
	for target in Experiment Setup Fault Objective ScenarioOptions; do \
		go test -run '^$$' -fuzz "Fuzz$$target\$$" -fuzztime $(FUZZTIME) ./experiment || exit 1; done
	go test -run '^$$' -fuzz FuzzTables -fuzztime $(FUZZTIME) ./results
	go test -run '^$$' -fuzz FuzzOpen -fuzztime $(FUZZTIME) ./results
	go test -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) ./chaos/manifest
	go test -run '^$$' -fuzz FuzzJudge -fuzztime $(FUZZTIME) ./analyzer
	go test -run '^$$' -fuzz FuzzRun -fuzztime $(FUZZTIME_RUN) -fuzzminimizetime 10x ./analyzer

lint: language ## linters, also over the tests behind build tags, and the language check
	go run $(GOLANGCI) run --build-tags kubernetes,odoo,slow,weaknesses ./...

language: ## words and long sentences in documents, help, findings, schemas, errors and comments (internal/language)
	go run ./internal/language docs help findings schemas strings comments

cover: install-services ## test coverage by package
	@mkdir -p bin
	go test -coverprofile=bin/cover.out ./... && go tool cover -func=bin/cover.out | tail -1

release: lint test ## stripped binary for this platform
	go build -ldflags '-s -w' -o bin/harness-$$(go env GOOS)-$$(go env GOARCH) ./cmd/harness

clean: ## remove what was built
	rm -rf bin
	$(MAKE) -C testenv/programs clean

# Server binaries come from the distribution; without apt, print what is missing.
install-services:
	@.ci/install postgresql redis-server

install-node-tools:
	@.ci/install containerd runc containernetworking-plugins iptables ipset iproute2 stress-ng busybox-static gcc libc6-dev

install-odoo-tools: install-services
	@.ci/install mmdebstrap pgbouncer
