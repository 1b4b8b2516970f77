#!/usr/bin/env bash
# Installs multipod into the cluster that kubectl points at, from images built here, and shows that it works:
# ready in time, scaled, upgraded, restarted and drained without a failed request, and gone when uninstalled.
#
#   LOAD='kind load docker-image' deploy/ci/cluster.sh
#
# LOAD        command that brings images into the nodes; it is given their names (required)
# NAMESPACE   made by this script and deleted again (multipod-ci)
# READY       seconds that the pods have to be ready (60)
# BUYERS      how many buy while ticket-service is scaled and restarted; absent: that, and a killed holder, are left out
# ITEMS       how many items are eaten while the consumers are scaled; absent: that, and a killed consumer, are left out
# WITHIN      seconds in which another must have taken over from a killed pod (5)
# VALUES      one more file of values
# SKIP        steps to leave out, by their functions' names below, separated by spaces; without install, the release
#             that is there is taken
# KEEP        yes leaves all as it is when something fails
# Needs kubectl, helm, curl, a JDK 25, and a cluster of at least two nodes; and services built by Maven.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${LOAD:?names the command that brings images into the nodes}"
namespace=${NAMESPACE:-multipod-ci} release=multipod ready_within=${READY:-60} within=${WITHIN:-5}
chart=helm/multipod
java=$(deploy/find-jdk)/bin/java
work=$(mktemp -d)
drained='' failed=1 current=''

k() { kubectl -n "$namespace" "$@"; }
say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() { say "  $*"; return 1; }

diagnose() {
  say "FAILED in: $current"
  echo '--- pods'; k get pods -o wide || true
  k get pods -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.containerStatuses[*].lastState.terminated}{"\n"}{end}' | grep exitCode || true
  echo '--- warnings'; k get events --field-selector type=Warning --sort-by=.lastTimestamp | tail -n 30 || true
  local pod
  for pod in $(k get pods -o jsonpath='{range .items[?(@.status.phase!="Succeeded")]}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | awk '$2 != "True" {print $1}'); do
    echo "--- $pod"; k logs "$pod" --tail 40 || true; k logs "$pod" --previous --tail 40 2> /dev/null || true
  done
  [ ! -s "$work/load" ] || { echo '--- load, the slowest'; sort -k 2 -n -r "$work/load" | head -n 20; }
}
clean_up() {
  [ $failed = 0 ] || diagnose
  [ -z "$drained" ] || kubectl uncordon "$drained" > /dev/null || true
  touch "$work/stop"
  [ $failed = 0 ] || [ "${KEEP:-}" != yes ] || { say "left as it is: namespace $namespace, files in $work"; return; }
  helm uninstall $release -n "$namespace" --ignore-not-found > /dev/null 2>&1 || true
  kubectl delete namespace "$namespace" --ignore-not-found --timeout 120s > /dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

step() { # name, function
  current=$1
  if [[ " ${SKIP:-} " == *" $2 "* ]]; then say "$1: left out"; return; fi
  local began=$SECONDS
  say "$1"
  $2
  say "  done, $((SECONDS - began)) s"
}

checks() { deploy/ci/chart.sh; }

images() {
  local name names ours=()
  mapfile -t names < <(wanted_images)
  for name in "${names[@]}"; do [[ $name != localhost/multipod/* ]] || { name=${name##*/}; ours+=("${name%:*}"); }; done
  docker/build "${ours[@]}"
  $LOAD "${names[@]}"
}
wanted_images() { render | sed -n 's/^ *image: *//p' | tr -d '"' | sort -u; }

# The development databases stay on one node, so that the other one can be drained.
data_node=$(kubectl get nodes -o jsonpath='{.items[0].metadata.labels.kubernetes\.io/hostname}')
other_node=$(kubectl get nodes -o jsonpath='{.items[1].metadata.name}')
[ -n "$other_node" ] || { echo "the cluster has one node; draining one takes two" >&2; exit 1; }
values=(
  -f $chart/ci/cluster.yaml
  --set "kafka.dev.nodeSelector.kubernetes\.io/hostname=$data_node"
  --set "postgres.dev.nodeSelector.kubernetes\.io/hostname=$data_node"
)
[ -z "${VALUES:-}" ] || values+=(-f "$VALUES")
render() { helm template $release $chart -n "$namespace" "${values[@]}"; }

install() {
  kubectl delete namespace "$namespace" --ignore-not-found --timeout 180s > /dev/null
  kubectl create namespace "$namespace" > /dev/null
  kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/warn=restricted > /dev/null
  local began=${EPOCHREALTIME/./} since=$(date +%s)
  helm install $release $chart -n "$namespace" "${values[@]}" > "$work/notes"
  all_ready 600
  local took=$(((${EPOCHREALTIME/./} - began) / 1000))
  say "  $(k get pods --no-headers | wc -l) pods ready $((took / 1000)).$(printf %03d $((took % 1000))) s after helm install"
  slowest "$since"
  [ $took -le $((ready_within * 1000)) ] || fail "more than $ready_within s"
}

slowest() { # since when: the pods that others waited for
  local pod at
  k get pods -o jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].lastTransitionTime}{"\n"}{end}' \
    | while read -r pod at; do echo "$(($(date -d "$at" +%s) - $1)) s $pod"; done | sort -rn | head -n 4 | paste -sd ',' | sed 's/^/  the last: /; s/,/, /g'
}

