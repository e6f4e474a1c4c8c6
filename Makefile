# Every target does its own set-up. All that is built goes into build/.
# GNU make; works from a checkout whose path has spaces.

SHELL = /bin/sh
.DEFAULT_GOAL = help
.NOTPARALLEL:

.PHONY: help setup install demo test core fuzz sanitize lint check doc bench scale site coverage clean

LIBRARY = build/lib
JOBS := $(shell nproc 2>/dev/null || echo 2)
CORE = $(MAKE) -f tests/core/Makefile -j$(JOBS) --no-print-directory
RSCRIPT = R_LIBS="$$PWD/$(LIBRARY)" Rscript

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## Install what the other targets need: R, packages, tools
	@tools/setup.sh develop

install: ## Build the package into build/lib
	@tools/setup.sh demo
	@tools/install.sh "$(LIBRARY)"

demo: install ## Compare the learners on real loans; LCRISK_DATA=<files> for your own
	@$(RSCRIPT) tools/demo.R

test: ## Run every test, C and R; the last line counts them
	@tools/setup.sh test
	@tools/test.sh

core: ## Run the C tests under sanitizers; ONLY="sort rng" for some modules
	@tools/setup.sh test
	@tools/test.sh core

fuzz: ## Fuzz the core; FUZZ_SECONDS=20 each, FUZZ="csv" for one target
	@tools/setup.sh test
	@$(CORE) fuzz

sanitize: install ## Run the R tests under sanitizers, and every .Call under gctorture
	@tools/setup.sh test
	@tools/sanitize.sh
	@$(RSCRIPT) tools/torture.R

lint: install ## Check layers, format, style of C and R
	@tools/setup.sh develop
	@tools/lint.sh

check: ## R CMD build and R CMD check
	@tools/setup.sh develop
	@tools/check.sh

doc: install ## Write NAMESPACE and man/ from the comments in R/
	@tools/setup.sh develop
	@$(RSCRIPT) tools/document.R

bench: install ## Measure speed and write bench/results
	@tools/setup.sh test
	@$(CORE) bench
	@tools/bench.sh

bench-%: install
	@BENCH=$* tools/bench.sh

scale: install ## From a raw file of 2.26 million loans to the report, by stage
	@BENCH=scale tools/bench.sh

site: install ## Build the pages of the documentation into build/site
	@tools/setup.sh develop
	@$(RSCRIPT) tools/site.R

coverage: ## Measure which lines of R and C the tests run
	@tools/setup.sh develop
	@tools/coverage.sh

clean: ## Remove what was built
	rm -rf build src/*.o src/*/*.o src/*/*/*.o src/*.so
