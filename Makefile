# `make help` lists what there is. Every target sets up what it needs.

PYTHON ?= python3.13
# Not the default one: macOS's make 3.81 starts plain commands itself, and not from the PATH below.
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# A company's own certificate authority is in the system's store.
export UV_SYSTEM_CERTS := 1
# Of pip's settings in the shell, those that install elsewhere than in the environments below.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PIP_ROOT

ENVIRONMENTS := .venv/ready .venv-engine/usr/lib/localemu .venv-functions/ready
LOCKS := project engine functions debug botocore-oldest benchmarks audit bootstrap
DEPLOYED := $(CURDIR)/src/*,$(CURDIR)/template/*,$(CURDIR)/build_template.py
# Checked for spelling and for the words in docs/retired-words.txt.
PROSE = README.md CHANGELOG.md docs/*.md lint/*.md $(PACKAGES) .github Makefile samconfig.toml
GENERATED := README.md docs/*.md
COG := cog --verbosity=1 -P -I . -p "from template.documents import block"
PACKAGES := build_template.py template src cli console diagram local ops lint benchmarks tests

.DEFAULT_GOAL := help
.PHONY: help setup template docs lint audit format check run dev unit test simulate replay reliability mutants bench lock prices clean
.PHONY: screenshots lint-python lint-templates lint-docs lint-workflows changes compare new-environment preflight deploy

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(ENVIRONMENTS) ## Make the three environments, with Python 3.13 alone

template: setup ## Write template.yaml
	python build_template.py

docs: setup ## Write the diagram and the tables of README.md and docs/
	python build_template.py --diagram
	$(COG) -r $(GENERATED)

lint: lint-python lint-templates lint-docs lint-workflows ## Check style, types, templates, documents and workflows; change nothing

lint-python: setup
	ruff check .
	ruff format --check .
	mypy $(PACKAGES)

lint-docs: setup
	python build_template.py --diagram --check
	$(COG) --check --diff --check-fail-msg "run make docs" $(GENERATED)
	mdlinkcheck
	codespell $(PROSE)

lint-templates: setup
	python build_template.py --check
	cfn-lint template.yaml
	sam validate --lint
	sam validate --lint --config-env prod

lint-workflows: setup
	actionlint
	zizmor --offline --quiet .github

audit: .venv-audit/ready ## Scan templates and locked packages for known weaknesses
	@.venv-audit/bin/checkov --file template.yaml --framework cloudformation --skip-download \
		--compact --quiet
	@for name in project engine functions; do \
		.venv-audit/bin/pip-audit --progress-spinner off --require-hashes --disable-pip $(STRICT) \
			-r requirements/$$name.txt > .venv-audit/$$name.log 2>&1 \
			|| { cat .venv-audit/$$name.log; exit 1; }; \
		echo "requirements/$$name.txt: $$(grep -c 'could not be audited' .venv-audit/$$name.log) of" \
			"$$(grep -c '^[a-z].*==' requirements/$$name.txt) packages unknown to the advisory service," \
			"no known weakness in the others"; done

format: setup ## Format the code
	ruff check --fix .
	ruff format .

# Thousands of random examples for each property, not a hundred.
check mutants reliability: export HYPOTHESIS_PROFILE := thorough
check: lint audit test ## Check what CI checks, with thousands of random examples

run: setup ## Bring the pipeline up, send it events/transactions.json, follow each to its end
	@pipeline run

dev: setup ## Run the pipeline, live with every saved change; DEBUG=STAGE,... waits for a debugger
	@$(if $(DEBUG),$(MAKE) --quiet .venv-debug/ready)
	@pipeline dev $(if $(DEBUG),--debug "$(DEBUG)")

unit: setup ## Run the tests that open no socket, in seconds
	pytest --numprocesses 2 tests/handlers tests/unit tests/template

test: setup .venv-debug/ready .venv-benchmarks/ready .venv-botocore-oldest/ready ## Run every test; check the branch coverage
	@rm -f .coverage .coverage.*
	coverage run -m pytest --numprocesses 3 --no-loadscope-reorder
	@coverage combine --quiet
	coverage report --include='$(DEPLOYED)' --fail-under=100
	coverage report --include='$(CURDIR)/*' --omit='$(DEPLOYED)' --fail-under=95
	.venv-botocore-oldest/bin/python -m pytest --confcutdir tests/handlers -p no:cacheprovider \
		tests/handlers

simulate: setup ## Simulate SEEDS=5000 random schedules; EXHAUST=2: all of two deliveries with two faults
	python -m tests.simulation hunt $(or $(SEEDS),5000)
	python -m tests.simulation hunt $(or $(SEEDS),5000) --form botocore
	$(if $(EXHAUST),python -m tests.simulation exhaust $(EXHAUST))

replay: setup ## Inject the faults of TAPE=tests/simulation/tapes/... into the local AWS
	pytest --numprocesses 0 --capture no tests/reliability/test_tapes.py --tape "$(TAPE)"

reliability: setup ## Prove what a 202 promises, under faults; write docs/reliability.md
	pytest tests/simulation tests/reliability tests/security --write-report \
		--ignore tests/reliability/test_reliability_doc.py --ignore tests/security/test_document.py

mutants: setup ## Break the code in a thousand small ways; fail unless a test notices each
	@rm -rf mutants
	mutmut run
	@mutmut results --all true | sed 's/^ *//; s/\.x.*:/:/' | sort | uniq -c
	@results=$$(mutmut results) && for name in $$(sed 's/:.*//' <<< "$$results"); do \
		mutmut show "$$name"; done && [ -z "$$results" ]

