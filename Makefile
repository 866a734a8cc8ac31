# make run   sets everything up and opens the app, which only this machine's browser can reach
# make test  sets everything up and runs all checks
# make drill attacks the app on this machine, under a limit of 1.5 GB, and prints what held
# make docs builds the documents into site/; make pictures takes their pictures from the app
# make setup does the first step of both; make train-setup adds what training needs
# make renew writes the newest versions that pyproject.toml allows into all requirements*.txt

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Installs what a list names. Each list is complete, so pip need not look for what its packages need.
# Python compiles them afterwards, on all processors; pip would do it on one.
define install
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile -r $(1)
-@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib
touch $@
endef

NPM_FILES := node_modules/.package-lock.json

.PHONY: run test drill docs pictures setup train-setup dev-setup check renew clean

# All threads share two heaps: this takes 377 instead of 417 MB resident after ten connections.
run: setup
	MALLOC_ARENA_MAX=2 $(BIN)/streamlit run app.py --server.address localhost \
		$(addprefix --server.allowedHosts ,localhost 127.0.0.1 ::1)

test: dev-setup
	.ci/package strace
	.ci/test

check: dev-setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	.ci/audit

drill: dev-setup
	CHROMIUM="$$(.ci/browser)" $(BIN)/python -m benchmarks drill

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

pictures: dev-setup
	CHROMIUM="$$(.ci/browser)" $(BIN)/python -m docs.make_pictures

renew: dev-setup
	.ci/renew

setup: $(VENV)/.app $(NPM_FILES)
train-setup: $(VENV)/.train
dev-setup: $(VENV)/.dev $(NPM_FILES)

$(BIN)/python:
	.ci/venv "$(PYTHON)" $(VENV)

$(VENV)/.app: requirements.txt | $(BIN)/python
	$(call install,requirements.txt)

$(VENV)/.train: requirements-train.txt $(VENV)/.app
	$(call install,requirements-train.txt)

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(call install,requirements-dev.txt)

# What reads faces on students' devices, and a smaller plotly.js. Without npm, the app fetches the
# first when it is needed, and draws with the plotly.js of the Python package.
$(NPM_FILES): package-lock.json
	@! command -v npm >/dev/null || \
		npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 >/dev/null || \
		echo "setup: npm ci failed; the app runs without it" >&2

$(VENV)/.docs: docs/requirements.txt | $(BIN)/python
	$(call install,docs/requirements.txt)

clean:
	rm -rf $(VENV) node_modules site .pytest_cache .ruff_cache .mypy_cache