helm_test() {
  helm test $release -n "$namespace" --logs --timeout 5m > "$work/test" 2>&1 || { cat "$work/test"; return 1; }
  grep -E '^(ok|FAILED)' "$work/test" | sed 's/^/  /'
}

address() {
  local node
  node=$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}')
  echo "http://$node:$(k get service $release-gateway -o jsonpath='{.spec.ports[0].nodePort}')"
}

e2e() {
  local token
  token=$(k create token $release-user --audience multipod)
  # Maven says nothing about tests that pass, so their reports are counted.
  rm -rf deploy/e2e/target/surefire-reports
  MULTIPOD=$(address) MULTIPOD_TOKEN=$token MULTIPOD_DEMO_SITE=http://$release-demo-site:8081 make e2e > "$work/e2e" 2>&1 \
    || { grep -vE '^\s+at |^$' "$work/e2e" | head -n 120 | sed 's/^/  /'; return 1; }
  say "  $(cat deploy/e2e/target/surefire-reports/*.xml | grep -c '<testcase ') tests passed against $(address)"
}

two_of_each() {
  k scale deployment -l "app.kubernetes.io/instance=$release,app.kubernetes.io/component notin (demo-site,demo-ssh)" --replicas 2 > /dev/null
  all_ready 600
  found 14
  say "  $(k get pods -l app.kubernetes.io/instance=$release --field-selector status.phase=Running --no-headers | wc -l) pods ready"
}
all_ready() { # seconds: every Deployment and StatefulSet has the pods that it wants, and no other
  local deployment end=$((SECONDS + $1))
  for deployment in $(k get deployments,statefulsets -l app.kubernetes.io/instance=$release -o name); do
    k rollout status "$deployment" --timeout "$((end > SECONDS ? end - SECONDS : 1))s" > /dev/null
  done
}

found() { # until gateways know of so many replicas, several times in a row: each looks them up in DNS for itself
  local end=$((SECONDS + 60)) row=0 count url
  url=$(address)/
  while [ $row -lt 6 ]; do
    count=$(curl -sS -m 10 "$url" | grep -oE "\"$release-[a-z0-9-]+\"" | sort -u | wc -l || true)
    if [ "$count" = "$1" ]; then row=$((row + 1)); else row=0; fi
    [ $SECONDS -lt $end ] || { fail "gateways know $count replicas, not $1, after 60 s"; return 1; }
    [ $row -gt 0 ] || sleep 1
  done
}

names() { # until so many different replicas of tcp-echo have answered, or 60 s
  local end=$((SECONDS + 60)) url
  url=$(address)/tcp-echo/messages
  : > "$work/names"
  until [ "$(sort -u "$work/names" | wc -l)" -ge "$1" ]; do
    [ $SECONDS -lt $end ] || { sort "$work/names" | uniq -c; fail "not $1 names in 60 s"; return 1; }
    curl -sS -m 10 -d hello "$url" | grep -o '"replica":"[^"]*"' | cut -d '"' -f 4 >> "$work/names" || true
  done
  sort "$work/names" | uniq -c | sed 's/^/  /'
}
scale() {
  k scale deployment $release-tcp-echo --replicas 3 > /dev/null
  k rollout status deployment $release-tcp-echo --timeout 120s > /dev/null
  names 3
}
upgrade() {
  helm upgrade $release $chart -n "$namespace" "${values[@]}" --set-string services.tcp-echo.podAnnotations.upgraded=yes --wait --timeout 5m > /dev/null
  local replicas
  replicas=$(k get deployment $release-tcp-echo -o jsonpath='{.spec.replicas} {.status.readyReplicas}')
  [ "$replicas" = "3 3" ] || fail "tcp-echo has $replicas replicas (wanted, ready), not 3 3"
  say "  tcp-echo still has 3 replicas"
}

