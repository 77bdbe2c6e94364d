# Fairday: `make help` lists what there is. Everything lands in .venv/, node_modules/ and var/ of this folder.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
# Where `make imports` finds the two published files.
DATA ?= ../shared/data
# More words for pytest: make test ARGS="-k waitlist"
ARGS ?=

.PHONY: help
help: ## Show this list
	@echo "Fairday. Nothing needs to be installed first but Python 3.11 or later and make."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.for-running node_modules/.for-running ## Serve the demonstration council (PORT=8000, DATABASE_URL=own PostgreSQL, VAR_DIR=var)
	@exec $(BIN)/marketplace serve --test-cards

.PHONY: test
test: .venv/.for-developing node_modules/.for-developing ## Run every test, browser tests included (ARGS="-k word")
	@# Whole files go to a worker in the order collected, so that on each one the browser tests come last.
	@exec $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: check
check: .venv/.for-developing ## Check format, lint, types, layers and migrations
	@wrong=0; \
	$(BIN)/ruff format --check . || wrong=1; \
	$(BIN)/ruff check . || wrong=1; \
	$(BIN)/mypy || wrong=1; \
	$(BIN)/lint-imports --no-cache --no-logo || wrong=1; \
	$(BIN)/python tools/check_migrations.py || wrong=1; \
	exit $$wrong

.PHONY: format
format: .venv/.for-developing ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: .venv/.for-developing node_modules/.for-running ## Measure against the floors kept in benchmarks/
	@exec $(BIN)/python -m benchmarks

.PHONY: imports
imports: .venv/.for-running ## Import the two published files, while the server runs (DATA=../shared/data)
	@$(BIN)/marketplace import open-referral "$(DATA)/open-referral-services-bristol.json"
	@$(BIN)/marketplace import openactive "$(DATA)/openactive-feed-page-2020.json" --shift-to "$$(date +%F)"

.PHONY: lock
lock: .venv/.for-developing ## Make the lock files anew from pyproject.toml and package.json
	@tools/lock.sh

.PHONY: clean
clean: ## Remove what was installed and cached (your data in var/ stays)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m marketplace.kernel.embedded_postgres stop "$${VAR_DIR:-var}" || true; fi
	@rm -rf .venv node_modules var/chromium .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- What has to be installed, again only when a lock file changes --------------------------------------------------

.venv/.for-running: requirements.lock pyproject.toml
	@if [ -f .venv/.for-developing ] && [ ! requirements-dev.lock -nt .venv/.for-developing ] \
	  && [ ! pyproject.toml -nt .venv/.for-developing ]; then :; \
	  else tools/install_python_packages.sh requirements.lock; fi
	@touch $@

.venv/.for-developing: requirements-dev.lock pyproject.toml
	@tools/install_python_packages.sh requirements-dev.lock
	@touch $@

node_modules/.for-running: package-lock.json | .venv/.for-running
	@if [ -f node_modules/.for-developing ] && [ ! package-lock.json -nt node_modules/.for-developing ]; then :; \
	  else tools/install_node_packages.sh --omit=dev; fi
	@touch $@

node_modules/.for-developing: package-lock.json | .venv/.for-developing
	@tools/install_node_packages.sh
	@touch $@
