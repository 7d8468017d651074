# Everything a newcomer needs: `make demo` shows the product, `make check` is the everyday loop, `make test` is the whole.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

export YOLO_AUTOINSTALL := false
# Where it is set, every test process compiles all modules anew: three times the start of a command, and of the tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo check lint types unit test reference lock clips history train clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "footfall needs Python 3.11 or newer"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements.lock)"
	$(BIN)/uv pip sync --quiet requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --editable .
	bash .ci/system-packages needed
	touch $@

demo: $(READY)
	$(BIN)/python fixtures/demo.py

check: lint types unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/pytest -n auto --dist loadscope -m "not slow"

test: $(READY) lint types
	bash .ci/system-packages tests
	$(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder

# Published results reached again; the data are found by FOOTFALL_SHARED.
reference: $(READY)
	$(BIN)/python -m benchmarks.reference

# The versions that are tested. Run after changing dependencies in pyproject.toml.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --no-emit-index-url --no-header --python-version 3.11 \
	  --group pyproject.toml:dev pyproject.toml --output-file requirements.lock

# The fixture world, made anew; see fixtures/README.md.
clips: $(READY)
	$(BIN)/python fixtures/world/make_clips.py

history: $(READY)
	$(BIN)/python fixtures/world/make_history.py demo

train: $(READY)
	$(BIN)/python fixtures/world/train_detector.py

clean:
	rm -rf demo build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
