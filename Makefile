# Everything that one does with this project. `make help` lists it.

# Where build tools are kept that this machine does not have yet: shared by all clones, outside of them.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)
export TOOLS ?= $(CACHE)/todo-list/tools
export PATH := $(TOOLS)/bin:$(TOOLS)/node_modules/.bin:$(PATH)

SERVER := target/release/todo-list
# Written after a release build. Whatever is newer asks for another one: what it is made from (folders too, so that a file that
# is gone counts), and what it has made (`make dev` writes to the same places).
BUILT := target/built
BUILT_FROM := $(shell find src frontend style public) Cargo.toml Cargo.lock rust-toolchain.toml Makefile
BUILT_INTO := $(sort $(SERVER) target/site $(shell find target/site 2>/dev/null))
# Panics name a place in the source, and browsers get that too: not by paths of this machine.
REMAPPED := --remap-path-prefix=$(HOME)=~ --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=cargo
# The benches have a folder of their own: cargo-leptos builds with other variables, and each would undo the other's work.
BENCH := CARGO_TARGET_DIR=target/benches cargo bench --locked --package todo-list
DIST := target/dist/todo-list
FLASK := 3.1.3
PLAYWRIGHT := cd end2end && npx --no-install playwright

# How long a bench takes, and what its report is compared with.
export QUICK BEFORE

say = @printf '\n==> %s\n' "$(1)"

.DEFAULT_GOAL := help
.PHONY: help run dev build dist test test-long lint audit unit faults fixture deploy-test api e2e bench bench-report bench-keep latency page-bench lighthouse page-profile matrix size screenshots tools test-tools clean clean-tools

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build for release and serve at http://127.0.0.1:5001/
	$(call say,Serving; Ctrl-C stops)
	@exec $(SERVER)

dev: tools ## Serve while developing, on data in target: rebuild and reload at every change
	$(call say,Watching)
	@TODO_LIST_DATA=$${TODO_LIST_DATA:-target/dev-data} cargo leptos watch

build: $(BUILT) ## Build the server and the page for release

$(BUILT): $(BUILT_FROM) $(BUILT_INTO) | tools
	$(call say,Building for release)
	@CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$(REMAPPED)" LEPTOS_HASH_FILES=true cargo leptos build --release --precompress
	@touch $@

# They may be missing, or have gone since this was read (`make clean build`).
$(BUILT_INTO): ;

dist: build ## Build the one program that needs nothing beside it: target/dist/todo-list
	$(call say,Putting the page into the program)
	@scripts/dist

test: lint unit faults api e2e ## Check everything: formatting, lints, unit, API, fault and browser tests

test-long: ## Run the fault and property tests with many times as many rounds, the whole matrix, and deploy-test
	@PROPTEST_CASES=20000 $(MAKE) unit
	@TODO_LIST_ROUNDS=10 $(MAKE) faults
	@CASES=1000 $(MAKE) api
	@$(MAKE) matrix
	@$(MAKE) deploy-test

lint: ## Check formatting and crates, and run clippy for the server and for the browser
	@scripts/install-target
	@scripts/install-cargo-deny
	$(call say,Checking the formatting)
	@cargo fmt --all --check
	$(call say,Running clippy for the server)
	@cargo clippy --locked --package todo-list --all-targets -- --deny warnings
	$(call say,Running clippy for the browser)
	@cargo clippy --locked --package todo-list-frontend --package todo-list --lib --no-default-features \
		--features todo-list/hydrate --target wasm32-unknown-unknown -- --deny warnings
	$(call say,Checking the licences and the origin of all crates)
	@cargo deny --locked check --hide-inclusion-graph licenses bans sources

audit: ## Ask the databases of known holes about all crates and npm packages
	@scripts/install-cargo-deny
	@scripts/audit

unit: ## Run the unit tests and the tests of the server over HTTP
	@scripts/install-promtool
	$(call say,Running the unit and API tests)
	@cargo test --locked --package todo-list --lib --test it

