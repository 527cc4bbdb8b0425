# common helpers for behave; sourced with NAME set, before all else. What stands here and below is exported (set -a), so that
# a behaviour, which is one line of bash, may call any function and read any variable of its script.
set -a
IMG=${1:?usage: behave IMAGE}; C="survive-$NAME-$$"; FAILED=0
HERE=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd); TMP=$(mktemp -d); chmod 755 "$TMP"
cleanup() { docker ps -aq --filter "label=survive=$C" | xargs -r docker rm -f -v >/dev/null 2>&1; rm -rf "$TMP"; }
trap cleanup EXIT; trap 'exit 1' INT TERM HUP
# start [OPTION...] IMAGE [ARG...]: the container that behaviours talk to; where it does not start they fail one by one
start() { docker run -d --name "$C" --label "survive=$C" --network host "$@" >/dev/null; }
inside() { docker exec -i "$C" "$@"; }
# tool ARG...: the image with other arguments; program FILE ARG...: with another entrypoint; $TMP is /work in both
tool() { docker run --rm -i --label "survive=$C" --network host -v "$TMP:/work" "$IMG" "$@"; }
program() { docker run --rm -i --label "survive=$C" --network host -v "$TMP:/work" --entrypoint "$1" "$IMG" "${@:2}"; }
running() { [ "$(docker inspect -f '{{.State.Running}}' "${1:-$C}" 2>/dev/null)" = true ]; }
open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
portfree() { ! open "$1" || { echo "port $1 is in use on the host" >&2; exit 2; }; }
# waitport PORT [SECONDS [CONTAINER]]: until it answers, or its container has gone
waitport() { for _ in $(seq $((${2:-60} * 5))); do open "$1" && return; running "${3:-$C}" || return; sleep .2; done; }
get() { curl -sS -m 20 "$@"; }
status() { get -o /dev/null -w '%{http_code}' "$@"; }
# equals NAME EXPECTED LINE, contains NAME PART LINE: a behaviour, judged by what its line prints (contains: on stderr too)
equals() { local got; got=$(bounded "$3" 2>"$TMP/.stderr"); judge "$1" "$([ "$got" = "$2" ] && echo 1)" "$2" "$got $(tail -n3 "$TMP/.stderr")"; }
contains() { local got; got=$(bounded "$3" 2>&1); judge "$1" "$([[ "$got" == *"$2"* ]] && echo 1)" "$2" "$got"; }
bounded() { timeout -k 5 60 bash -c "$1" </dev/null | tr -d '\0'; }
judge() {
  if [ "$2" ]; then echo "ok $1"; return; fi
  FAILED=1; echo "not ok $1: expected [${3:0:200}] got [${4:0:400}]" | tr '\n\r' '  '; echo
}
# picture FILE...: what pictures in $TMP are
picture() { (cd "$TMP" && python3 "${HERE%/*}/picture.py" "$@"); }
# finish: the exit status
finish() { exit "$FAILED"; }
