#!/usr/bin/env bash
# Proves that the compiler gate bites: sound code compiles, and each unsound piece is refused for its own reason.
set -euo pipefail
cd "$(dirname "$0")"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

compile() {
  rm -rf target
  "${MVN:-mvn}" -B -o -Dproof="$1" compile >"$log" 2>&1
}

prove() { # proof, what the compiler must say
  if compile "$1"; then
    echo "gate: src/$1 compiled, but must be refused" >&2
    exit 1
  elif ! grep -q -- "$2" "$log"; then
    echo "gate: src/$1 was refused, but not with '$2':" >&2
    cat "$log" >&2
    exit 1
  fi
  echo "gate: src/$1 is refused: $2"
}

compile fine || { echo "gate: src/fine must compile:" >&2; cat "$log" >&2; exit 1; }
prove nullness 'NullAway'
prove lint 'found raw type'
prove bug 'SelfEquals'
rm -rf target
