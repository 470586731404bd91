# Two commands are all there is to know: `make demo` and `make test`. Both set everything up first.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: help setup demo test check lint types imports pytest bench torture soak fuzz clean

help:
	@echo "make demo     a simulated site and the daemon on it, live"
	@echo "make test     set-up, format, lint, types, layers, tests"
	@echo "make bench    badge-to-strike latency beside the wire's own minimum   [JSON=path]"
	@echo "make torture  long kill, power and fault campaigns                    [COUNT=1000]"
	@echo "make fuzz     hostile bytes against every codec and the configuration [SECONDS=300]"

setup: $(STAMP)

$(STAMP): pyproject.toml .ci/setup
	@VENV="$(VENV)" .ci/setup
	@touch $(STAMP)

demo: setup
	@$(BIN)/doorward demo

test: check pytest

check: lint types imports

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

pytest: setup
	$(BIN)/python -m pytest -n 4 --dist worksteal

bench: setup
	$(BIN)/python -m tests.bench $(if $(JSON),--json $(JSON))

torture: setup
	$(BIN)/python -m tests.torture --count $(or $(COUNT),1000)

fuzz: setup
	DOORWARD_HYPOTHESIS=long $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),300)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
