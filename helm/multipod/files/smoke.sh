# `helm test`: one small thing of each service, from inside the cluster, as its callers do it.
# Needs bash alone: /dev/tcp and /dev/udp are its own.
#   SERVICES  those that are there      PREFIX  what Service names begin with
#   GATEWAY   host of the one address; empty when there is no gateway
#   TARGETS   yes when there is the demonstration site and SSH server
set -uo pipefail
token_file=/var/run/secrets/multipod/token
failed=0

# call METHOD /service/path [body] [header…]: leaves the answer in $status, $head and $body.
call() {
  local method=$1 path=$2 content=${3:-} service header chunk
  shift 2; shift || true
  service=${path#/}; service=${service%%/*}
  exec 3<> "/dev/tcp/${GATEWAY:-$PREFIX-$service}/8080" || { status=000 head='' body='cannot connect'; return; }
  {
    printf '%s %s HTTP/1.1\r\nHost: multipod\r\nConnection: close\r\nIdempotency-Key: %s\r\n' "$method" "$path" "$run-$RANDOM$RANDOM"
    for header in "$@"; do printf '%s\r\n' "$header"; done
    case $content in
      '') ;;
      [\{\[\"]*) printf 'Content-Type: application/json\r\n' ;;
      *) printf 'Content-Type: text/plain\r\n' ;;
    esac
    printf 'Content-Length: %d\r\n\r\n%s' "${#content}" "$content"
  } >&3
  head='' body=''
  while IFS= read -r -t 90 -u 3 header; do
    header=${header%$'\r'}
    [ -n "$header" ] || break
    head+=$header$'\n'
  done
  # A chunk may end in the middle of a word; sizes are in bytes.
  local LC_ALL=C size
  if [[ ${head,,} == *'transfer-encoding: chunked'* ]]; then
    while IFS= read -r -t 90 -u 3 size && size=$((16#${size%%[^0-9a-fA-F]*})) && [ $size -gt 0 ]; do
      IFS= read -r -t 90 -u 3 -N $size chunk && IFS= read -r -t 90 -u 3 header || break
      body+=$chunk
    done
  else
    while IFS= read -r -t 90 -u 3 chunk || [ -n "$chunk" ]; do body+=$chunk$'\n'; done
  fi
  exec 3>&-
  status=${head#* }; status=${status%% *}
}

# expect STATUS [text]: about the last call.
expect() {
  [ "$status" = "$1" ] && [[ $body == *"${2:-}"* ]] && return
  printf '  wanted %s %s\n  got    %s %s\n' "$1" "${2:-}" "$status" "${body:0:600}"
  return 1
}

header() { local line; while read -r line; do [[ ${line,,} == "$1:"* ]] && { line=${line#*: }; echo "$line"; return; }; done <<< "$head"; }
member() { local rest=${body#*\"$1\":}; [ "$rest" != "$body" ] || return; rest=${rest#\"}; echo "${rest%%[\",\}]*}"; }

raw() { # tcp|udp service: the tutorial's client
  local reply='' try
  for try in 1 2 3; do
    exec 4<> "/dev/$1/$PREFIX-$2-raw/9007" || continue
    printf 'hello\n' >&4
    # One read of it all: bash's own reads a byte, and of a datagram the rest is then gone.
    reply=$(timeout 2 dd bs=2048 count=1 <&4 2> /dev/null)
    exec 4>&-
    [ "$reply" = HELLO ] && return
  done
  echo "  the raw socket answered '$reply'"
  return 1
}

# What each service is asked; one without a function of its own is asked for its name.
any() { call GET "/$1/replica" && expect 200 "$1"; }
# A replica that has just become ready is found when the DNS answer before it has run out.
found() { local try; for try in {1..20}; do any "$1" > /dev/null && return; sleep 1; done; any "$1"; }
tcp_echo() { raw tcp tcp-echo && call POST /tcp-echo/messages hello && expect 200 HELLO; }
udp_echo() { raw udp udp-echo && call POST /udp-echo/messages hello && expect 200 HELLO; }
ticket_service() {
  local lease token
  call POST "/ticket-service/locks/$run/leases" '{"ttl":"30s"}' && expect 201 || return
  lease=$(header location) token=$(header etag)
  call POST "/ticket-service/locks/$run/leases" '{"ttl":"30s","wait":"0s"}' && expect 423 lock-held || return
  call DELETE "$lease" '' "If-Match: $token" && expect 204
}
producer() {
  call PUT "/producer/queues/$run" '{"maxsize":3}' && { expect 201 || expect 200; } || return
  call POST "/producer/queues/$run/items?timeout=10s" '"first"' && expect 201 || return
  [[ ,$SERVICES, == *,consumer,* ]] || return 0
  call POST "/consumer/queues/$run/leases?timeout=20s" && expect 200 first || return
  call POST "$(member ackUrl)/done" && expect 204 || return
  call GET "/producer/queues/$run/join?timeout=20s" && expect 200 || return
  call DELETE "/producer/queues/$run?if-empty=true" && expect 204
}
crawler_pool() {
  call POST /crawler-pool/pools "{\"name\":\"$run\",\"processes\":2}" && expect 201 || return
  call POST "/crawler-pool/pools/$run/tasks" '{"kind":"square","n":7,"sleep":"0s"}' || return
  [[ $status == 20? ]] || { expect 201; return; }
  call POST "/crawler-pool/pools/$run/close"
  call GET "/crawler-pool/pools/$run/join?timeout=30s" && expect 200 || return
  call GET "/crawler-pool/pools/$run/results" '' 'Accept: application/x-ndjson' && expect 200 49
}
ssh_gateway() {
  call GET /ssh-gateway/targets && expect 401 || return
  local bearer="Authorization: Bearer $(< $token_file)"
  call GET /ssh-gateway/targets '' "$bearer" && expect 200 || return
  [ "${TARGETS:-}" = yes ] || return 0
  local target
  for target in demo-password demo-key; do
    call POST /ssh-gateway/targets/$target/exec '{"argv":["df","-h"],"timeout":"20s"}' "$bearer" 'Accept: application/x-ndjson' && expect 200 '"exit"' || return
  done
}

run=smoke-$(printf '%(%s)T' -1)-$RANDOM
IFS=, read -ra services <<< "$SERVICES"
for service in "${services[@]}"; do
  check=${service//-/_}
  declare -F "$check" > /dev/null || check="any $service"
  if output=$(found "$service" 2>&1 && $check 2>&1); then echo "ok      $service"; else echo "FAILED  $service"; echo "$output"; failed=1; fi
done
exit $failed
