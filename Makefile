# Everything a newcomer needs is one of these. `make help` lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help setup planes demo run test unit cluster lint bless bench clean

help:  ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(VENV)/.run  ## The Python environment
planes:  ## nginx and HAProxy (Debian, Ubuntu: apt)
	@deploy/install-planes.sh

demo: planes $(VENV)/.run  ## A gateway that routes, on HAProxy and then on nginx, with its own checks
	@$(BIN)/python examples/demo.py

run: planes $(VENV)/.run  ## The gateway of the demo, left running (Ctrl-C ends it); PLANE=nginx for the other
	@$(BIN)/python examples/demo.py --keep $(or $(PLANE),haproxy)

test: planes $(VENV)/.dev  ## All tests, as CI runs them
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(ARGS)

unit: $(VENV)/.dev  ## The quick tests: no plane is started
	@$(BIN)/python -m pytest -q -m 'not plane' tests/unit tests/golden tests/properties tests/flow $(ARGS)

cluster: $(VENV)/.dev  ## A real Kubernetes control plane for kubectl, left running (Ctrl-C ends it)
	@$(BIN)/python -m tests.support.cluster

lint: $(VENV)/.dev  ## Imports, style and types
	@$(BIN)/lint-imports && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bless: $(VENV)/.dev  ## Rewrite the golden files and the generated references from what the code does now
	@$(BIN)/python -m pytest -q tests/golden tests/docs --bless $(ARGS)

bench: planes $(VENV)/.dev  ## Measure
	@$(BIN)/python bench/build.py && $(BIN)/python bench/scale.py

clean:  ## Remove what was made here
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .cache

$(VENV)/bin/python:
	@deploy/install-python.sh $(PYTHON) $(VENV)

$(VENV)/.run: pyproject.toml $(VENV)/bin/python
	@$(BIN)/python -m pip install -q -e . && touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/bin/python
	@$(BIN)/python -m pip install -q 'pip>=25.1' && $(BIN)/python -m pip install -q -e . --group dev && touch $@ $(VENV)/.run
