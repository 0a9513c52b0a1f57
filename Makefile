# The project's commands; `make help` lists them. Each is a thin call of lab/.
# Settings of the lab go on the command line and are remembered: make up SIP_PORT=5070

PYTHON ?= python3
VENV := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help up down status demo scenario load simulate faults soak linphone test lint lock setup \
	setup-test recordings

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: setup ## Asterisk, Redis and the service, with sample subscribers (BIND= SIP_PORT= HTTP_PORT= ...)
	@$(VENV)/python -m lab up

down: setup ## stop all that `up` started; money and subscribers stay
	@$(VENV)/python -m lab down

status: setup ## what runs, and how it is
	@$(VENV)/python -m lab status

demo: setup ## one collect call between two SIP phones, told as a timeline (CASE=decline LISTEN=1)
	@$(VENV)/python -m lab.demo $(CASE) $(if $(LISTEN),--listen)

scenario: setup ## one scenario against the running lab: make scenario NAME=accepts
	@$(VENV)/python -m lab.scenario $(NAME)

load: setup ## full calls at a rate against the running lab, and nothing may be left behind
	@$(VENV)/python -m bench.load

RUNS ?= 200
faults: setup ## calls while parts are killed, stopped, cut off (RUNS= a kind, SEED=, KINDS=words)
	@$(VENV)/python -m faults --runs $(RUNS) --kinds "$(KINDS)" $(if $(SEED),--seed $(SEED))

MINUTES ?= 30
soak: setup ## all sorts of calls for a long time: nothing may fail, nothing may grow (MINUTES= SEED=)
	@$(VENV)/python -m faults.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

CALLS ?= 1000000
PROCESSES ?= 2
simulate: setup ## a million simulated calls with every kind of fault (CALLS= SEED= PROCESSES=)
	@$(VENV)/python -m simulation --calls $(CALLS) --processes $(PROCESSES) $(if $(SEED),--seed $(SEED))

linphone: setup-test ## calls between real Linphones; fetches linphonec where there is none
	@$(VENV)/python -m lab.linphone

test: setup-test lint ## lint, then the fast tests, then calls on a real Asterisk
	@$(VENV)/python -m pytest -q -n 2 -m "not call and not slow"
	@$(VENV)/python -m pytest -q -n 2 -m "call or slow" --dist loadfile

lint: setup-test ## style, types, floors
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

recordings: setup ## read every prompt anew, by the free voices of lab/data/voices.toml
	@$(VENV)/python -m lab.recordings

lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	@sh lab/lock.sh

setup:
	@$(PYTHON) -m lab.bootstrap

setup-test:
	@$(PYTHON) -m lab.bootstrap --test
