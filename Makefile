# Everything a person does with this repository, one command each; `make` alone lists them.
#
# The set-up is part of the commands: what is missing is installed through apt, as root or with sudo, and without questions.
# A Swift toolchain is the only thing that must be there.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# More words for the commands that run a program: make figure5 ARGS="--samples 100"
ARGS ?=

PACKAGES := libopenblas-dev liblapacke-dev pkg-config
FORMATTED := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources
SPECTRA := .build/release/spectra
BENCHMARK := Benchmarks/.build/release/spectra-benchmark
# Where each shell looks for completions, below PREFIX/share.
COMPLETIONS := bash:bash-completion/completions/spectra zsh:zsh/site-functions/_spectra \
  fish:fish/vendor_completions.d/spectra.fish
PEERS := Benchmarks/peers
RESULTS := Benchmarks/results

.DEFAULT_GOAL := help
.PHONY: help prepare build benchmark lint figure5 reproduce test bench bench-peers bench-resolved bench-profile \
  bench-record gallery docs notebooks-data check-export check-figures check-pages check-python check-resolved format install \
  uninstall clean

## figure5 | reproduce the ReZero paper's Figure 5 (ARGS="…" adds options of the command)
figure5: build
	@$(SPECTRA) figure5 $(ARGS)

## reproduce | compare theory with simulation, measure published results and write docs/reproductions.md (minutes)
reproduce: build
	SPECTRA_SLOW=1 $(SWIFT) test --disable-xctest -c release --filter TheoryAgainstSimulation
	@$(SPECTRA) reproduce --format markdown --output docs/reproductions.md $(ARGS)

## test | check the format, build, and run all tests in debug and in release
test: prepare lint
	$(SWIFT) build
	$(SWIFT) test --disable-xctest
	$(SWIFT) test --disable-xctest -c release

## bench | time Jacobians and singular values by size, their growth and the floor (ARGS="…" adds options)
bench: benchmark
	@$(BENCHMARK) table $(ARGS)

## bench-resolved | time the resolved method against the product method (ARGS="…" adds options)
bench-resolved: benchmark
	@$(BENCHMARK) resolved $(ARGS)

## bench-peers | time JAX, PyTorch and spectra alternately (ARGS="--quick", ARGS="--list", …; needs python3)
bench-peers: build benchmark
	@python3 $(PEERS)/bench_peers.py $(ARGS)

## bench-profile | where our own time goes, by Linux's perf (needs python3 and perf)
bench-profile: benchmark
	@python3 $(PEERS)/where_time_goes.py $(ARGS)

