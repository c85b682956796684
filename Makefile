# Enforcement coordination platform. `make help` lists every target; each is safe to repeat.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := .cache/uv/bin/uv
# Language of the demo's report: zh, en.
REPORT := zh
# Tests share work by file; each worker has servers of its own. `make test WORKERS=0` runs them one after the other.
WORKERS := 2
PYTEST  := $(BIN)/pytest -q -n $(WORKERS) --dist loadfile
PROTOS := $(shell find protos/enforcement -name '*.proto')
# Keeps uv on this interpreter and this environment, whatever the caller's shell has active.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

##@ Use

.PHONY: help
help: ## List every target.
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z_-]+:.*##/ {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup jars ## Install, start everything, walk one case through seven authorities, report.
	@$(BIN)/python -m deploy.local.demo --lang $(REPORT)

.PHONY: up
up: setup jars ## Start PostgreSQL, Kafka and seven authorities; they run until `make down`.
	@$(BIN)/python -m deploy.local up

.PHONY: status
status: setup ## Show what runs.
	@$(BIN)/python -m deploy.local status

.PHONY: down
down: setup ## Stop what `make up` started.
	@$(BIN)/python -m deploy.local down

.PHONY: clean
clean: ## Remove data and generated code; what was installed stays.
	@test ! -x $(BIN)/python || $(BIN)/python -m deploy.local down
	@rm -rf .data gen .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

##@ Develop

.PHONY: setup
setup: $(VENV)/.installed gen fonts ## Install Python dependencies from the lock and generate code.

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv .cache/uv
	@echo "→ installing uv into .cache/uv"
	@deploy/alive .cache/uv/bin/python -m pip install --quiet 'uv>=0.9,<1'

$(VENV)/.installed: requirements.lock pyproject.toml | $(UV)
	@test -d $(VENV) || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@mkdir -p gen
	@echo "→ installing Python dependencies into $(VENV)"
	@deploy/alive $(UV) pip sync --quiet --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps --editable .
	@touch $@

# The Chinese font of printed documents (文书): one package, its archive and both weights by their SHA-256.
FONTS        := .cache/fonts
FONT_PACKAGE := @expo-google-fonts/noto-serif-sc@0.4.3

.PHONY: fonts
fonts: $(FONTS)/.installed

$(FONTS)/.installed: deploy/fonts.sha256
	@rm -rf $(FONTS).new && mkdir -p $(FONTS).new
	@echo "→ fetching the font of documents into $(FONTS)"
	@cd $(FONTS).new && $(CURDIR)/deploy/alive npm pack --silent $(FONT_PACKAGE) > /dev/null
	@cd $(FONTS).new && tar -xzf *.tgz --strip-components=2 package/400Regular/NotoSerifSC_400Regular.ttf package/700Bold/NotoSerifSC_700Bold.ttf
	@cd $(FONTS).new && tar -xzf *.tgz --strip-components=1 package/LICENSE_FONT
	@cd $(FONTS).new && sha256sum --check --quiet $(CURDIR)/deploy/fonts.sha256 && rm -- *.tgz
	@rm -rf $(FONTS) && mv $(FONTS).new $(FONTS) && touch $@

.PHONY: jars
jars: .cache/kafka/libs/classes.jsa ## Fetch the Kafka broker by Maven, once, and archive its classes.

.cache/kafka/libs/classes.jsa: deploy/local/kafka/pom.xml | $(VENV)/.installed
	@deploy/alive $(BIN)/python -m deploy.local jars
	@touch $@

.PHONY: lock
lock: | $(UV) ## Resolve the dependencies again; review the change to requirements.lock.
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --group dev pyproject.toml -o requirements.lock

.PHONY: gen
gen: gen/.stamp ## Generate Python code and the descriptor set from protos/.

# Into the folder $(1): messages, stubs, their types; all descriptors, which a node reads, and the same with comments, for
# help texts: they are most of it, and cost a node 11 MB.
define generate
@rm -rf $(1) && mkdir -p $(1)/enforcement
@deploy/alive $(BIN)/python -m grpc_tools.protoc -Iprotos \
  --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
  --python_out=$(1) --mypy_out=quiet:$(1) --grpc_python_out=$(1) --mypy_grpc_out=quiet:$(1) \
  --descriptor_set_out=$(1)/enforcement/contract.binpb --include_imports \
  $(PROTOS:protos/%=%) buf/validate/validate.proto
@$(BIN)/python -m grpc_tools.protoc -Iprotos \
  --descriptor_set_out=$(1)/enforcement/commented.binpb --include_imports --include_source_info $(PROTOS:protos/%=%)
endef

gen/.stamp: $(PROTOS) Makefile $(VENV)/.installed
	@echo "→ generating code from protos/"
	$(call generate,gen/new)
	@rm -rf gen/enforcement gen/buf gen/*.binpb && mv -f gen/new/* gen/ && rmdir gen/new
	@touch $@

.PHONY: fmt
fmt: setup ## Format the code.
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(BIN)/buf format -w --path protos/enforcement

.PHONY: docs
docs: setup ## Make the pages of docs/reference from the code.
	@$(BIN)/python -m deploy.reference

##@ Check

.PHONY: lint
lint: setup ## Style, import rules, no stale reference page.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-logo
	@$(BIN)/python -m deploy.reference --check

.PHONY: type
type: setup ## Types, strict.
	@$(BIN)/mypy

.PHONY: proto-check
proto-check: setup ## Protos: lint, format, nothing that breaks a released reader, the same code twice.
	@$(BIN)/buf lint && $(BIN)/buf format --diff --exit-code --path protos/enforcement
	@$(BIN)/buf breaking --against protos/image.binpb
	$(call generate,.cache/gen-again)
	@diff --recursive --exclude=__pycache__ --exclude=.stamp gen .cache/gen-again && rm -rf .cache/gen-again

.PHONY: test
test: setup jars test-unit test-integration test-scenarios test-faults ## Everything: unit, integration, scenarios, faults.

.PHONY: test-unit
test-unit: setup ## Fast tests without I/O.
	@$(PYTEST) tests/unit tests/contract

.PHONY: test-integration
test-integration: setup jars ## On real PostgreSQL, Kafka and gRPC.
	@$(PYTEST) tests/integration

.PHONY: test-scenarios
test-scenarios: setup jars ## Stories of the domain with their exact dates and counts.
	@$(PYTEST) tests/scenarios

.PHONY: test-faults
test-faults: setup jars ## Kills and cuts.
	@$(PYTEST) --no-loadscope-reorder tests/faults

.PHONY: bench
bench: setup jars ## Measure beside the raw limit of this machine.
	@$(BIN)/python -m tests.bench
