# tests/flow/62-killed.sh, at many more of the calls. KILL_EVERY=1 is all of them, in most of an hour.
export KILL_EVERY=${KILL_EVERY:-7}
. "${0%/*}/../flow/62-killed.sh"
