# 查档：every target works from a fresh clone; the first one run makes .venv. Needs python3 (3.11+) with venv.

PYTHON ?= python3
BIN := .venv/bin
STATE ?= data/var/default
SEED ?= 20260101
COUNT ?= 300
export CHADANG_MODEL_CACHE ?= $(CURDIR)/data/var/cache/models
export HF_HUB_OFFLINE ?= 1

.PHONY: demo test serve check bench bench-ingest bench-retrieval bench-golden bench-classification bench-privacy bench-entries bench-search bench-timing prove prove-sealed sample lint clean bench-supervision fuzz-ledger bench-ledger audit-pins licences bench-persons fuzz-api fuzz-uploads

demo: .venv/ready  ## build the sample archive, ask a tour of questions as different people
	$(BIN)/chadang demo

# A file stays with one worker, so what its tests share is built once; in this order the small ones come last.
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder

test: .venv/ready  ## the whole suite
	$(BIN)/pytest $(WORKERS)

serve: .venv/ready  ## HTTP API on 127.0.0.1:8000, with sample archive and demo accounts
	$(BIN)/chadang serve --demo --state data/var/serve

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint  ## what must be green before a commit, under 2 minutes
	$(BIN)/pytest tests/unit tests/architecture -m "not slow" $(WORKERS)

bench: bench-ingest bench-privacy bench-entries bench-classification  ## slow side-by-side runs that print tables
	@echo "bench-retrieval needs files: see docs/benchmarks.md"

bench-ingest: .venv/ready
	$(BIN)/python -m benchmarks.ingest

bench-privacy: .venv/ready
	$(BIN)/python -m benchmarks.privacy
	$(BIN)/chadang-train evaluate privacy $(foreach file,$(wildcard tests/quality/privacy_*dev*),--data $(file))

bench-entries: .venv/ready  ## data-entry audit: precision and recall per rule on planted defects
	$(BIN)/python -m benchmarks.entry_audit

ROWS ?= 500000
LEXICAL_ROWS ?= 300000
PEER_ROWS ?= 50000
bench-search: .venv/ready  ## recall, starvation and speed of search under filters, beside other engines (5 GiB)
	$(BIN)/python -m benchmarks.search --rows $(ROWS) --lexical-rows $(LEXICAL_ROWS) --peer-rows $(PEER_ROWS)

bench-timing: .venv/ready  ## can the clock tell a hidden document from an absent one: 6,000 requests, about ten minutes
	$(BIN)/python -m benchmarks.timing

bench-supervision: .venv/ready  ## seeded insiders found and false alarms on made-up traffic, beside baselines: half an hour
	$(BIN)/python -m benchmarks.supervision

WORLDS ?= 4000
BIG ?= 20
prove: .venv/ready  ## nothing hidden changes a byte of any answer: 10,000 small worlds and 20 big ones, hours
	$(BIN)/python -m benchmarks.prove $(WORLDS) $(BIG)

IDENTITIES ?= 10000
prove-sealed: .venv/ready  ## nothing clear on disk: planted identities, a kill, a backup, every byte looked at; about half an hour
	$(BIN)/python -m benchmarks.sealed $(IDENTITIES)
TAMPERS ?= 1000
fuzz-ledger: .venv/ready  ## 1,000 random tampers with a ledger: each must be found
	$(BIN)/python -m benchmarks.ledger tampers $(TAMPERS)

ENTRIES ?= 20000
bench-ledger: .venv/ready  ## cost of recording, verifying, proving, a receipt
	$(BIN)/python -m benchmarks.ledger speed $(ENTRIES)
CASES ?= 50000
fuzz-api: .venv/ready  ## requests drawn from the OpenAPI document, as every role: no error, no leak; an hour
	$(BIN)/python -W ignore -m benchmarks.fuzz_api $(CASES)

FILES ?= 3000
fuzz-uploads: .venv/ready  ## real files damaged at random, read as the service reads them; ten minutes
	$(BIN)/python -W ignore -m benchmarks.fuzz_uploads $(FILES)

CORPUS ?= ../shared/data/retrieval_corpus.jsonl
QUERIES ?= ../shared/data/retrieval_dev_queries.jsonl
bench-retrieval: .venv/ready
	$(BIN)/chadang-train evaluate retrieval --corpus $(CORPUS) --queries $(QUERIES)

PERSONS ?= 1000000
bench-persons: .venv/ready  ## people found by name and number: recall, precision, and speed among PERSONS (0.5 GiB of disk)
	$(BIN)/python -m benchmarks.persons --people $(PERSONS)

bench-golden: .venv/ready  ## questions of every kind to a generated archive: found, and found where nothing may be
	$(BIN)/python -m benchmarks.golden

TEXTS ?= ../shared/data/classification_dev.jsonl
bench-classification: .venv/ready  ## speed and F1 beside a peer; candidates on real labelled texts where there are any
	$(BIN)/python -m benchmarks.classification
	$(if $(wildcard $(TEXTS)),$(BIN)/chadang-train evaluate classification --texts $(TEXTS))

sample: .venv/ready  ## another sample archive of any size: make sample COUNT=1000 SEED=7 (needs a Chinese font)
	@echo "needs a Chinese font, for example the Debian package fonts-wqy-zenhei"
	$(BIN)/chadang-train synthetic --out data/generated --count $(COUNT) --seed $(SEED)

# torch first and alone: a later package must not pull in another build of it.
.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

OSV ?=
audit-pins: .venv/ready  ## known weaknesses of the pins: OSV=all.zip (a dump of osv.dev for PyPI), else by pip-audit
	$(BIN)/python -m benchmarks.pins audit $(OSV)

licences: .venv/ready  ## the licence of every pin
	$(BIN)/python -m benchmarks.pins licences

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache data/var
