# Everything a person, pre-commit and CI call. Needs Python 3.11+ with venv; uses uv where it is on PATH.
PYTHON ?= python3
UV := $(shell command -v uv)
BIN := .venv/bin
RUNTIME := .venv/requirements.stamp
DEV := .venv/requirements-dev.stamp
AUDIT := .venv-audit/bin
DIST := dist

.PHONY: demo test check bench soak metrics docs wheel audit sbom screenshots lock clean

demo: $(RUNTIME)
	@$(BIN)/awesome demo

test: check
	scripts/test-servers mariadb
	scripts/test-servers chromium
	$(BIN)/pytest -m 'not soak' -n 2 --dist loadfile --no-loadscope-reorder --durations 20

check: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(DEV)
	scripts/test-servers mariadb
	scripts/test-servers chromium
	$(BIN)/awesome bench etl
	$(BIN)/awesome bench etl --warehouse mariadb
	$(BIN)/awesome bench entry
	$(BIN)/awesome bench query
	$(BIN)/awesome bench query --warehouse mariadb
	$(BIN)/awesome bench web

soak: $(DEV)
	scripts/test-servers mariadb
	scripts/test-servers chromium
	$(BIN)/pytest -m soak --timeout=3600

metrics: $(DEV)
	$(BIN)/python scripts/write_metrics.py

# The site is built by a tool of its own environment: nothing of it belongs into the product's locks.
docs:
	@$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	.venv-docs/bin/pip install --quiet --disable-pip-version-check --group docs
	$(PYTHON) scripts/site_pages.py
	.venv-docs/bin/zensical build --strict
	@echo "open build/site/index.html"

# The version is pyproject's. Installs alone: see docs/upgrade.md.
wheel: $(DEV)
	$(BIN)/hatchling build --target wheel --directory $(DIST)

# An audit that could not look up every library has failed.
audit: .venv-audit/ready.stamp
	@$(AUDIT)/python scripts/audit.py requirements.lock

# What is in the box, in the form of CycloneDX; the hashes stand in the lock.
sbom: .venv-audit/ready.stamp
	@mkdir -p build
	sed -n 's/^\([A-Za-z0-9._-]*==[^ ;]*\).*/\1/p' requirements.lock | $(AUDIT)/python -W ignore -m cyclonedx_py requirements \
		--pyproject pyproject.toml --short-PURLs --output-reproducible --output-file build/sbom.json -
	@echo "build/sbom.json holds the libraries of requirements.lock"

# Tools of an environment of their own: nothing of them belongs into the product's locks.
.venv-audit/ready.stamp: pyproject.toml
	@$(PYTHON) -m venv .venv-audit
	$(AUDIT)/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(AUDIT)/pip install --quiet --disable-pip-version-check --group audit
	@touch $@

screenshots: $(DEV)
	scripts/test-servers chromium
	$(BIN)/python scripts/screenshots --out screenshots

# The runtime lock is a part of the dev lock. `make lock UPGRADE=--upgrade` moves every pin.
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE) pyproject.toml
lock:
	$(if $(UV),,$(error make lock needs uv on PATH))
	$(UV) $(COMPILE) --group dev --extra ai --output-file requirements-dev.lock
	$(UV) $(COMPILE) --group build --constraint requirements-dev.lock --output-file requirements.lock

clean:
	rm -rf .venv .venv-docs .venv-audit .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp per lock: set-up runs again only when the lock changes.
.venv/%.stamp: %.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
ifdef UV
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $<
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	@$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $@
