# Two commands are all a newcomer needs: `make demo` and `make test`. Everything installs itself into .venv.

PYTHON ?= python3
VENV := .venv
NODE_MODULES := ui/frontend/node_modules/.package-lock.json
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: help demo up test chaos lint format frontend bench clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.engine $(VENV)/.models  ## one complete spoken call on this machine, no account needed (ARGS="--listen")
	@$(BIN)/leadline demo $(ARGS)

up: $(VENV)/.ui $(VENV)/.models  ## the full product: web server, after-call worker, Prefect dashboard, builder
	@$(BIN)/leadline up $(ARGS)

test: $(VENV)/.dev $(VENV)/.models $(VENV)/.system $(NODE_MODULES)  ## the whole test suite (ARGS="-k name")
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

chaos: $(VENV)/.dev $(VENV)/.system  ## kill everything while 500 calls are held, and count every effect (ARGS="--seed 7")
	@$(BIN)/python -m tests.support.booking_races 1000 200
	@$(BIN)/python -m tests.chaos --form embedded --calls 60
	@$(BIN)/python -m tests.chaos $(ARGS)

lint: $(VENV)/.dev  ## format, lint, check types and the direction of imports (CHECK=1 changes no file)
	@$(BIN)/ruff format $(if $(CI)$(CHECK),--check) .
	@$(BIN)/ruff check $(if $(CI)$(CHECK),,--fix) .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: lint

frontend: $(NODE_MODULES)  ## build the parts of the builder that run in the browser (needs Node.js 20.19 or newer)
	@cd ui/frontend && npm run --silent check && npm run --silent build

clean:  ## remove the virtual environment and all caches
	@rm -rf $(VENV) ui/frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Leadline needs Python 3.11 or newer; this is %s. Name another one with: make PYTHON=python3.12 demo" % sys.version.split()[0])'
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@$(PIP) install --upgrade pip

$(VENV)/.engine: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing Leadline and what it needs (about a minute, once) ..."
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.ui: $(VENV)/.engine
	@echo "Installing the builder ..."
	@$(PIP) install --constraint constraints.txt --editable '.[ui]'
	@touch $@

$(VENV)/.dev: $(VENV)/.engine
	@echo "Installing the tools for tests and checks ..."
	@$(PIP) install --constraint constraints.txt --editable '.[ui,dev]'
	@touch $@

$(VENV)/.models: $(VENV)/.engine
	@$(BIN)/leadline models install
	@touch $@

# Real counterparts for tests: a PostgreSQL server and a browser. Without root they must be there already; tests that
# need one and do not find it say so and are skipped.
$(VENV)/.system: | $(BIN)/pip
	@sh .ci/system-packages.sh
	@touch $@

# Written by npm itself. Without a fitting Node.js it stays away, and the tests that need it say so and are skipped.
$(NODE_MODULES): ui/frontend/package.json ui/frontend/package-lock.json
	@sh .ci/front-end-tools.sh
