# What this repository can do. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo test test-services services-up services-down test-no-java fuzz fuzz-lookups fuzz-readers fuzz-mutants chaos chaos-serving bench bench-scaling bench-latency bench-state bench-training bench-serving bench-oracle fmt check build lock clean

# The first of these that really starts (a version manager may leave a name without an interpreter behind it).
PYTHON ?= $(shell for v in 3.11 3.12 3.10; do p=$$(command -v python$$v) && $$p -c '' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
WORKERS ?= 2

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: .venv/.installed ## make .venv with the locked packages and this project

.venv/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no python3.10, python3.11 or python3.12 found; name one: make install PYTHON=/path/to/python"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## fetch or make the examples' data, check, compile, run on all three engines, compare
	$(BIN)/python examples/fetch.py
	$(BIN)/python examples/generate.py
	$(BIN)/feat check examples/clickstream examples/flights examples/cards examples/campaign
	@for example in clickstream flights cards campaign; do \
	  set -e -o pipefail; \
	  echo "== $$example"; \
	  $(BIN)/feat compile --project examples/$$example | tail -1; \
	  $(BIN)/feat parity --project examples/$$example; \
	done

test: install ## every test that needs no service
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-services: install ## every test against real servers, each started once on ports of its own
	$(BIN)/python -m pytest tests/services

services-up: install ## start servers and wait until they serve: S="kafka cassandra flink spark" (KAFKA_PORT=9092 …)
	$(BIN)/python -m services up $(S)

services-down: install ## stop them; their data stays in services/.run
	$(BIN)/python -m services down $(S)

test-no-java: ## demo and tests in a fresh clone, on a machine where no Java is found
	tests/no_java.sh

chaos: install ## kill running Flink jobs at 40 random moments, compare bit by bit (resumes from chaos/RESULTS.json)
	$(BIN)/python -m chaos.chaos

chaos-serving: install ## break servers under a job, RUNS=3 of EVENTS=1000000, compare with batch (resumes from chaos/SERVING.json)
	$(BIN)/python -m chaos.serving --runs $(or $(RUNS),3) --events $(or $(EVENTS),1000000)

PAIRS ?= 10000
fuzz: install ## try PAIRS random programs and streams on the kernel that were never tried, and compare with the reference
	$(BIN)/python -m fuzz --pairs $(PAIRS)

fuzz-lookups: install ## the same with streams, lookups and tables (resumes from fuzz/LOOKUPS.json)
	$(BIN)/python -m fuzz --lookups --pairs $(PAIRS)

fuzz-readers: install ## read and compile texts that are no programs for SECONDS=1800 (resumes from fuzz/READERS.json)
	$(BIN)/python -m fuzz.readers --seconds $(or $(SECONDS),1800)

fuzz-mutants: install ## damage the examples MUTANTS=5000 times: a program or an error, and the right name suggested
	$(BIN)/python -m fuzz.mutants --mutants $(or $(MUTANTS),5000)

BENCH := .venv/.bench-installed
$(BENCH): bench/requirements.lock .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

bench: $(BENCH) ## ours against the peers, values checked, bench/RESULTS.md (EVENTS=200000 ONLY=duckdb,polars FRESH=1)
	$(BIN)/python bench/run.py --events $(or $(EVENTS),2000000) --only "$(ONLY)" $(if $(FRESH),--fresh)

bench-scaling: install ## what the cost of an event depends on, bench/SCALING.md (EVENTS=200000 ONLY=window,hot)
	$(BIN)/python bench/scaling.py --events $(or $(EVENTS),2000000) --only "$(ONLY)"

bench-latency: install ## how long an event takes in the order of arrival, bench/LATENCY.md (SECONDS=300)
	$(BIN)/python bench/latency.py --seconds $(or $(SECONDS),300)

bench-state: install ## memory, bytes of state, checkpoints of 1 GB, one key of 20 million events, bench/STATE.md
	$(BIN)/python bench/state.py

bench-training: $(BENCH) ## a training set with three lookups beside as-of joins, bench/TRAINING.md (SPINE=200000 EVENTS=1000000 RUNS=1)
	$(BIN)/python bench/training.py --spine $(or $(SPINE),2000000) --events $(or $(EVENTS),10000000) --runs $(or $(RUNS),3)

bench-serving: install ## a topic through a Flink session cluster to a topic and Cassandra, compared with batch, bench/SERVING.md (EVENTS=100000 SECONDS=20)
	PYTHONPATH=. $(BIN)/python bench/serving.py --events $(or $(EVENTS),1000000) --seconds $(or $(SECONDS),60)

bench-oracle: $(BENCH) ## the flights' departures with their weather against DuckDB's ASOF join, row by row
	$(BIN)/python examples/fetch.py
	$(BIN)/python bench/oracle.py

fmt: install ## format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

check: install ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

build: install ## a wheel in dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

lock: ## resolve pyproject.toml again into requirements.lock (needs uv)
	uv pip compile --universal --python-version 3.10 --extra flink --extra spark --extra kafka --extra cassandra --extra dev --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	grep -o '"\(duckdb\|polars\|msgspec\)==[^"]*"' pyproject.toml | tr -d '"' | \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o bench/requirements.lock

clean: ## remove what builds and runs wrote
	rm -rf build out dist examples/*/build examples/*/out
