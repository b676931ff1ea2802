# The project's commands. Everything runs in .venv, which `setup` makes from Python, make and the package index alone.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup review test check lab bench clean

help:  ## List every target
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## Make .venv with exact versions (runs by itself when needed)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: set PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,cluster]'
	@touch $(INSTALLED)

review: setup  ## Publish the review: of the demo organisation, or of SOURCE=name FILES="…"
	$(BIN)/cxops review $(SOURCE) $(FILES)

test: setup  ## Run every test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

check: setup  ## Format, lint, types, notebook rule, import rule
	$(BIN)/ruff format --check lib tests
	$(BIN)/ruff check lib tests
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/unit/test_architecture.py tests/pages/test_notebooks.py -k "not nbval"
	$(BIN)/cxops check

lab: setup  ## Open the notebooks in JupyterLab, on this machine only
	$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

bench: setup  ## Measure speed and memory against named rivals
	@for script in tests/bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:  ## Remove what can be made again; .venv and data stay
	rm -rf build site/_site .pytest_cache .ruff_cache .mypy_cache .hypothesis
