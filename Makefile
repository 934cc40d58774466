# Everything a newcomer needs: `make run` and `make test` each set up what they use.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE ?= resources/samples/horse-on-a-meadow.png
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

SHELL := bash

.DEFAULT_GOAL := help
.PHONY: help install run test test-core test-window references lint format clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## make .venv and install the editor into it

run: $(VENV)/.installed  ## open the editor on a sample picture (SAMPLE=photo.jpg: on another; ARGS=…: more arguments)
	@$(BIN)/python packaging/check_system.py run
	$(BIN)/palimpsest --model starter $(SAMPLE) $(ARGS)

test: $(VENV)/.installed-test  ## run every test, the second part too where the first one fails
	@$(BIN)/python packaging/check_system.py test
	$(MAKE) --keep-going test-core test-window

test-core: $(VENV)/.installed-test  ## run the tests of core, where Qt can't be imported
	$(TESTING) PYTHONPATH=tests $(BIN)/pytest -p qtfree -p no:pytest-qt $(BESIDE) $(SLOWEST) tests/core $(ARGS)

test-window: $(VENV)/.installed-test  ## run the tests of the window, and whole journeys through it
	@$(BIN)/python packaging/check_system.py test
	$(TESTING) $(BIN)/pytest $(WAITING) $(SLOWEST) tests/editor tests/flow $(ARGS)

lint: $(VENV)/.installed-lint  ## ruff, pyright and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed-lint  ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

references: $(VENV)/.installed-test  ## take the pictures of panels and dialogs anew that the tests compare with
	$(OFFLINE) REFERENCES=anew $(BIN)/pytest -q tests/editor/window/test_references.py -k looks

bench-%: $(VENV)/.installed-test  ## run tests/bench/bench_%.py: figures, not verdicts
	$(OFFLINE) PYTHONPATH=. $(BIN)/python tests/bench/bench_$*.py $(ARGS)

clean:  ## remove what was made here, the virtual environment too
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Nothing a test does may reach the network or somebody's screen.
OFFLINE := HF_HUB_OFFLINE=1 QT_QPA_PLATFORM=offscreen
# Tiny models gain nothing from threads, and threads that wait for each other lose much on a busy machine. What
# one of hundreds of processes has compiled is there for the next, wherever else nothing may be written.
TESTING := $(OFFLINE) OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=
SLOWEST := --durations=10 --durations-min=1
# A process for each core, file by file: what a file's tests share is made once. ARGS=-n0: all in one process.
BESIDE := --numprocesses=auto --maxprocesses=4 --dist=loadfile
# The window's tests wait for programs and timers for most of their time: one process more uses it.
WAITING = --numprocesses=$$(($$(getconf _NPROCESSORS_ONLN) + 1)) --maxprocesses=4 --dist=loadfile

# The stamps make a repeated call instant; a changed dependency list renews them.
# Ray is large: it comes with what `make lint` installs, or by EXTRAS='[test,cluster]' on make's own line.
# What lint wants holds all the rest, so that the tests after it install nothing more.
$(VENV)/.installed: EXTRAS :=
$(VENV)/.installed-test: EXTRAS := [test]
$(VENV)/.installed-lint: EXTRAS := [test,lint]
$(VENV)/.installed-lint: HOLDS := $(VENV)/.installed $(VENV)/.installed-test
$(VENV)/.installed $(VENV)/.installed-test $(VENV)/.installed-lint: pyproject.toml constraints.txt | $(BIN)/pip
	@echo 'Installing what constraints.txt names; the first time PyTorch takes some minutes.'
	$(BIN)/python -m pip install $(PIP_FLAGS) --constraint constraints.txt --editable '.$(EXTRAS)'
	@touch $(HOLDS) $@

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Palimpsest needs Python 3.11 or newer, and $(PYTHON) is not one. Name another: make install PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) packaging/check_system.py install
	$(PYTHON) -m venv $(VENV)
