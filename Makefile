# Everything runs in a virtual environment of its own; nothing has to be installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH ?= fixtures

.DEFAULT_GOAL := demo

# Where nothing compiled may be kept, every run compiles everything anew, and pytest rewrites every test.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: fuzz help demo quick test coverage check bench compare cures completions oracle judged pages plans system lived hooks installs container workflows release pin docs site axe format clean

## help: say what can be made
help:
	@sed -n 's/^## \([a-z]*\): /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

## demo: run the main job on three buckets as people write them (one right, one wrong, one unknown)
demo: $(READY)
	@$(BIN)/auditor check fixtures/demo; code=$$?; [ $$code -eq 1 ] || exit $$code; \
	echo; echo "That was 'auditor check fixtures/demo', exit code 1: something fails, as it should here."

## quick: run the unit tests, within half a minute; RULE=cors-request-refused tries the fixtures of that rule as well
WORKERS ?= auto
quick: $(READY)
	$(BIN)/pytest -n $(WORKERS) -m "not hostile and not property and not process and not oracle$(if $(RULE),, and not whole)" $(if $(RULE),--rule $(RULE))

## test: run all tests, on all cores; COVERAGE=--cov measures the branches they take, and fails below the share in pyproject.toml
test: $(READY)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(COVERAGE)

## coverage: run all tests and say which branches none of them takes
coverage:
	@$(MAKE) --no-print-directory test COVERAGE="--cov --cov-report=term-missing:skip-covered"

## check: style, types, layers
check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy auditor rules
	$(BIN)/lint-imports

## bench: measure; BENCH=path measures the audit of any directory, GROWTH=--large also the largest inputs that have a goal
bench: $(READY)
	$(BIN)/python -m tests.benchmarks.audit $(BENCH)
	$(BIN)/python -m tests.benchmarks.proofs
	$(BIN)/python -m tests.benchmarks.editor
	$(BIN)/python -m tests.benchmarks.growth $(GROWTH)

## compare: say what BASE=revision decides otherwise than the work tree, on every fixture of then and on CORPORA="directory …"
compare: $(READY)
	$(BIN)/python -m tests.compare.verdicts $(BASE) $(CORPORA)

## cures: try the safe fixes of the code in CORPORA="repository …", on copies, under five contracts: each is proven anew
cures: $(READY)
	$(BIN)/python -m tests.fixing.cures $(CORPORA)

## completions: try COUNT=5000 random configurations in each language: what is decided must hold however hidden values turn out
COUNT ?= 5000
completions: $(READY)
	$(BIN)/python -m tests.completions.check $(COUNT)

## oracle: judge the engine, the SARIF, plans, scaffolds, the hooks and the pages by programs that we did not write (needs npm, terraform, go, chromium); PAIRS: how many requests; RECORDED: files of further pairs of policies
PAIRS ?= 20000
CONFIGURATIONS ?= 16
oracle: $(READY) hooks plans system site pages installs
	@if command -v npm >/dev/null && command -v node >/dev/null; then $(MAKE) --no-print-directory judged; \
	else echo "npm is not here: the differential tests against other engines are skipped"; fi

system: $(READY)
	@if command -v strace >/dev/null; then $(BIN)/python -m tests.oracle.system strace; \
	else echo "strace is not here: what a run asks of the kernel is not looked at"; fi

# With CONFIGURATIONS=200 it takes a quarter of an hour.
plans: $(READY)
	@if command -v terraform >/dev/null && command -v go >/dev/null; then $(MAKE) --no-print-directory lived; \
	else echo "terraform or go is not here: plans are not compared with what Terraform deploys"; fi

lived: .oracle/stand-in
	$(BIN)/python -m tests.oracle.terraform .oracle/stand-in $(CONFIGURATIONS)
	$(BIN)/python -m tests.oracle.scaffolds .oracle/stand-in

CHROMIUM ?= $(firstword $(shell command -v chromium chromium-browser google-chrome))
## pages: have Chromium draw and print the pages of `--format html`; PAGES=directory keeps what it drew
pages: $(READY)
	@if [ -n "$(CHROMIUM)" ]; then $(BIN)/python -m tests.oracle.pages $(CHROMIUM) $(PAGES); \
	else echo "chromium is not here: the pages are not drawn"; fi

