#!/usr/bin/env bash
# Checks the chart without installing it: lint, unit tests, kube-score, the README, and a strict dry run by the API server
# that kubectl points at. Needs helm, helm-unittest, kube-score and helm-docs.
set -euo pipefail
cd "$(dirname "$0")/../.."
chart=helm/multipod

# What kube-score asks for and the chart does not do, each with its reason; there is no other list of exceptions.
ignored=(
  container-image-pull-policy               # images are named by digest or loaded into the nodes; Always would need a registry
  container-security-context-user-group-id  # the official images of Kafka and PostgreSQL have the users 1000 and 999; ours is 10001
  statefulset-has-servicename               # the development StatefulSets have one pod, whose name nobody asks DNS for
  pod-probes-identical                      # so does Kafka's probe: a TCP connection is all that shows a broker is there
  deployment-has-host-podantiaffinity       # pods are spread by topologySpreadConstraints, softly
  deployment-replicas                       # no number of replicas is rendered, so that `kubectl scale` survives an upgrade
  service-type                              # a NodePort is chosen by values
)

step() { printf '  %-44s' "$1"; shift; local began=$SECONDS out; if out=$("$@" 2>&1); then echo "ok, $((SECONDS - began)) s"; else echo FAILED; echo "$out"; exit 1; fi; }
lint() { for values in $chart/ci/*.yaml $chart/examples/*.yaml; do helm lint --strict --quiet $chart -f "$values"; done; }
score() {
  # And no CPU limits: an idle core is anybody's, a limit throttles bursts and helps nobody.
  local flags=(--ignore-container-cpu-limit) test values
  for test in "${ignored[@]}"; do flags+=(--ignore-test "$test"); done
  for values in $chart/ci/*.yaml; do helm template multipod $chart -f "$values" | kube-score score - "${flags[@]}" --output-format ci | { ! grep -E '^\[(CRITICAL|WARNING)\]'; }; done
}
unit() { helm-unittest -f 'unittests/*_test.yaml' $chart; }
readme() { diff <(cd $chart && helm-docs --dry-run --log-level error) $chart/README.md; }
dry_run() {
  local values=$1 namespace=multipod-dry-run status=0
  kubectl create namespace $namespace > /dev/null
  kubectl label namespace $namespace pod-security.kubernetes.io/enforce=restricted > /dev/null
  # The test's pod is refused as long as its ServiceAccount is not there, and a dry run makes none.
  kubectl -n $namespace create serviceaccount multipod-test > /dev/null
  helm template multipod $chart -n $namespace -f "$values" \
    | kubectl apply -n $namespace --dry-run=server --validate=strict -f - 2>&1 | { ! grep -iE 'error|warning|forbidden|invalid' | grep -v last-applied; } || status=1
  kubectl delete namespace $namespace --wait=true > /dev/null
  return $status
}

step "helm lint --strict" lint
step "helm-unittest" unit
step "kube-score" score
step "README.md follows values.yaml" readme
for values in $chart/ci/*.yaml; do
  # `full` names a PriorityClass and a storage class of its own: any cluster has the first, none the second.
  step "API server, strict: $(basename "$values")" dry_run "$values"
done
if kubectl get crd scaledobjects.keda.sh > /dev/null 2>&1; then
  step "API server, strict: examples/keda.yaml" dry_run $chart/examples/keda.yaml
else
  printf '  %-44s%s\n' "API server, strict: examples/keda.yaml" "not checked: this cluster does not know KEDA"
fi
