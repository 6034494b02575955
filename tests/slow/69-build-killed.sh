# tests/flow/69-build-killed.sh, at many more of the calls.
export KILL_EVERY=${KILL_EVERY:-23}
. "${0%/*}/../flow/69-build-killed.sh"
