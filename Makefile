# Two commands are all there is to know: `make demo` and `make test`. Both set everything up first.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: help setup demo test check lint types imports pytest bench bench-engine torture fuzz clean

help:
	@echo "make demo     a simulated site and the daemon on it, live"
	@echo "make test     set-up, format, lint, types, layers, tests"
	@echo "make bench    badge-to-strike latency beside the wire's own minimum   [JSON=path]"
	@echo "make bench-engine  decisions beside other engines, loading, reload    [SIZES=small,medium,large ROUNDS=9 JSON=path]"
	@echo "make torture  long kill, power and fault campaigns                    [COUNT=1000]"
	@echo "make fuzz     every property of codecs, rules and configuration with many more examples"

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

bench-engine: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m tests.bench.engine $(if $(SIZES),--sizes $(SIZES)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(JSON),--json $(JSON))

torture: setup
	$(BIN)/python -m tests.torture --count $(or $(COUNT),1000)

fuzz: setup
	DOORWARD_HYPOTHESIS=long $(BIN)/python -m pytest -n 2 tests/rules tests/drivers tests/config tests/gateway/bus/test_envelope.py

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