.oracle/stand-in: $(wildcard tests/oracle/stand-in/*.go tests/oracle/stand-in/go.*)
	mkdir -p .oracle
	cd tests/oracle/stand-in && go build -o $(CURDIR)/.oracle/stand-in .

judged: .oracle/node_modules
	$(BIN)/python -m tests.oracle.iam .oracle/node_modules $(PAIRS)
	$(BIN)/python -m tests.oracle.witnesses .oracle/node_modules 600 1 $(RECORDED)
	$(BIN)/auditor check fixtures/demo --exit-zero --format sarif=.oracle/demo.sarif
	$(BIN)/python -m tests.render.multitool_gate .oracle/node_modules .oracle/demo.sarif
	$(BIN)/python -m tests.render.multitool_gate .oracle/node_modules
	$(BIN)/pytest tests/render/test_sarif.py
	HYPOTHESIS_PROFILE=thorough $(BIN)/pytest tests/policy/test_properties.py

## fuzz: fuzz everything that reads, guided by coverage, for SECONDS=60; findings are kept in .oracle/fuzz/findings
SECONDS ?= 60
fuzz: $(READY) .oracle/fuzz/.ready
	$(BIN)/python -m tests.fuzz .oracle/fuzz $(SECONDS)

.oracle/fuzz/.ready:
	mkdir -p .oracle/fuzz
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target .oracle/fuzz atheris==3.0.0 || echo "atheris is not to be had for this Python: what is mutated is not guided by coverage"
	@touch $@

## hooks: try the pre-commit hooks, as they are committed, on a scratch repository
hooks: $(READY) .oracle/pre-commit/bin/pre-commit
	$(BIN)/python -m tests.oracle.hooks .oracle/pre-commit/bin/pre-commit

.oracle/pre-commit/bin/pre-commit:
	$(PYTHON) -m venv .oracle/pre-commit
	.oracle/pre-commit/bin/python -m pip install --quiet --disable-pip-version-check pre-commit==4.7.0

## installs: install as the README says, each way in an empty place, up to a verdict; run the tests of the source distribution in it
installs: $(READY)
	$(BIN)/python -m tests.oracle.installs

## container: build the image of the Containerfile with podman, and run it as the README says
container: $(READY)
	@if command -v podman >/dev/null; then $(BIN)/python -m tests.oracle.container podman .oracle/container; \
	else echo "podman is not here: the image is not built"; fi

## workflows: let zizmor judge the workflows, that of the README, and the action
workflows: $(READY) .oracle/zizmor/bin/zizmor
	$(BIN)/python -m tests.oracle.workflows .oracle/zizmor/bin/zizmor

.oracle/zizmor/bin/zizmor:
	$(PYTHON) -m venv .oracle/zizmor
	.oracle/zizmor/bin/python -m pip install --quiet --disable-pip-version-check zizmor==1.32.0

.oracle/node_modules:
	npm install --silent --no-audit --no-fund --prefix .oracle @cloud-copilot/iam-simulate@0.1.173 \
		@microsoft/sarif-multitool@5.7.0 @microsoft/sarif-multitool-linux@5.7.0

## docs: write the generated documents anew
docs: $(READY)
	$(BIN)/python -m tests.generated --write

## release: write VERSION=1.2.3 to all that names the version, and date its section of the changelog
release: $(READY)
	$(BIN)/python -m tests.releasing prepare $(VERSION)

## pin: name the commit of the tagged version where the README uses the action
pin: $(READY)
	$(BIN)/python -m tests.releasing pin

## site: build the documentation as a site in .site/html, and check its links, anchors and accessibility (by axe too, with npm and chromium)
site: $(READY) $(VENV)/.docs
	$(BIN)/python -m tests.site.pages .site/source
	$(BIN)/sphinx-build -q -W --keep-going -d .site/doctrees -c tests/site .site/source .site/html
	$(BIN)/python -m tests.site.check .site/html
	@if command -v npm >/dev/null && [ -n "$(CHROMIUM)" ]; then $(MAKE) --no-print-directory axe; \
	else echo "npm or chromium is not here: axe does not look at the site"; fi

axe: .oracle/axe/node_modules
	node tests/site/axe.mjs .oracle/axe/node_modules $(CHROMIUM) .site/html index.html overview.html rules/index.html \
		rules/kms-grant-missing.html contracts.html contracts/v7-darwin.html formats/human.html symptoms/403.html unknowns.html \
		configuration.html changelog.html search.html

.oracle/axe/node_modules:
	mkdir -p .oracle/axe
	npm install --silent --no-audit --no-fund --prefix .oracle/axe axe-core@4.14.1 puppeteer-core@24.43.1

$(VENV)/.docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group docs
	@touch $@

## format: repair the style as far as ruff can
format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

## clean: remove what was made
clean:
	rm -rf .coverage $(VENV) .oracle .site build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
