# Every target sets up what it needs; nothing but Python 3.11+ and make has to be there.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INTEROP ?= .venv-interop
PIP_FLAGS = --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install quickstart test check format test-interop test-lm-eval-dspy test-ray docs pools results protocols benchmarks benchmarks-orchestration benchmarks-efficiency clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-24s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Outlay needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "could not make a virtual environment; on Debian: apt-get install python3-venv"; exit 2; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing outlay into $(VENV) ..."
	@$(BIN)/pip install $(PIP_FLAGS) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing outlay with its test tools into $(VENV) ..."
	@$(BIN)/pip install $(PIP_FLAGS) -e '.[dev,train]'
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed ## make the virtual environment and install outlay into it

quickstart: $(VENV)/.installed ## install, then measure five strategies on the embedded models and write a report
	@$(BIN)/outlay bench quickstart.toml --out runs/quickstart

check: $(VENV)/.installed-dev ## style, types and the import rules
	@$(BIN)/ruff format --check outlay tests tests_interop benchmarks experiments docs
	@$(BIN)/ruff check outlay tests tests_interop benchmarks experiments docs
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

test: check ## check, then all tests; no network needed after the install
	@$(BIN)/pytest -n 2 -q

format: $(VENV)/.installed-dev ## rewrite the code in the house style
	@$(BIN)/ruff format outlay tests tests_interop benchmarks experiments docs
	@$(BIN)/ruff check --fix outlay tests tests_interop benchmarks experiments docs

test-interop: $(VENV)/.installed-dev ## tests against other people's tools, in two environments of their own
	@bash tests_interop/run $(PYTHON) $(INTEROP)

test-lm-eval-dspy: $(VENV)/.installed-dev ## of these only the LM evaluation harness and DSPy
	@bash tests_interop/run $(PYTHON) $(INTEROP) lm-eval-dspy

test-ray: $(VENV)/.installed-dev ## trials on a local Ray cluster, in the environment of test-interop; five minutes or more
	@test -x $(INTEROP)/bin/pytest || { echo "first: make test-interop"; exit 2; }
	@$(INTEROP)/bin/pytest -q -W default tests_interop/test_ray_executor.py

POOLS := chain-1 countdown-3 procedure-4 program-3
SELECTIONS := single coverage self_consistency weighted_vote best_of_n "best_of_n(aggregate=min)" best_of_majority \
	"perplexity_consistency(prune=False)" shortest

pools: $(VENV)/.installed ## draw the pools that docs/results.md is made of; goes on after a kill
	@mkdir -p runs/pools docs/results/samples
	@for exam in $(POOLS); do \
		$(BIN)/outlay pool sample --task $${exam%-*} --level $${exam#*-} --questions 200 --n 64 \
			--verifier process_reward --out runs/pools/$$exam.parquet || exit 1; \
	done
	@$(BIN)/outlay pool join $(POOLS:%=runs/pools/%.parquet) --out runs/pools/all.parquet
	@set --; for one in $(SELECTIONS); do set -- "$$@" --select "$$one"; done; \
		$(BIN)/outlay pool report runs/pools/all.parquet --n 1,2,4,8,16,32,64 --out runs/pools/report "$$@"
	@cp $(addprefix runs/pools/report/,table.md samples.png tokens.png) docs/results/samples/

results: pools ## draw pools, run experiments/, and write docs/results.md; half an hour or more
	@for file in experiments/*.toml; do \
		name=$$(basename $$file .toml); \
		$(BIN)/outlay bench $$file --out runs/$$name || exit 1; \
		mkdir -p docs/results/$$name; \
		cp runs/$$name/table.md runs/$$name/tokens.png runs/$$name/samples.png docs/results/$$name/; \
	done
	@$(PYTHON) experiments/write_results.py

PROTOCOLS := repetition:"repeat RUN" bag-of-tricks:"ablate RUN" small-against-large:"match RUN --small pocket_small --large pocket"

protocols: $(VENV)/.installed ## run experiments/protocols/ and write docs/results/protocols.md; half an hour
	@for one in $(PROTOCOLS); do \
		name=$${one%%:*}; \
		$(BIN)/outlay bench experiments/protocols/$$name.toml --out runs/$$name --quiet || exit 1; \
	done
	@{ printf '# Protocols\n\nWritten by `make protocols`; what they are is said in [protocols](../protocols.md).\n'; \
	for one in $(PROTOCOLS); do \
		name=$${one%%:*}; command=$$(printf '%s' "$${one#*:}" | sed "s|RUN|runs/$$name|"); \
		printf '\n## %s\n\n    outlay bench experiments/protocols/%s.toml --out runs/%s\n    outlay protocol %s\n\n```text\n' \
			"$$(sed -n 's/^name = "\(.*\)"/\1/p' experiments/protocols/$$name.toml)" $$name $$name "$$command"; \
		COLUMNS=120 $(BIN)/outlay protocol $$command | sed 's/ *$$//' || exit 1; \
		printf '```\n'; \
	done; } > docs/results/protocols.md

benchmarks: $(VENV)/.installed-dev ## all speed benchmarks into docs/results/benchmarks.md; three minutes on an idle machine
	@test -d $(INTEROP) || echo "without $(INTEROP), which make test-interop makes, pocket sampling is not compared with transformers" >&2
	@mkdir -p docs/results
	@{ printf '# Speed\n\nWritten by `make benchmarks`; what is measured is said in [benchmarks](../../benchmarks/README.md).\n'; \
	for script in $(filter-out benchmarks/measuring.py,$(sort $(wildcard benchmarks/*.py))); do \
		echo; $(firstword $(wildcard $(INTEROP)/bin/python) $(BIN)/python) $$script || exit 1; \
	done; } | tee docs/results/benchmarks.md

docs: $(VENV)/.installed-dev ## write docs/strategies.md and docs/verifiers.md from the docstrings
	@$(BIN)/python docs/write_strategies.py
	@$(BIN)/python docs/write_verifiers.py

benchmarks-efficiency: $(VENV)/.installed-dev ## what each strategy's tokens buy, into docs/results/efficiency.md; two hours, and goes on after a kill
	@$(BIN)/python -m benchmarks.efficiency

benchmarks-orchestration: $(VENV)/.installed-dev ## strategies on a remote model beside its-hub and optillm, in environments of their own; 20 minutes
	@bash benchmarks/orchestration/install $(PYTHON)
	@$(BIN)/python -m benchmarks.orchestration

clean: ## remove environments, caches and runs
	rm -rf $(VENV) $(INTEROP) $(INTEROP)-lm-eval-dspy .venv-its-hub .venv-optillm .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
