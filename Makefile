.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin

help:   ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV): tools/uv.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools --require-hashes -r tools/uv.lock

.venv/runtime: requirements.lock pyproject.toml | $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet --no-python-downloads --python $(PYTHON) .venv
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

.venv/development: tests/requirements.lock .venv/runtime
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r tests/requirements.lock
	touch $@

run: .venv/runtime   ## install what is locked, then snapshot, build, route and export
	@$(BIN)/tokenhouse run

ui: .venv/runtime   ## open Dagster on http://127.0.0.1:3000
	@$(BIN)/tokenhouse ui

check: lint   ## lint, types and unit tests, for every save
	$(BIN)/pytest tests/unit

test: lint   ## for every commit: lint, types, a test of every rule
	$(BIN)/pytest

accept: .venv/development   ## the tests that take minutes: whole journeys, sweeps, other programs
	$(BIN)/pytest -m accept

lint: .venv/development   ## ruff, mypy, sqruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pipelines.models.lint
	$(BIN)/sqruff lint sql

drill: .venv/development   ## install LiteLLM as it is locked, and let the models of every route fail
	@$(BIN)/tokenhouse drill

bench: .venv/development   ## compare the build with the same statements run by hand
	$(BIN)/python -m tests.bench

.tools/peers/ready: .venv/development
	$(UV) venv --quiet --no-python-downloads --python $(PYTHON) .tools/peers
	$(UV) pip install --quiet --python .tools/peers/bin/python dbt-core==1.10.23 dbt-duckdb==1.11.1 sqlmesh==0.236.4
	touch $@

bench-peers: .tools/peers/ready   ## build the same models and checks with dbt and SQLMesh
	$(BIN)/python -m tests.bench.peers .tools/peers/bin/python

.tools/spark/ready: .venv/development
	$(UV) venv --quiet --no-python-downloads --python $(PYTHON) .tools/spark
	$(UV) pip install --quiet --python .tools/spark/bin/python pyspark==4.3.0
	touch $@

spark: .tools/spark/ready   ## own usage on Apache Spark with two workers, every row; needs Java 17 or newer
	$(BIN)/python -m tests.bench.spark "$$(.tools/spark/bin/python -c 'import pyspark; print(*pyspark.__path__)')"

folds: .venv/development   ## fold 100 million requests of own usage: ten minutes, 12 GB of disk
	$(BIN)/python -m tests.bench.usage 100

torture: .venv/development   ## kill runs and try faults; writes docs/torture.md
	$(BIN)/pytest -m torture
	$(BIN)/python -m tests.bench.torture

report: .venv/runtime   ## write the weekly report from the published database
	@$(BIN)/tokenhouse report

site: .venv/runtime   ## write a page of every week into the folder site, to publish
	@$(BIN)/tokenhouse report --site site

shots: .venv/development   ## look at report and Dagster in the machine's Chromium; writes docs/pictures
	$(BIN)/python -m tests.browser.shots

dist: .venv/runtime   ## build wheel and sdist, their checksums and the list of components
	rm -rf dist
	$(UV) build --quiet --out-dir dist
	$(BIN)/python -m tools.release_files dist

notebook: .venv/development   ## open the notebooks as apps in the browser
	$(BIN)/marimo run notebooks

notebook-edit: .venv/development   ## edit the notebooks in the browser
	$(BIN)/marimo edit notebooks

docs: .venv/development   ## generate the data dictionary, the commands, the asset graph and the answers
	$(BIN)/python -m tools.dictionary_page
	$(BIN)/python -m tools.cli_page
	$(BIN)/python -m tools.estimate_page
	$(BIN)/python -m tools.asset_graph
	$(BIN)/python -m tools.fault_page
	$(BIN)/python -m tools.question_page

lock: | $(UV)   ## resolve the dependencies again; hashes only, no addresses
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade --all-extras pyproject.toml --group dev -o tests/requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade --extra pipeline --extra mcp pyproject.toml -c tests/requirements.lock -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade --no-deps container/requirements.in -o container/requirements.lock

clean:   ## remove what was installed; the lake and the database stay
	rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help run ui check test accept lint drill bench bench-peers folds spark torture report site shots dist notebook notebook-edit docs lock clean
