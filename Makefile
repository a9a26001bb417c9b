# `make demo` and `make test` set up all they need in .venv, from the locks in requirements/.
# uv is used where it is there, venv and pip where not. A second call starts at once.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
COVERAGE ?=

.PHONY: demo test check format example lint types imports bench lock coverage clean

demo: $(VENV)/.demo
	@$(BIN)/batchtui demo $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python $(COVERAGE) -m pytest -n 2 $(PYTEST_ARGS)

check: lint types imports coverage

# Writes config.example.toml from the config schema.
example: $(VENV)/.dev
	@$(BIN)/python scripts/example_config.py

format: $(VENV)/.dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.dev
	@$(BIN)/mypy

imports: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

coverage: $(VENV)/.dev
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory test COVERAGE="-m coverage run"
	@$(BIN)/python scripts/coverage_gate.py

# Speed, as ratios against a peer in the same run.
bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

lock:
	@sh scripts/lock.sh

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*

$(VENV)/.demo: requirements/demo.txt pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV) demo

$(VENV)/.dev: requirements/dev.txt requirements/sdk-old.txt pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV) dev
