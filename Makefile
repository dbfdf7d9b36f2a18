# SMSOps: `make run` to look around, `make test` to work on it. `make help` lists the rest.

PORT ?= 8000
SANDBOX_PORT ?= 8090
SMSOPS_VAR ?= var
VENV := .venv
PYTHON := $(VENV)/bin/python
# The demo keeps to itself, whatever database and broker the environment or .env name.
DEMO := DEBUG=1 HTTPS_ONLY=0 PUBLIC_URL=http://127.0.0.1:$(PORT) SMSOPS_VAR=$(abspath $(SMSOPS_VAR)) \
	DATABASE_URL=sqlite:///$(abspath $(SMSOPS_VAR))/smsops.sqlite3 CELERY_BROKER_URL=filesystem:// \
	TRUSTED_PROXIES= PYTHONUNBUFFERED=1
# As in production, without connecting anywhere.
PRODUCTION := DEBUG=0 SECRET_KEY=checks-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH SALT_KEY=another-key \
	PUBLIC_URL=https://sms.example.com ALLOWED_HOSTS=sms.example.com \
	DATABASE_URL=postgres://smsops@127.0.0.1/smsops CELERY_BROKER_URL=redis://127.0.0.1:6379/0

.DEFAULT_GOAL := help
.PHONY: help run test check format messages bench lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: $(VENV)/.run ## everything on this machine with demo data (PORT=8000 SANDBOX_PORT=8090)
	@exec env $(DEMO) $(PYTHON) manage.py serve_demo --port $(PORT) --sandbox-port $(SANDBOX_PORT)

test: $(VENV)/.dev ## the whole suite on DATABASE_URL (default SQLite); ARGS= for pytest
	$(VENV)/bin/pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/.dev ## style, types, layers, migrations, deployment
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	env DEBUG=1 DATABASE_URL=sqlite://:memory: $(PYTHON) manage.py makemigrations --check --dry-run
	env $(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

format: $(VENV)/.dev ## mend style where a tool can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

messages: $(VENV)/.dev ## gather new strings into the Indonesian catalogue and compile it (needs gettext)
	env DEBUG=1 $(PYTHON) manage.py makemessages --locale id --no-wrap --no-location --no-obsolete \
	  --ignore .venv --ignore tests --ignore staticfiles --ignore $(SMSOPS_VAR)
	env DEBUG=1 $(PYTHON) manage.py compilemessages --locale id --ignore .venv

bench: $(VENV)/.dev ## the speed of the hot paths on PostgreSQL (DATABASE_URL), as a table and as JSON
	$(PYTHON) -m tests.bench $(ARGS)

lock: ## resolve the locked requirements anew (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --group dev -c requirements.lock $(LOCK) -o tests/requirements.lock

LOCK := -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--no-emit-find-links

clean: ## remove what the targets made, but not var/
	rm -rf $(VENV) staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Stamps: installed once, and again when a lock changes. The development lock holds all of the other one.
$(VENV)/.run: requirements.lock | $(VENV)/bin/pip
	@echo "Installing requirements.lock into $(VENV) …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: tests/requirements.lock requirements.lock | $(VENV)/bin/pip
	@echo "Installing tests/requirements.lock into $(VENV) …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@ $(VENV)/.run

$(VENV)/bin/pip:
	@for python in python3.13 python3.12 python3.11 python3; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	test -n "$$found" || { echo "SMSOps needs Python 3.11 or newer; found: $$(python3 --version 2>&1)." >&2; exit 1; }; \
	$$found -m venv $(VENV) || { echo "Python has no venv module here; on Debian: apt-get install python3-venv" >&2; \
	  rm -rf $(VENV); exit 1; }
