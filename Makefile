# The verbs of Turnout. `make` alone lists them; on a fresh machine `make run` or `make test` comes first.

PYTHON ?= python3
PY := .venv/bin/python
PATHS := services deploy tests
# Time zones come from the pinned tzdata, not from the system.
export PYTHONTZPATH :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:  ## shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: .venv/installed  ## starts the whole mesh and stays until Ctrl-C; REPLICAS=2: as if on two hosts
	@$(if $(REPLICAS),TURNOUT_REPLICAS=$(REPLICAS)) exec $(PY) -m deploy.local run

demo: .venv/demo  ## plays real trips through the mesh; TRIPS=folder SPEED=20 PEOPLE=60
	@exec $(PY) -m deploy.demo $(if $(TRIPS),--trips "$(TRIPS)") $(if $(SPEED),--speed $(SPEED)) $(if $(PEOPLE),--people $(PEOPLE))

test: .venv/installed  ## installs what is missing, then runs all tests
	@$(PY) -m tests

test-fast: .venv/installed  ## runs the tests that need no server
	@$(PY) -m pytest -q -m "not server"

bench: .venv/installed  ## runs the benchmarks; ONLY=booking runs a part
	@$(PY) -m tests.bench $(ONLY)

kills: .venv/installed  ## kills what keeps positions under load, and counts them; TIMES=10
	@$(PY) -m tests.location.kills $(TIMES)

chaos: .venv/installed  ## plays the main job while parts are killed and lines are cut, and looks at the books; MINUTES=3 SEED=7 HOSTS=2
	@exec $(PY) -m deploy.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(HOSTS),--hosts $(HOSTS))

check: gen-check lint types breaking test  ## everything that CI runs

gen: .venv/installed  ## generates gen/ from protos/
	@$(PY) -m deploy.contract gen

gen-check: .venv/installed  ## fails when gen/ is not what protos/ says
	@$(PY) -m deploy.contract check

fmt: .venv/installed  ## formats protos and Python
	@$(PY) -m deploy.contract format && $(PY) -m ruff check -q --fix-only $(PATHS) && $(PY) -m ruff format -q $(PATHS)

lint: .venv/installed  ## buf lint, buf format, ruff, import-linter
	@$(PY) -m deploy.contract lint && $(PY) -m ruff check -q $(PATHS) && $(PY) -m ruff format -q --check $(PATHS) && .venv/bin/lint-imports --no-logo

types: .venv/installed  ## mypy, strict
	@$(PY) -m mypy

breaking: .venv/installed  ## fails when the contract breaks what main promises
	@$(PY) -m deploy.contract breaking

migrate: .venv/installed  ## migrates one service's database: SERVICE=booking
	@$(PY) -m deploy.local migrate $(SERVICE)

stop: .venv/installed  ## stops the mesh that runs in another terminal
	@$(PY) -m deploy.local stop

status: .venv/installed  ## shows every part: state, pid, address, memory, uptime
	@$(PY) -m deploy.local status

restart: .venv/installed  ## starts a service of the running mesh anew while it is called: SERVICE=booking
	@$(PY) -m deploy.local restart $(SERVICE)

rotate: .venv/installed  ## draws another key that stored credentials are sealed with; KEY=signing: one for tokens; KEY=certificates: for all in the mesh
	@$(PY) -m deploy.local rotate $(KEY)

backup: .venv/installed  ## saves everything that the mesh keeps: TO=file
	@$(PY) -m deploy.local.backup save $(TO)

restore: .venv/installed  ## brings it back into an empty place: FROM=file
	@$(PY) -m deploy.local.backup restore $(FROM)

export: .venv/installed  ## writes what is kept of an organization: ORGANIZATION=name TO=file
	@$(PY) -m deploy.local.organizations export $(ORGANIZATION) $(TO)

erase: .venv/installed  ## erases a deleted organization now: ORGANIZATION=name REASON=text
	@$(PY) -m deploy.local.organizations erase $(ORGANIZATION) "$(REASON)"

clean: stop  ## forgets the state of the mesh and everything that was built, but not .venv
	@$(PY) -m deploy.local clean

lock: .venv/installed  ## pins the dependencies of pyproject.toml anew
	@$(PY) -m deploy.lock

.venv/installed: requirements.lock binaries.lock pyproject.toml deploy/install.py
	@$(PYTHON) deploy/install.py && touch $@

.venv/demo: .venv/installed demo.lock
	@$(PY) deploy/install.py demo && touch $@

.PHONY: help run demo test test-fast bench kills chaos check gen gen-check fmt lint types breaking migrate stop status restart rotate backup restore export erase clean lock
