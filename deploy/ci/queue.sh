# What the queue promises on a cluster; sourced by cluster.sh, whose functions it uses.

queue_run() { "$java" deploy/e2e/src/main/java/dev/multipod/e2e/QueueRun.java "$(address)" "$@"; }

queue_scale() {
  local run status=0 items=$ITEMS patience=$((180 + ITEMS / 2))
  scaled consumer 1
  : > "$work/queue-run"
  queue_run "run-$RANDOM" "$items" 64 > "$work/queue-run" 2>&1 &
  run=$!
  reached "eaten $((items / 5))" "$work/queue-run" $run $patience
  k scale deployment $release-consumer --replicas 6 > /dev/null
  reached "eaten $((items * 3 / 5))" "$work/queue-run" $run $patience
  k scale deployment $release-consumer --replicas 2 > /dev/null
  wait $run || status=$?
  [ $status = 0 ] || { cat "$work/queue-run"; return 1; }
  say "  $items items while consumers went 1, 6, 2: $(tail -n 1 "$work/queue-run")"
  scaled consumer 2
}

queue_takeover() {
  local queue=takeover-$RANDOM base lease pod began took body
  # Repeated: a gateway may not have heard yet which replicas the scaling took away.
  local once=(curl -sS -f --retry 10 --retry-delay 1 --retry-all-errors)
  base=$(address)
  scaled consumer 2
  "${once[@]}" -X PUT -d '{"maxsize": 3}' "$base/producer/queues/$queue" > /dev/null
  "${once[@]}" -d held -H 'Content-Type: text/plain' -H 'Idempotency-Key: held' "$base/producer/queues/$queue/items?timeout=10s" > /dev/null
  lease=$("${once[@]}" -X POST "$base/consumer/queues/$queue/leases?timeout=30s")
  pod=$(k get pods -l app.kubernetes.io/component=consumer -o name | sed 's,^pod/,,' | while read -r name; do [[ $lease != *"/$name."* ]] || echo "$name"; done)
  [ -n "$pod" ] || { fail "no pod of the consumer is named in $lease"; return 1; }
  k delete pod "$pod" --force --grace-period=0 > /dev/null 2>&1
  began=${EPOCHREALTIME/./}
  until body=$(curl -sS -m 20 -X POST "$base/consumer/queues/$queue/leases?timeout=5s") && [[ $body == *'"data":"held"'* ]]; do
    [ $((${EPOCHREALTIME/./} - began)) -lt 90000000 ] || { fail "nobody took over: $body"; return 1; }
  done
  took=$(((${EPOCHREALTIME/./} - began) / 1000))
  say "  what $pod held when it was killed was handed out again after $took ms"
  [ $took -le $((within * 1000)) ] || { fail "more than $within s"; return 1; }
}