# Load: callers one after the other in each of four lanes, a new connection for each call, over both nodes' ports. What is
# lost never answers, however long one waits; how slow a machine is that starts ten services at once is not what this shows.
lane() {
  while [ -d "$work" ] && [ ! -e "$work/stop" ]; do
    curl -s -o /dev/null -m 60 -w '%{http_code} %{time_total} s, connected after %{time_connect} s %{errormsg}\n' -d hello "$1" || true
  done
}
under_load() { # what, command…
  local what=$1 i url count bad; shift
  url=$(address)/tcp-echo/messages
  rm -f "$work/stop"; : > "$work/load"
  for i in 1 2 3 4; do lane "$url" >> "$work/load" & done
  local status=0
  "$@" > "$work/out" 2>&1 || status=$?
  # Those that stop serve on for a while: what fails, fails now.
  sleep 5
  touch "$work/stop"
  wait
  [ $status = 0 ] || { cat "$work/out"; return $status; }
  count=$(wc -l < "$work/load") bad=$(grep -vc '^200 ' "$work/load" || true)
  say "  $what: $count requests, $bad failed, the slowest took $(sort -k 2 -n -r "$work/load" | awk 'NR == 1 {print $2}') s"
  [ "$bad" = 0 ] || { grep -v '^200 ' "$work/load"; k logs -l app.kubernetes.io/component=gateway --tail 40 --prefix; return 1; }
}
restart() {
  k rollout restart deployment "$release-$1" && k rollout status deployment "$release-$1" --timeout 180s || return 1
  # The last one to stop is still draining when its successor is ready. (kubectl wait would take that one for a pod
  # that never becomes ready.)
  local end=$((SECONDS + 60))
  until [ "$(k get pods -l "app.kubernetes.io/component=$1" --no-headers | grep -c Terminating)" = 0 ]; do
    [ $SECONDS -lt $end ] || return 1
    sleep 1
  done
}
restarts() {
  under_load "rolling restart of tcp-echo" restart tcp-echo
  under_load "rolling restart of gateway" restart gateway
}
drain() {
  drained=$other_node
  under_load "drain of $other_node" kubectl drain "$other_node" --ignore-daemonsets --delete-emptydir-data --pod-selector "app.kubernetes.io/instance=$release" --timeout 240s
  kubectl uncordon "$other_node" > /dev/null
  drained=''
  all_ready 120
}

connects() { k exec "deploy/$release-$1" -- bash -c "exec 3<> /dev/tcp/$release-$2" > /dev/null 2>&1; }
policies() {
  connects ticket-service postgres/5432 || fail "ticket-service does not reach PostgreSQL"
  connects gateway ticket-service-replicas/8080 || fail "gateway does not reach ticket-service"
  ! timeout 5 bash -c "$(declare -f k connects); namespace=$namespace release=$release; connects tcp-echo postgres/5432" || fail "tcp-echo reaches PostgreSQL"
  ! timeout 5 bash -c "$(declare -f k connects); namespace=$namespace release=$release; connects tcp-echo ticket-service/8080" || fail "tcp-echo reaches ticket-service"
  say "  PostgreSQL lets in ticket-service and not tcp-echo; ticket-service lets in gateway and not tcp-echo"
}

reached() { # a line of a file, until it is there or the process that writes it has ended; 180 s or so many
  local end=$((SECONDS + ${4:-180}))
  until grep -q "^$1$" "$2" || ! kill -0 "$3" 2> /dev/null; do
    [ $SECONDS -lt $end ] || { fail "no '$1' in time"; return 1; }
    sleep 0.2
  done
}
scaled() { # deployment, replicas
  k scale deployment "$release-$1" --replicas "$2" > /dev/null
  k rollout status deployment "$release-$1" --timeout 120s > /dev/null
}
. deploy/ci/tickets.sh
. deploy/ci/queue.sh

leftovers() {
  kubectl api-resources --verbs=list --namespaced -o name | grep -vE '^(events|.*\.metrics\.k8s\.io)' | sort -u | paste -sd, \
    | xargs -I{} kubectl -n "$namespace" get {} -l app.kubernetes.io/instance=$release -o name --ignore-not-found
  k get secret -l owner=helm -o name
}
uninstall() {
  helm uninstall $release -n "$namespace" --wait > /dev/null
  local end=$((SECONDS + 90))
  until [ -z "$(leftovers)" ]; do
    [ $SECONDS -lt $end ] || { leftovers; fail "is left"; return 1; }
    sleep 1
  done
  say "  no object with the release's labels is left, volume claims included"
}

step "chart" checks
step "images, built and loaded" images
step "install" install
step "helm test" helm_test
step "two replicas of each" two_of_each
step "end-to-end suite" e2e
step "tcp-echo scaled to 3" scale
step "helm upgrade" upgrade
step "restarts under load" restarts
step "a node drained under load" drain
step "network policies" policies
if [ -n "${BUYERS:-}" ]; then
  step "ticket-service scaled in the middle of a rush" tickets_scale
  step "ticket-service restarted in the middle of a rush" tickets_restart
  step "a holder of the lock killed" tickets_takeover
fi
if [ -n "${ITEMS:-}" ]; then
  step "consumers scaled in the middle of a run" queue_scale
  step "a consumer killed with an item in hand" queue_takeover
fi
step "uninstall" uninstall
failed=0
say "all of it holds"
