# The commands of this project. `make help` lists them.

# The folder for build tools that this machine lacks. All clones share it.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)
export TOOLS ?= $(CACHE)/todo-list/tools
export PATH := $(TOOLS)/bin:$(TOOLS)/node_modules/.bin:$(PATH)

SERVER := target/release/todo-list
# Written after a release build. Make builds again if a source is newer (folders too, so that a deleted file counts), or
# an output (`make dev` writes to the same places).
BUILT := target/built
BUILT_FROM := $(shell find src frontend style public) Cargo.toml Cargo.lock rust-toolchain.toml Makefile
BUILT_INTO := $(sort $(SERVER) target/site $(shell find target/site 2>/dev/null))
# Panic messages contain source paths, and the module in the browser contains panic messages. They must not name folders
# of this machine.
REMAPPED := --remap-path-prefix=$(HOME)=~ --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=cargo
# The benches have a separate target folder: cargo-leptos builds with other variables, and each would invalidate the
# other's build.
BENCH := CARGO_TARGET_DIR=target/benches cargo bench --locked --package todo-list
DIST := target/dist/todo-list
FLASK := 3.1.3
PLAYWRIGHT := cd end2end && npx --no-install playwright

# QUICK=1 shortens a bench; BEFORE names the results to compare with.
export QUICK BEFORE

say = @printf '\n==> %s\n' "$(1)"

.DEFAULT_GOAL := help
.PHONY: help run dev build dist test test-long lint audit unit faults fixture deploy-test api e2e bench bench-report bench-keep latency page-bench lighthouse page-profile matrix size screenshots tools test-tools clean clean-tools

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build for release and serve at http://127.0.0.1:5001/
	$(call say,Serving; Ctrl-C stops)
	@exec $(SERVER)

dev: tools ## Rebuild and reload the page at every change, with data in target/dev-data
	$(call say,Watching)
	@TODO_LIST_DATA=$${TODO_LIST_DATA:-target/dev-data} cargo leptos watch

build: $(BUILT) ## Build the server and the page for release

$(BUILT): $(BUILT_FROM) $(BUILT_INTO) | tools
	$(call say,Building for release)
	@CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$(REMAPPED)" LEPTOS_HASH_FILES=true cargo leptos build --release --precompress
	@touch $@

# They can be missing, or deleted after this file was read (`make clean build`).
$(BUILT_INTO): ;

dist: build ## Build one file with the page inside, linked statically: target/dist/todo-list
	$(call say,Building the program with the page inside)
	@scripts/dist

test: lint unit faults api e2e ## Check everything: formatting, lints, unit, API, fault and browser tests

test-long: ## Run the fault, property and API tests with many more rounds, the matrix, and deploy-test
	@PROPTEST_CASES=20000 $(MAKE) unit
	@TODO_LIST_ROUNDS=10 $(MAKE) faults
	@CASES=1000 $(MAKE) api
	@$(MAKE) matrix
	@$(MAKE) deploy-test

lint: ## Check formatting and crates, and run clippy for the server and the browser
	@scripts/install-target
	@scripts/install-cargo-deny
	$(call say,Checking the formatting)
	@cargo fmt --all --check
	$(call say,Running clippy for the server)
	@cargo clippy --locked --package todo-list --all-targets -- --deny warnings
	$(call say,Running clippy for the browser)
	@cargo clippy --locked --package todo-list-frontend --package todo-list --lib --no-default-features \
		--features todo-list/hydrate --target wasm32-unknown-unknown -- --deny warnings
	$(call say,Checking the licences and origins of all crates)
	@cargo deny --locked check --hide-inclusion-graph licenses bans sources

audit: ## Check all crates and npm packages for known vulnerabilities
	@scripts/install-cargo-deny
	@scripts/audit

unit: ## Run the unit tests and the tests of the server over HTTP
	@scripts/install-promtool
	$(call say,Running the unit and API tests)
	@cargo test --locked --package todo-list --lib --test it
	@if command -v promtool >/dev/null; then cargo test --locked --package todo-list --test it promtool -- --ignored; fi

