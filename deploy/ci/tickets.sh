# What the tickets promise on a cluster; sourced by cluster.sh, whose functions it uses.

ticket_rush() { "$java" deploy/e2e/src/main/java/dev/multipod/e2e/TicketRush.java "$(address)" "$@"; }

tickets_scale() {
  local run status=0
  scaled ticket-service 1
  : > "$work/rush"
  ticket_rush "rush-$RANDOM" "$BUYERS" > "$work/rush" 2>&1 &
  run=$!
  reached "answered $((BUYERS / 10))" "$work/rush" $run
  k scale deployment $release-ticket-service --replicas 5 > /dev/null
  reached "answered $((BUYERS * 6 / 10))" "$work/rush" $run
  k scale deployment $release-ticket-service --replicas 2 > /dev/null
  wait $run || status=$?
  [ $status = 0 ] || { cat "$work/rush"; return 1; }
  say "  ticket-service went 1, 5, 2 during a rush: $(tail -n 1 "$work/rush")"
  scaled ticket-service 2
}

tickets_restart() {
  local run status=0
  scaled ticket-service 2
  : > "$work/rush"
  ticket_rush "restart-$RANDOM" "$BUYERS" > "$work/rush" 2>&1 &
  run=$!
  reached "answered $((BUYERS / 10))" "$work/rush" $run
  restart ticket-service > /dev/null
  wait $run || status=$?
  [ $status = 0 ] || { cat "$work/rush"; return 1; }
  say "  a rolling restart of ticket-service during a rush: $(tail -n 1 "$work/rush")"
}

# A kubelet lets also a pod that is deleted by force live for 2 s more (its minimum), in which it renews; then the lease of a
# sale lasts 2 s, and a second more is what the next holder has.
tickets_takeover() {
  local event=takeover-$RANDOM base pod began took status order end
  base=$(address)
  scaled ticket-service 2
  end=$((SECONDS + 60))
  curl -sS -f --retry 10 --retry-delay 1 --retry-all-errors -X PUT -d '{"stock": 10, "think": "5s"}' "$base/ticket-service/events/$event" > /dev/null
  # Repeated: a gateway may not have heard yet which replicas the scaling took away.
  for _ in 1 2 3 4 5 6 7 8; do curl -s -f -m 20 -o /dev/null -X POST -H 'Idempotency-Key: first' "$base/ticket-service/events/$event/orders?wait=20s" && break; sleep 1; done &
  order=$!
  until pod=$(curl -sS "$base/ticket-service/locks/event:$event" | sed -n 's/.*"pod":"\([^"]*\)".*/\1/p') && [ -n "$pod" ]; do
    [ $SECONDS -lt $end ] || { fail "nobody took the lock of an order"; return 1; }
    sleep 0.1
  done
  k delete pod "$pod" --force --grace-period=0 > /dev/null 2>&1
  began=${EPOCHREALTIME/./}
  # The next holder must not think: what is measured is when it has the lock.
  until curl -s -m 5 -o /dev/null -f -X PUT -d '{"stock": 10, "think": "0s"}' "$base/ticket-service/events/$event"; do
    [ $SECONDS -lt $((end + 90)) ] || { fail "the event could not be changed"; return 1; }
    sleep 0.1
  done
  until status=$(curl -s -m 10 -o /dev/null -w '%{http_code}' -X POST -H 'Idempotency-Key: next' "$base/ticket-service/events/$event/orders?wait=5s" || true) && [ "$status" = 201 ]; do
    [ $((${EPOCHREALTIME/./} - began)) -lt 90000000 ] || { fail "nobody sold after the holder was killed: $status"; return 1; }
  done
  took=$(((${EPOCHREALTIME/./} - began) / 1000))
  kill $order 2> /dev/null || true
  say "  the lock that $pod held when it was killed was another's after $took ms at most"
  [ $took -le $((within * 1000)) ] || { fail "more than $within s"; return 1; }
}
