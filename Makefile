# Everything a person or a build server types. Needs make and python3 (3.11 or newer), nothing else.
#
#   make run      the studio on http://127.0.0.1:8501
#   make check    format, lint, types and the tests that need no other program (no browser, PostgreSQL, worker or
#                 sandbox) and not long: the quick loop, about two minutes on two processors; JOBS=5 is quicker where
#                 there are four
#   make test     format, lint, types, all tests, as the build server runs them; ends with pytest's summary
#   make test-classic   the engine's tests on AG2 Classic, the maintained continuation of pyautogen, in a venv of its own
#   make lint     format, lint and types alone          make format   mend format and imports
#   make wheel    the package, in dist/                 make requirements   its files, made from pyproject.toml
#   make audit    known weaknesses of what is installed, and what is outdated: docs/audit.md
#   make bench    what is measured                      make clean    remove what make made (not your chats)
#
# HOST and PORT move the studio, PYTHON picks another interpreter, TESTS narrows the tests, JOBS is how many files of
# them run at a time (one more than there are processors: some wait):
#   make run PORT=9000        make test TESTS=tests/chats JOBS=1

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
TESTS ?= tests
JOBS ?= 3

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CODE := $(wildcard app.py agents pages bench docs package tests)

# A stamp's name holds a sum of what it stands for, so a changed requirement is installed and nothing else is.
sum = $(shell cat $(1) 2>/dev/null | cksum | cut -d' ' -f1)
INSTALLED := $(VENV)/.installed-$(call sum,requirements.txt)
EMBEDDED := $(VENV)/.embedded-$(call sum,requirements-embedded.txt)
INSTALLED_DEV := $(VENV)/.dev-$(call sum,requirements.txt pyproject.toml)
CLASSIC := .venv-classic
INSTALLED_CLASSIC := $(CLASSIC)/.installed-$(call sum,requirements.txt pyproject.toml)
AUDIT := .venv-audit
INSTALLED_AUDIT := $(AUDIT)/.installed-$(call sum,pyproject.toml)
ACCEPTED := $(shell sed -n 's/^| `\([A-Z0-9-]*\)` .*/--ignore-vuln \1/p' docs/audit.md)

# Python keeps what it compiled: the tests start many processes, and each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run check test test-classic lint format requirements wheel audit bench install system clean
.DEFAULT_GOAL := run

run: install
	@exec $(BIN)/python -m agents serve --host $(HOST) --port $(PORT)

check: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not browser and not processes and not long" $(TESTS)

# All tests are all tests on both engines, but for long ones; a part of them runs on the first.
test: lint system $(if $(filter tests,$(TESTS)),test-classic)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(TESTS)

test-classic: $(INSTALLED_CLASSIC)
	$(CLASSIC)/bin/python -m pytest -n $(JOBS) -m "not long" tests/engine

lint: $(INSTALLED_DEV)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)

format: $(INSTALLED_DEV)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

requirements: $(INSTALLED)
	$(BIN)/python package/requirements.py

wheel: $(INSTALLED_DEV)
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

# Strict: a package that the service knows nothing of is a failure, never a silent "no known weakness".
audit: $(INSTALLED_DEV) install $(INSTALLED_AUDIT)
	@$(BIN)/python -m pip freeze > $(AUDIT)/audited.txt
	@echo "Outdated, and why where it stays so: docs/audit.md"
	@$(BIN)/python -m pip --disable-pip-version-check list --outdated
	$(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off $(ACCEPTED) -r $(AUDIT)/audited.txt

bench: $(INSTALLED_DEV) install
	$(BIN)/python -m bench.overhead
	$(BIN)/python -m bench.sandbox

# The local model is a convenience: without its server the studio runs and says how to connect a model. The model's own
# file is fetched while the studio runs.
install: $(INSTALLED)
	@test -e $(EMBEDDED) || { \
	  echo "Installing the local model's server (about 15 MB, once)."; \
	  if $(PIP) install --no-deps --retries 1 --timeout 30 -r requirements-embedded.txt; \
	  then rm -f $(VENV)/.embedded-*; touch $(EMBEDDED); \
	  else echo "The local model's server could not be installed; the studio runs without it. Connect a model in the app,"; \
	       echo "or run 'make run' again when the package registry can be reached."; \
	  fi; }

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no '$(PYTHON)'. Install Python 3.11 or newer, or name yours: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old; 3.11 or newer is needed. Name one: make run PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV)."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module is not complete. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }

$(INSTALLED): | $(VENV)/bin/python
	@echo "Installing the studio's packages (a minute or two, once)."
	@$(PIP) install -r requirements.txt
	@rm -f $(VENV)/.installed-* && touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@echo "Installing what the tests need."
	@$(PIP) install $$($(BIN)/python package/requirements.py dev)
	@rm -f $(VENV)/.dev-* && touch $@

# The same packages, but for the group chat: the two have one import name, so they never share an environment.
$(INSTALLED_CLASSIC): $(INSTALLED)
	@echo "Installing AG2 Classic (a minute, once)."
	@$(PYTHON) -m venv $(CLASSIC)
	@grep -v '^pyautogen==' requirements.txt | $(CLASSIC)/bin/python -m pip --disable-pip-version-check -qq install \
	  -r /dev/stdin $$($(BIN)/python package/requirements.py classic)
	@rm -f $(CLASSIC)/.installed-* && touch $@

$(INSTALLED_AUDIT): $(INSTALLED)
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip --disable-pip-version-check -qq install $$($(BIN)/python package/requirements.py audit)
	@rm -f $(AUDIT)/.installed-* && touch $@

# What the tests drive and pip cannot bring: a browser, the sandbox, PostgreSQL's own programs, npx for an MCP server.
system: install
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v npx >/dev/null || missing="$$missing npm"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing what the tests drive:$$missing."; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
	  echo "The tests need these Debian packages, or their like:$$missing"; \
	  echo "Install them (sudo apt-get install -y$$missing), then run 'make test' again."; exit 1; \
	fi

clean:
	rm -rf $(VENV) $(CLASSIC) $(AUDIT) dist .pytest_cache .mypy_cache .ruff_cache
