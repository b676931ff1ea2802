# The project's commands. Everything runs in .venv, made from Python, make and the package index alone.
PYTHON ?= python3
BIN := .venv/bin
WORKBOOK := .venv/workbook-installed
TOOLS := .venv/tools-installed
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup review test check lab bench clean

help:  ## List every target
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(TOOLS)  ## Make .venv with exact versions (the other targets do so by themselves)

$(WORKBOOK): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x …")'
	$(PYTHON) -m venv .venv
	$(INSTALL) .
	@touch $@

$(TOOLS): $(WORKBOOK)
	$(INSTALL) '.[dev,cluster]'
	@touch $@

review: $(WORKBOOK)  ## Publish the review: of the demo organisation, or of SOURCE=name FILES="…"
	$(BIN)/cxops review $(SOURCE) $(FILES)

test: $(TOOLS)  ## Run every test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

check: $(TOOLS)  ## Format, lint, types, notebook rule, import rule, params
	$(BIN)/ruff format --check lib tests
	$(BIN)/ruff check lib tests
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/unit/test_architecture.py tests/pages/test_notebooks.py -k "not nbval"
	$(BIN)/cxops check

lab: $(WORKBOOK)  ## Open the notebooks in JupyterLab, on this machine only
	$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

bench: $(TOOLS)  ## Measure speed and memory against named rivals
	@for script in tests/bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:  ## Remove what can be made again; .venv and data stay
	rm -rf build site/_site .pytest_cache .ruff_cache .mypy_cache .hypothesis