faults: build ## Kill the release server, damage and lock its data, and check what is left
	$(call say,Running the fault tests against the release server)
	@TODO_LIST_PROGRAM=$(CURDIR)/$(SERVER) cargo test --locked --package todo-list --test faults

fixture: ## Save data of the current version as a fixture; run once before a release
	@TODO_LIST_FIXTURES=$(CURDIR)/tests/fixtures \
		cargo test --locked --package todo-list --test faults -- a_fixture_can_be_made

deploy-test: dist ## Run the one file alone and behind nginx and Caddy, and check the units and the backup script
	@scripts/install-proxies
	$(call say,Running the deployment tests)
	@TODO_LIST_PROGRAM=$(CURDIR)/$(DIST) cargo test --locked --package todo-list --test deploy

api: build ## Check the release server against its OpenAPI document
	$(call say,Checking the API against its description)
	@scripts/check-api $(SERVER)

e2e: build test-tools ## Run the browser tests against the release server
	$(call say,Running the browser tests)
	@cd end2end && npx --no-install tsc
	@$(PLAYWRIGHT) test

bench: build test-tools benches/page/node_modules/.package-lock.json ## Measure everything that has a budget and write a report into target/bench; QUICK=1 is short
	@rm -rf target/bench
	@scripts/install-from-pypi flask $(FLASK) || echo 'Flask is left out.'
	$(call say,Measuring the server)
	@export TODO_LIST_FLASK="$(TOOLS)/flask-$(FLASK)" && \
		$(BENCH) --bench server --bench store --bench live
	$(call say,Measuring the page)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench --workers=1
	@$(MAKE) bench-report

bench-report: ## Write the report from existing measurements; BEFORE=FILE compares with another results.json
	$(call say,Writing the report)
	@$(BENCH) --bench report

bench-keep: ## Copy the report, the charts and the numbers to docs/performance
	@cp target/bench/report.md target/bench/results.json target/bench/*.svg docs/performance/

latency: build test-tools ## Measure the time until other browsers show a change
	$(call say,Measuring from click to screen)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench latency

page-bench: build test-tools benches/page/node_modules/.package-lock.json ## Measure the page: against other pages, with 10,000 items, on a slow network
	$(call say,Measuring the page)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench --workers=1 bench/page

lighthouse: build test-tools benches/page/node_modules/.package-lock.json ## Run Lighthouse on the page
	$(call say,Running Lighthouse)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench --workers=1 lighthouse

page-profile: build test-tools ## Trace the page and write where its time goes into docs/performance
	$(call say,Tracing the page)
	@export PROFILE=1 && $(PLAYWRIGHT) test --project=profile

matrix: build test-tools ## Test every action under every kind of failure and write docs/offline-matrix.md
	$(call say,Running the matrix)
	@export MATRIX=1 && $(PLAYWRIGHT) test --project=matrix

size: build test-tools ## Show what the WASM consists of and the size of the page; fail above its budget
	$(call say,Listing what the WASM consists of)
	@scripts/list-wasm
	$(call say,Checking the size of the page)
	@$(PLAYWRIGHT) test --project=budget

screenshots: build test-tools ## Take the screenshots of the documentation
	$(call say,Taking screenshots)
	@export SCREENSHOTS=1 && $(PLAYWRIGHT) test --project=screenshots

tools: ## Install missing build tools
	@scripts/install-tools

test-tools: end2end/node_modules/.package-lock.json ## Install what is missing for the browser tests
	@scripts/install-browser

end2end/node_modules/.package-lock.json: end2end/package-lock.json
	$(call say,Installing Playwright)
	@npm ci --prefix end2end --no-audit --no-fund
	@touch $@

benches/page/node_modules/.package-lock.json: benches/page/package-lock.json
	$(call say,Installing the pages to compare with)
	@npm ci --prefix benches/page --no-audit --no-fund
	@touch $@

clean: ## Remove all build results
	rm -rf target benches/page/node_modules end2end/node_modules end2end/test-results

clean-tools: ## Remove the tools that make installed
	rm -rf "$(TOOLS)"
