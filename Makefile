# Two commands do everything: make run, make test. Needs Python >= 3.11, git and make; the rest is set up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
export UV_LINK_MODE := copy
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-postgresql check audit sbom licences pictures docs clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## own .venv, locked dependencies

$(VENV)/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本，可用 make PYTHON=python3.12 指定。"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "建不了虚拟环境：Debian/Ubuntu 请先安装 python3-venv。"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --locked --inexact --compile-bytecode --quiet
	@touch $@

run: setup ## start everything with a fictional session, until Ctrl-C
	@$(BIN)/banli demo

demo: setup ## the demonstration for machines; the last line is one JSON object
	@$(BIN)/banli demo --exit --json

test: setup ## the whole suite
	@$(BIN)/pytest -n 2 $(ARGS)

test-postgresql: setup ## the whole suite with every office on PostgreSQL, which comes with the suite
	@BANLI_TEST_DATABASE=postgresql $(BIN)/pytest -n 2 $(ARGS)

check: setup ## style and types alone
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

audit: setup ## known weaknesses of the locked dependencies (needs the network)
	@$(BIN)/python docs/audit.py

sbom: setup ## a CycloneDX list of everything locked, sbom.json
	@$(BIN)/uv export --locked --no-dev --quiet --format cyclonedx1.5 --preview-features sbom-export --output-file sbom.json
	@echo sbom.json

licences: setup ## the licence of everything that runs with it
	@$(BIN)/python docs/licences.py

docs: setup ## write the generated pages of docs/ anew
	@$(BIN)/python docs/generate.py

pictures: setup ## take the pictures of docs/ anew (needs chromium)
	@$(BIN)/python docs/pictures.py

clean: ## remove .venv and the demonstration's data
	rm -rf $(VENV) .banli
