# Every target is one word; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test lint types contracts docs bench new clean

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= 2
# Where the small CPU build of torch is; when it cannot be reached, or `make TORCH_INDEX=`, pip takes what PyPI has.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PATHS := src tests tools benchmarks

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(VENV)/neural.stamp ## learn the Adult census table, digits and poems, make more, judge them: runs/demo/report.html
	$(BIN)/genloop demo -o runs/demo

test: $(VENV)/dev.stamp ## run every test with coverage of at least 90 %
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term $(ARGS)

lint: $(VENV)/dev.stamp ## style, format, types, contracts, caps on files and functions
	$(BIN)/ruff check $(wildcard $(PATHS))
	$(BIN)/ruff format --check $(wildcard $(PATHS))
	@$(MAKE) --no-print-directory types contracts
	$(BIN)/python tools/caps.py src
	$(BIN)/python tools/reference.py --check

types: $(VENV)/dev.stamp ## mypy --strict
	$(BIN)/mypy --strict

contracts: $(VENV)/dev.stamp ## imports point one way
	$(BIN)/lint-imports --no-logo

docs: $(VENV)/dev.stamp ## write the generated pages of docs/reference
	$(BIN)/python tools/reference.py

bench: $(VENV)/dev.stamp ## one measured run of benchmarks/tables: make bench ARGS="--system trees ..."
	$(BIN)/python benchmarks/tables/run.py $(or $(ARGS),--help)

new: $(VENV)/dev.stamp ## start a part: make new KIND=judge NAME=loudness (or KIND=generator)
	$(BIN)/python tools/new.py $(KIND) $(NAME)

clean: ## remove what the targets made, the environment too
	rm -rf $(VENV) dist runs .coverage .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/torch.stamp: $(BIN)/python constraints.txt
	$(PIP) install --quiet --retries 1 --no-deps $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $$(grep '^torch==' constraints.txt)
	@touch $@

$(VENV)/neural.stamp: $(VENV)/torch.stamp pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable '.[neural,text]'
	@touch $@ $(VENV)/base.stamp

$(VENV)/dev.stamp: $(VENV)/torch.stamp pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/base.stamp $(VENV)/neural.stamp
