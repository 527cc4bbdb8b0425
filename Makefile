# Each target installs and starts what it needs (Debian 12, root) and is quick the next time.
.PHONY: demo test acceptance survive fuzz proof bench lint docs

PYTHON := .venv/bin/python

# a naive Flask image, made here without an engine, slimmed, built anew from packages, proven
demo:
	@bench/setup demo
	@bench/demo/run

# the whole suite; containers run in the engine of this machine, or in one started for it
test:
	@bench/setup test
	$(PYTHON) -m pytest -n 2 --dist loadfile

# the corpus, new users' images and the numbers that are promised: one table (at most an hour)
acceptance:
	@bench/setup test
	$(PYTHON) bench/acceptance.py

# thirty programs that no rule was made for, slimmed by their start alone and asked for more (about two hours)
survive:
	@bench/setup test
	bench/survive/build.sh
	$(PYTHON) bench/survival.py

# what a verdict is worth: random harm that verify must find, images verified against themselves (about 25 minutes)
proof:
	@bench/setup test
	$(PYTHON) bench/proof.py

bench:
	@bench/setup test
	$(PYTHON) bench/analyse.py
	$(PYTHON) bench/throughput.py
	$(PYTHON) bench/inspection.py

# a reader against inputs without end, until it fails or is stopped: make fuzz TARGET=tar
fuzz:
	@bench/setup fuzz
	cd tests && ../$(PYTHON) -m fuzz $(TARGET) $(OPTIONS)

# style, types, the floors of the house, generated pages
lint:
	@bench/setup python
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PYTHON) docs/generate.py --check

# the pages that are made from the code: docs/cli.md, docs/waste.md, docs/rules.md, docs/schema/
docs:
	@bench/setup python
	$(PYTHON) docs/generate.py
