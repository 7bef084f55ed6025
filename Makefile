# Each target sets up what it needs; a second call does not rebuild what stands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamps

RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
PYTHON_SOURCES := $(shell find python -name '*.py' -o -name '*.pyi' -o -name py.typed) pyproject.toml README.md

.PHONY: demo test lint bench docs clean fmt

demo: $(STAMP)/package
	$(BIN)/spikelet demo $(DEMO_ARGS)

test: $(STAMP)/package $(STAMP)/test
	cargo test --workspace --locked --quiet
	cd tests && ../$(BIN)/python -m pytest -q --rootdir=.. -c ../pyproject.toml . $(PYTEST_ARGS)

lint: $(STAMP)/package $(STAMP)/lint $(STAMP)/test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	cargo check --package spikelet-events --no-default-features --locked --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --warnings
	$(BIN)/lint-imports
	cd tests && ../$(BIN)/python -m mypy.stubtest spikelet._core --mypy-config-file ../pyproject.toml

bench: $(STAMP)/package $(STAMP)/bench
	$(BIN)/python benches/events.py $(BENCH_ARGS)

docs: $(STAMP)/package $(STAMP)/docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

fmt:
	cargo fmt --all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) target build docs/_build

$(STAMP)/venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	mkdir -p $(STAMP) && touch $@

# Torch first and by plain pip, so that the user's own index decides which build it is.
$(STAMP)/torch: $(STAMP)/venv
	$(BIN)/pip install --quiet "torch>=2.6"
	touch $@

$(STAMP)/package: $(STAMP)/torch $(RUST_SOURCES) $(PYTHON_SOURCES)
	$(BIN)/pip install --quiet "maturin>=1.9.4,<2"
	rm -rf build/wheels
	$(BIN)/maturin build --quiet --release --locked --out build/wheels --interpreter $(BIN)/python
	$(BIN)/pip install --quiet --force-reinstall --no-deps build/wheels/*.whl
	$(BIN)/pip install --quiet "spikelet[train,digits] @ file://$(abspath $(wildcard build/wheels/*.whl))" || true
	touch $@

$(STAMP)/test $(STAMP)/lint $(STAMP)/docs $(STAMP)/bench: $(STAMP)/%: $(STAMP)/venv pyproject.toml
	$(BIN)/pip install --quiet --group $*
	touch $@