bench: setup .venv-benchmarks/ready .venv-botocore-oldest/ready ## Measure handlers, template and `make run` beside others; write docs/performance.md and the tables
	python -m benchmarks run
	python -m benchmarks report
	$(COG) -r $(GENERATED)

screenshots: setup ## Take the pictures of the console in docs/images, with chromium
	python -m tests.console.screenshots

changes: setup ## Show in Markdown what the template of prod changes since BASE=HEAD
	@mkdir -p .local
	@git show "$(or $(BASE),HEAD):template.yaml" > .local/base.yaml
	@pipeline changes .local/base.yaml template.yaml

compare: setup ## Show in Markdown what the functions do otherwise since BASE=HEAD
	@python -m tests.versions "$(or $(BASE),HEAD)"

new-environment: setup ## Add SUFFIX=... to samconfig.toml; LIKE=prod keeps data, DEPLOY=yes deploys
	@pipeline new-environment $(if $(LIKE),--like "$(LIKE)") $(if $(DEPLOY),--deploy) -- "$(SUFFIX)"

preflight: setup ## Check that a deployment of ENVIRONMENT=..., a section of samconfig.toml, would succeed
	@pipeline preflight --config-env "$(or $(ENVIRONMENT),default)"

deploy: setup ## Build and deploy ENVIRONMENT=..., a section of samconfig.toml
	@[ -n "$(ENVIRONMENT)" ] || { echo "Which environment? make deploy ENVIRONMENT=..." >&2; exit 2; }
	sam build --config-env "$(ENVIRONMENT)"
	sam deploy --config-env "$(ENVIRONMENT)" $(if $(CI),--no-confirm-changeset)

prices: setup ## Read the list prices of REGION=... from AWS's offer files, for pipeline cost --region
	@pipeline prices -- "$(REGION)"

lock: setup ## Lock the newest versions that requirements/*.in allow
	@for name in $(LOCKS); do (cd requirements && uv pip compile --quiet --upgrade --universal \
		--generate-hashes --no-emit-index-url --python-version 3.13 \
		$$name.in --output-file $$name.txt) || exit 1; done

clean: ## Stop the local engine and remove everything that was made
	@if [ -x .venv/bin/pipeline ]; then .venv/bin/pipeline down; fi
	rm -rf .venv .venv-* .local .aws-sam .coverage* .hypothesis mutants benchmarks/cdk/node_modules .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements/bootstrap.txt requirements/project.txt lint/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null || { \
		echo "Python 3.13 is missing: $(PYTHON) does not run it. Install Python 3.13," \
		"or name it: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Making the project's environment"
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes \
		-r requirements/bootstrap.txt
	@uv pip sync --quiet --compile-bytecode --require-hashes --python .venv/bin/python requirements/project.txt
	@uv pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python \
		--editable . --editable ./lint
	@touch $@

# The engine finds the project's plug-in by its entry points.
.venv-engine/ready: requirements/engine.txt .venv/ready
	@echo "Making the environment of the engine"
	@uv venv --quiet --clear --python .venv/bin/python .venv-engine
	@uv pip sync --quiet --compile-bytecode --require-hashes --python .venv-engine/bin/python $<
	@uv pip install --quiet --no-deps --build-constraints requirements/project.txt \
		--python .venv-engine/bin/python --editable .
	@touch $@

# The index of all services' API models; without it, each start of an engine would build it.
.venv-engine/usr/lib/localemu: .venv-engine/ready
	@rm -rf $@ && mkdir -p $@
	@FILESYSTEM_ROOT=.venv-engine OVERRIDE_IN_DOCKER=0 .venv-engine/bin/python -m localemu.aws.spec

.venv-%/ready: requirements/%.txt .venv/ready
	@echo "Making the environment of the $*"
	@uv venv --quiet --clear --python .venv/bin/python .venv-$*
	@uv pip sync --quiet --compile-bytecode --require-hashes --python .venv-$*/bin/python $<
	@touch $@