faults: build ## Kill, damage and lock the release server, and see what is left
	$(call say,Running the fault tests against the release server)
	@TODO_LIST_PROGRAM=$(CURDIR)/$(SERVER) cargo test --locked --package todo-list --test faults

fixture: ## Write data of the present version down, once before it is released
	@TODO_LIST_FIXTURES=$(CURDIR)/tests/fixtures \
		cargo test --locked --package todo-list --test faults -- a_fixture_can_be_made

deploy-test: dist ## Run the one program alone, behind nginx and Caddy, and check the units and the backup script
	@scripts/install-proxies
	$(call say,Running the tests of what is handed out)
	@TODO_LIST_PROGRAM=$(CURDIR)/$(DIST) cargo test --locked --package todo-list --test deploy

api: build ## Hold the release server to its own description of the API
	$(call say,Checking the API against its description)
	@scripts/check-api $(SERVER)

e2e: build test-tools ## Run the browser tests against the release server
	$(call say,Running the browser tests)
	@cd end2end && npx --no-install tsc
	@$(PLAYWRIGHT) test

bench: build test-tools benches/page/node_modules/.package-lock.json ## Measure all that has a budget, and put it together in target/bench; QUICK=1 takes a glance
	@rm -rf target/bench
	@scripts/install-from-pypi flask $(FLASK) || echo 'Flask is left out.'
	$(call say,Measuring the server)
	@export TODO_LIST_FLASK="$(TOOLS)/flask-$(FLASK)" && \
		$(BENCH) --bench server --bench store --bench live
	$(call say,Measuring the page)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench --workers=1
	@$(MAKE) bench-report

bench-report: ## Put together what was measured; BEFORE=FILE names the results.json of another day
	$(call say,Putting it together)
	@$(BENCH) --bench report

bench-keep: ## Keep what was put together in docs/performance: the table, the charts and the numbers
	@cp target/bench/report.md target/bench/results.json target/bench/*.svg docs/performance/

latency: build test-tools ## Measure how long it takes until other browsers see a change
	$(call say,Measuring from click to screen)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench latency

page-bench: build test-tools benches/page/node_modules/.package-lock.json ## Measure the page: beside others, with 10,000 items, on a slow network
	$(call say,Measuring the page)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench --workers=1 bench/page

lighthouse: build test-tools benches/page/node_modules/.package-lock.json ## Let Lighthouse judge the page
	$(call say,Asking Lighthouse)
	@export BENCH=1 && $(PLAYWRIGHT) test --project=bench --workers=1 lighthouse

page-profile: build test-tools ## Write down where the time of the page goes, into docs
	$(call say,Tracing the page)
	@export PROFILE=1 && $(PLAYWRIGHT) test --project=profile

matrix: build test-tools ## Try every trouble with every action, and write the table into docs
	$(call say,Trying every trouble)
	@export MATRIX=1 && $(PLAYWRIGHT) test --project=matrix

size: build test-tools ## Show what the WASM consists of and what the page weighs, and fail above its budget
	$(call say,Listing what the WASM consists of)
	@scripts/list-wasm
	$(call say,Weighing the page)
	@$(PLAYWRIGHT) test --project=budget

screenshots: build test-tools ## Take the pictures of the documentation anew
	$(call say,Taking screenshots)
	@export SCREENSHOTS=1 && $(PLAYWRIGHT) test --project=screenshots

tools: ## Install the tools that building needs, as far as they are missing
	@scripts/install-tools

test-tools: end2end/node_modules/.package-lock.json ## Install what the browser tests need and is missing
	@scripts/install-browser

end2end/node_modules/.package-lock.json: end2end/package-lock.json
	$(call say,Installing Playwright)
	@npm ci --prefix end2end --no-audit --no-fund
	@touch $@

benches/page/node_modules/.package-lock.json: benches/page/package-lock.json
	$(call say,Installing what the page is measured against)
	@npm ci --prefix benches/page --no-audit --no-fund
	@touch $@

clean: ## Remove everything that was built
	rm -rf target benches/page/node_modules end2end/node_modules end2end/test-results

clean-tools: ## Remove the tools that make has installed
	rm -rf "$(TOOLS)"
