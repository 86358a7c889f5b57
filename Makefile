# Every command a person needs. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup dev-setup ops-setup rehearse-setup synth test rehearse rehearse-all status watch approve rollback release history rotate secrets access lint types snapshots accept-frozen generated bench lock clean

PYTHON ?= python3
REHEARSAL = $(if $(FACTOR),--factor $(FACTOR)) $(if $(RATE),--rate $(RATE)) $(if $(REPORT),--report $(REPORT))
BIN := .venv/bin
# The set-up's own Node for the CDK, whatever the machine has.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JSII_NODE := $(CURDIR)/$(BIN)/node

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

synth: setup ## Synthesize everything with every check on, and show what would be deployed where
	@$(BIN)/python -m config
	@node_modules/.bin/cdk synth '**' --quiet $(if $(IMAGES),-c images=$(IMAGES))
	@$(BIN)/python -m assembly.summary

test: dev-setup ## Run every check: lint, types, import rules, all tests, synth with its validation
	@$(BIN)/python tools/check.py

rehearse: rehearse-setup ## Play releases on this machine, without AWS: [SCENARIO=name or file] [FACTOR=] [RATE=] [REPORT=]
	@$(BIN)/python -m rehearsal $(SCENARIO) $(REHEARSAL)

rehearse-all: rehearse-setup ## Play every scenario (12 minutes on 2 cores)
	@$(BIN)/python -m rehearsal --all $(REHEARSAL)

status: setup ## What serves where: ENV=prod [SERVICE=storefront]
	@$(BIN)/python -m ops status $(ENV) $(SERVICE)

watch: setup ## Follow a release while it runs: ENV=prod SERVICE=storefront
	@$(BIN)/python -m ops watch $(ENV) $(SERVICE)

approve: setup ## Let a release that waits for approval go on: ENV=prod SERVICE=storefront
	@$(BIN)/python -m ops approve $(ENV) $(SERVICE)

rollback: setup ## Take a release back: ENV=prod SERVICE=storefront [TO=revision]
	@$(BIN)/python -m ops rollback $(ENV) $(SERVICE) $(if $(TO),--to $(TO))

release: setup ## Release again what the stack asked for: ENV=prod SERVICE=storefront
	@$(BIN)/python -m ops release $(ENV) $(SERVICE)

history: setup ## What was released when: ENV=prod SERVICE=storefront
	@$(BIN)/python -m ops history $(ENV) $(SERVICE)

rotate: setup ## Rotate a service's secrets now: ENV=prod SERVICE=storefront [SECRET=database]
	@$(BIN)/python -m ops rotate $(ENV) $(SERVICE) $(if $(SECRET),--secret $(SECRET))

secrets: setup ## How old secrets are, and whether they rotate: ENV=prod [SERVICE=storefront]
	@$(BIN)/python -m ops secrets status $(ENV) $(SERVICE)

access: setup ## Who may do what where, from the policies that `make synth` wrote: [ENV=prod]
	@$(BIN)/python -m ops access $(ENV)

lint: dev-setup ## Only the linters (ruff)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: dev-setup ## Only the type checker (mypy strict)
	@$(BIN)/mypy

snapshots: dev-setup ## Accept the templates as they are now (then read the diff)
	@$(BIN)/pytest tests/snapshot --snapshot-update -q

accept-frozen: dev-setup ## Accept changed services, listeners, target groups: REASON="why"
	@test -n "$(REASON)" || $(BIN)/python -m tests.freeze
	@node_modules/.bin/cdk synth '**' --quiet
	@$(BIN)/python -m tests.freeze --reason "$(REASON)"

generated: dev-setup ## Write again what is generated: schemas, pictures, the security table
	@$(BIN)/python -m config.schema
	@node_modules/.bin/cdk synth '**' --quiet
	@$(BIN)/python -m assembly.pictures
	@$(BIN)/python -m assembly.acknowledgements
	@$(BIN)/python -m assembly.access_table

bench: dev-setup ## Measure handlers, synth for 1 to 50 services, and a rehearsal (some minutes)
	@$(BIN)/python -m bench.handlers
	@$(BIN)/python -m bench.rotation
	@$(BIN)/python -m bench.synth
	@$(BIN)/python -m bench.rehearsal

setup: ## Set up what synth needs (the other commands do it themselves)
	@$(PYTHON) tools/setup.py app

rehearse-setup:
	@$(PYTHON) tools/setup.py rehearse

dev-setup:
	@$(PYTHON) tools/setup.py dev

ops-setup:
	@$(PYTHON) tools/setup.py ops

lock: ## Compile the lock files again from requirements*.in
	@$(PYTHON) tools/lock.py

clean: ## Remove everything that the commands made
	rm -rf .venv .venv-ops .venv-lock node_modules tests/iam/node_modules build cdk.out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
