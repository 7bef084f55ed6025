# Each target sets up what it needs; a second call does not rebuild what stands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

SOURCES := pyproject.toml Cargo.toml Cargo.lock \
	$(shell find rust python cuda -name '*.cu' -o -name '*.rs' -o -name Cargo.toml -o -name '*.py' -o -name '*.pyi' -o -name py.typed \
	-o -name '*.js' -o -name '*.css' -o -name '*.html')

.PHONY: demo test lint bench bench-events bench-frames bench-neurons bench-training docs fuzz sanitize format clean

demo: $(STAMPS)/package
	$(BIN)/spikelet demo $(DEMO)

test: $(STAMPS)/package $(STAMPS)/test
	cargo test --workspace --locked --quiet
	$(BIN)/python -m pytest $(PYTEST)

lint: $(STAMPS)/package $(STAMPS)/lint $(STAMPS)/test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	cargo clippy --package spikelet-events --no-default-features --locked --quiet -- -D warnings
	cargo clippy --package uart-evt3 --locked --quiet -- -D warnings
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/pyright --warnings --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m spikelet.dynamics --check
	$(BIN)/python -m mypy.stubtest spikelet._core

bench: bench-events bench-frames bench-neurons bench-training

bench-events bench-frames bench-neurons bench-training: bench-%: $(STAMPS)/package $(STAMPS)/bench
	$(BIN)/python benches/$*.py $(BENCH)

docs: $(STAMPS)/package $(STAMPS)/docs
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	RUSTDOCFLAGS="-D warnings" cargo doc --package spikelet-events --no-default-features --no-deps --locked --quiet
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# Each target for some seconds, from the files in fuzz/corpus; what is found beyond them stays out of the repository.
# Needs `cargo install cargo-fuzz`; the sanitizers are not in stable Rust, hence the bootstrap flag.
SECONDS ?= 10
fuzz:
	@command -v cargo-fuzz >/dev/null || { echo "install the fuzzer first: cargo install cargo-fuzz --locked"; exit 1; }
	@for target in $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs))); do \
		mkdir -p fuzz/target/corpus/$$target; \
		RUSTC_BOOTSTRAP=1 cargo fuzz run $$target fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
			-max_total_time=$(SECONDS) -malloc_limit_mb=64 -timeout=10 -verbosity=0 -print_final_stats=1 || exit 1; \
	done

# The kernels read and write through pointers: their tests once more with every access looked at. One test leaks on
# purpose. The sanitizer is not in stable Rust, hence the bootstrap flag.
sanitize:
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0 \
		cargo test --package spikelet-neurons --tests --locked --quiet --target-dir target/sanitizer \
		--target $(shell rustc -vV | sed -n 's/^host: //p')

format:
	cargo fmt --all
	cargo fmt --manifest-path fuzz/Cargo.toml
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) target build docs/_build

$(STAMPS)/venv:
	@command -v cargo >/dev/null || { echo "spikelet is built with Rust: install cargo first (https://rustup.rs)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "spikelet needs Python 3.11 or newer: call make with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet "maturin>=1.9.4,<2"
	@mkdir -p $(STAMPS) && touch $@

# Plain pip finds torch, so the user's own index decides which build of it comes.
$(STAMPS)/package: $(STAMPS)/venv $(SOURCES)
	rm -rf build/wheels
	$(BIN)/maturin build --quiet --release --locked --out build/wheels --interpreter $(BIN)/python
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps build/wheels/spikelet-*.whl
	$(BIN)/python -m pip install --quiet "$$(ls build/wheels/spikelet-*.whl)[train,digits,hdf5]"
	@touch $@

$(STAMPS)/test $(STAMPS)/lint $(STAMPS)/docs $(STAMPS)/bench: $(STAMPS)/%: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@
