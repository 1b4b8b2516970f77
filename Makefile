# multipod. `make` lists what there is to do. Every command works from a fresh clone.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
MAKEFLAGS += --no-print-directory

MULTIPOD ?= http://127.0.0.1:$(or $(MULTIPOD_PORT),8080)
MVN ?= mvn
# A JDK 25, found or clearly asked for.
jdk = export JAVA_HOME="$$(deploy/find-jdk)"; export PATH="$$JAVA_HOME/bin:$$PATH"
# Only where a running system is meant: a build that sees MULTIPOD would test it.
system = $(jdk) MULTIPOD="$(MULTIPOD)" MULTIPOD_TOKEN="$${MULTIPOD_TOKEN:-$$(cat .multipod/token 2>/dev/null || true)}"
sources := $(shell find pom.xml services deploy -name target -prune -o -type f \( -name '*.java' -o -name pom.xml -o -path '*/src/main/*' \) -print 2>/dev/null)
local = java -cp 'deploy/local/target/local.jar:deploy/local/target/lib/*' dev.multipod.local.Main

.PHONY: help
help: ## this list
	awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: .multipod/built ## build and start the whole system here; Ctrl-C stops it
	$(jdk); exec $(local) run

.PHONY: scale
scale: ## SERVICE=tcp-echo REPLICAS=3: the local `kubectl scale`
	: "$${SERVICE:?say which service: make scale SERVICE=tcp-echo REPLICAS=3}" "$${REPLICAS:?say how many: make scale SERVICE=$$SERVICE REPLICAS=3}"
	$(jdk); $(local) scale "$$SERVICE" "$$REPLICAS"

.PHONY: status
status: ## what runs where
	$(jdk); $(local) status

.PHONY: test
test: ## everything that can be proved on this machine without a cluster
	$(jdk); deploy/test

.PHONY: test-deps
test-deps: ## install what a few tests want besides: CPython, an OpenSSH server (Debian and Ubuntu)
	deploy/test-deps

.PHONY: tour
tour: ## run the README's commands against $MULTIPOD and compare what they print
	$(system); java deploy/e2e/src/main/java/dev/multipod/e2e/Tour.java README.md docs/TUTORIAL.md docs/LOCK.md

.PHONY: e2e
e2e: ## black-box tests against $MULTIPOD, a local stack or a cluster
	$(system); $(MVN) -q -B verify -pl deploy/e2e

.PHONY: images
images: .multipod/built ## build a container image of each service
	$(jdk); docker/build

.PHONY: cluster
cluster: ## a Kubernetes cluster on this machine with kind (needs Docker)
	deploy/kind/up

.PHONY: deploy
deploy: ## install or upgrade the chart in whatever kubectl points at
	helm upgrade --install multipod helm/multipod --namespace multipod --create-namespace --wait --timeout 5m $(HELM_ARGS)

.PHONY: bench
bench: .multipod/built ## compare with peers: interleaved, medians (half an hour)
	$(jdk); deploy/bench/run

.PHONY: mutations
mutations: .multipod/built ## break the lock in four ways and see the tests notice
	$(jdk); unset MULTIPOD; MVN=$(MVN) deploy/mutations/tickets

.PHONY: soak
soak: ## the long versions of the fault and overload tests
	$(jdk); unset MULTIPOD; $(MVN) -q -B verify -Dmultipod.soak.seconds=60 -Dmultipod.soak.connects=5000 -Dmultipod.soak.faults=1000 -Dmultipod.soak.queue-faults=500 -Dmultipod.soak.queue-seconds=300

.PHONY: clean
clean: ## remove what was built and the local stack's data
	$(jdk); if [ -d .multipod ]; then $(local) stop >/dev/null 2>&1 || true; fi
	find . -name target -type d -prune -exec rm -rf {} +
	rm -rf .multipod

.multipod/built: $(sources)
	$(jdk); echo "Building (the first time it also downloads, for a few minutes)…"
	unset MULTIPOD; $(MVN) -q -B -DskipTests package
	mkdir -p .multipod; touch .multipod/built