## bench-record | measure all of docs/performance.md again and write it there (an hour on a quiet machine)
bench-record: build benchmark
	mkdir -p $(RESULTS)
	$(BENCHMARK) table --largest 4096 --json $(RESULTS)/bench.jsonl
	python3 $(PEERS)/bench_peers.py --json $(RESULTS)/peers.jsonl
	$(BENCHMARK) resolved --repetitions 3 --json $(RESULTS)/resolved.jsonl
	python3 $(PEERS)/where_time_goes.py --json $(RESULTS)/profile.jsonl
	python3 $(PEERS)/tables.py $(RESULTS)/*.jsonl --write docs/performance.md

## gallery | run the commands of docs/gallery.md, docs/theory.md and docs/pictures.md again and put there what they print and draw
gallery: build
	@LC_ALL=C.UTF-8 docs/regenerate.sh docs/gallery.md
	@LC_ALL=C.UTF-8 docs/regenerate.sh docs/theory.md
	@awk '/^```sh$$/ { inside = 1; next } /^```$$/ { inside = 0 } inside' docs/pictures.md | sh -eu

## docs | build the library's documentation as a static site in .build/docs (ARGS="…" adds options of docc)
docs: prepare
	@SWIFT=$(SWIFT) docs/site.sh $(ARGS)

## notebooks-data | make all of notebooks-data again and execute its notebooks (ARGS="--only NAME" for one; needs python3)
notebooks-data: build
	@python3 notebooks-data/tools/regenerate.py $(ARGS)

## check-export | recompute exported Jacobians in PyTorch and compare (needs python3)
check-export: build
	@python3 $(PEERS)/check_runs.py --spectra $(SPECTRA) $(ARGS)

## check-resolved | compare resolved spectra with the true ones, and print the table (needs python3)
check-resolved: build
	@python3 $(PEERS)/check_resolved.py --spectra $(SPECTRA) $(ARGS)

## check-python | run the Python of docs/python.md (PYTHON=… names an interpreter that has its packages; needs python3)
check-python: build
	@python3 notebooks-data/tools/check_python.py $(if $(PYTHON),--python "$(PYTHON)") $(ARGS)

## check-figures | draw Vega-Lite figures with Vega-Lite and validate them against its whole schema (needs python3)
check-figures: build
	@python3 docs/tools/check_vega_lite.py --spectra $(SPECTRA) $(ARGS)

## check-pages | open HTML figures in Debian's chromium without a network, use them, and take screenshots (needs python3)
check-pages: build
	@python3 $(PEERS)/check_pages.py --spectra $(SPECTRA) $(ARGS)

## format | format every Swift file in place
format:
	$(SWIFT) format -i -p -r $(wildcard $(FORMATTED))

## install | build, and copy the command and its shell completions below PREFIX (/usr/local; DESTDIR is respected)
# With the Swift library inside, the copy starts faster and outlives the toolchain. Not every toolchain has that library.
install: prepare
	@if $(SWIFT) build -c release --product spectra --static-swift-stdlib --scratch-path .build/static; \
	then built=.build/static/release/spectra; \
	else $(SWIFT) build -c release --product spectra && built=$(SPECTRA); \
	fi && \
	install -d "$(DESTDIR)$(PREFIX)/bin" && \
	install -m 755 "$$built" "$(DESTDIR)$(PREFIX)/bin/spectra" && \
	echo "installed $(DESTDIR)$(PREFIX)/bin/spectra" && \
	for file in $(COMPLETIONS); do \
	  shell="$${file%%:*}"; file="$(DESTDIR)$(PREFIX)/share/$${file#*:}"; \
	  install -d "$$(dirname "$$file")" && \
	  { "$$built" --generate-completion-script "$$shell" >"$$file.new" && chmod 644 "$$file.new" && mv -f "$$file.new" "$$file" || \
	    { rm -f "$$file.new"; false; }; } && \
	  echo "installed $$file" || exit 1; \
	done

## uninstall | remove what install put below PREFIX
uninstall:
	@for file in bin/spectra $(foreach file,$(COMPLETIONS),"share/$(lastword $(subst :, ,$(file)))"); do \
	  rm -f "$(DESTDIR)$(PREFIX)/$$file" && echo "removed $(DESTDIR)$(PREFIX)/$$file" || exit 1; \
	done

## clean | remove everything that was built
clean:
	rm -rf .build Benchmarks/.build

## help | this table
help:
	@awk -F ' [|] ' '/^## / { printf "  make %-14s %s\n", substr($$1, 4), $$2 }' $(firstword $(MAKEFILE_LIST))

# --- steps of the commands above ---------------------------------------------------------------------------------------

build: prepare
	$(SWIFT) build -c release --product spectra

benchmark: prepare
	$(SWIFT) build -c release --package-path Benchmarks

lint: prepare
	$(SWIFT) format lint --strict -p -r $(wildcard $(FORMATTED))

# Debian and Ubuntu name their packages alike. A password is asked for only where somebody can type it.
prepare:
	@command -v $(SWIFT) >/dev/null 2>&1 || { \
	  echo "There is no Swift toolchain on the PATH: install Swift 6.1 or later from https://www.swift.org/install, then run make again." >&2; \
	  exit 1; }
	@if ! pkg-config --exists openblas lapacke 2>/dev/null; then \
	  command -v apt-get >/dev/null 2>&1 || { \
	    echo "OpenBLAS, LAPACKE or pkg-config is missing and there is no apt-get to install it: install all three, then run make again." >&2; \
	    exit 1; }; \
	  if [ "$$(id -u)" -eq 0 ]; then as_root="env"; \
	  elif ! command -v sudo >/dev/null 2>&1; then \
	    echo "Installing $(PACKAGES) needs root and there is no sudo: install them as root, then run make again." >&2; \
	    exit 1; \
	  elif [ -t 0 ]; then as_root="sudo env"; \
	  else as_root="sudo -n env"; fi; \
	  echo "installing $(PACKAGES)"; \
	  $$as_root DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
	  $$as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) </dev/null && \
	  pkg-config --exists openblas lapacke || { \
	    echo "apt-get could not install $(PACKAGES): see its messages above, install them by hand, then run make again." >&2; \
	    exit 1; }; \
	fi
