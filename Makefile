# Everything one does with this project, from a bare machine: `make run` and `make test` need nothing else.
# Each target first prepares what it needs (bin/setup); when nothing is missing that takes a moment.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:

# The same text encoding and sort order everywhere, whatever the machine is set to.
export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
UV ?= .venv/bin/uv
JOBS ?= 2
ARGS ?=
SERVE ?= yes
ADDRESS ?= 127.0.0.1:8000
SITE ?=
REAL_FOLDER ?= var/real
PYTEST := $(PYTHON) -m pytest
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

##@ Using it

.PHONY: run
run: ready-$(if $(filter real,$(SITE)),site,run) ## Install what is missing, load the demo, serve (SERVE= to stop there); SITE=real: on real servers
ifeq ($(SITE),)
	@$(PYTHON) -m flask demo
	@if [ -n "$(SERVE)" ]; then exec $(PYTHON) -m flask servir --demo --adresse "$(ADDRESS)"; fi
else ifeq ($(SITE),real)
	@PYTHONPATH=.:fixtures exec $(PYTHON) -m servers.whole_site --dossier "$(REAL_FOLDER)" \
		--adresse "$(ADDRESS)" $(if $(SERVE),,--sans-servir)
else
	$(error SITE is « real », or nothing)
endif

##@ Testing it

.PHONY: test
test: ready-test ## The whole suite, with its own PostgreSQL, S3 and Redis; ARGS="-k word" narrows it
	@umask 022; $(PYTEST) -n $(JOBS) --dist loadgroup -m "not bench" $(ARGS)

.PHONY: check
check: ready-check ## Format, lint, types, import contracts, unit and architecture tests: under a minute
	@$(MAKE) --jobs=$(JOBS) --output-sync=target --keep-going layout lint contracts types unit

.PHONY: unit
unit: ready-check ## The quick tests that need neither a server nor Tesseract
	@$(PYTEST) -q -n $(JOBS) -p no:schemathesis --ignore tests/bench -m "not real and not slow" $(ARGS)

.PHONY: bench
bench: ready-bench ## Time and memory, beside another program's in the same run; figures, no verdict
	@$(PYTEST) -s -m bench --timeout 3600 $(ARGS)

.PHONY: layout
layout: ready-check ## Is everything formatted?
	@$(PYTHON) -m ruff format --quiet --check . || { echo "Run « make format »."; exit 1; }

.PHONY: lint
lint: ready-check ## Ruff's opinion
	@$(PYTHON) -m ruff check --quiet .

.PHONY: types
types: ready-check ## Strict types
	@$(PYTHON) -m mypy

.PHONY: contracts
contracts: ready-check ## Who may import whom
	@.venv/bin/lint-imports --no-logo

##@ Changing it

.PHONY: format
format: ready-check ## Format the code and mend what can be mended alone
	@$(PYTHON) -m ruff check --quiet --fix-only . ; $(PYTHON) -m ruff format .

.PHONY: fixtures
fixtures: ready-check ## Draw the committed samples again, the same to the byte
	@PYTHONPATH=.:fixtures $(PYTHON) -m generator $(ARGS)

.PHONY: model
model: ready-check ## Make classifier/modele.npz again from the generator's documents and texts; ARGS=corrections.jsonl adds yours
	@mkdir -p build; PYTHONPATH=.:fixtures $(PYTHON) -m generator apprentissage --vers build/apprentissage.jsonl
	@$(PYTHON) -m flask classifier train build/apprentissage.jsonl $(ARGS)

.PHONY: lock
lock: ready-check ## Pin what requirements*.in ask for, with hashes; ARGS=--upgrade for newer versions
	@$(COMPILE) $(ARGS) --output-file requirements.txt requirements.in
	@$(COMPILE) $(ARGS) --output-file requirements-dev.txt requirements-dev.in
	@$(COMPILE) $(ARGS) --output-file requirements-bench.txt requirements-bench.in

.PHONY: clean
clean: ## Remove what can be made again; the data in var/ stays
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: ready-run ready-site ready-check ready-test ready-bench
ready-run ready-site ready-check ready-test ready-bench: ready-%:
	@sh bin/setup $*
