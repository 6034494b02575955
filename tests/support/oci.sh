# oci.sh - bundles for tests of davit-runtime. Sourced after flow.sh.
#
#     bundle DIR [JQ]          a bundle with busybox and docker's defaults, changed by a jq program
#     change DIR JQ            changes its config.json
oci_rootfs() {
	local applet
	mkdir -p "$1"/{bin,etc,proc,sys,dev,tmp}
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in sh true false cat echo id ls ps sleep env hostname readlink grep touch mkdir \
		rm test kill tty stty mount stat head tail ip printf wc uname nproc; do
		ln -s busybox "$1/bin/$applet"
	done
}

change() {
	jq "$2" "$1/config.json" >"$1/config.new" && mv "$1/config.new" "$1/config.json"
}

bundle() {
	oci_rootfs "$1/rootfs"
	davit-runtime spec --bundle "$1"
	change "$1" ".process.terminal = false | .process.args = [\"true\"] | ${2:-.}"
}

# runs DIR SCRIPT [JQ] - what its process is to do.
runs() {
	change "$1" "$(jq -n --arg script "$2" '$script' | sed 's/.*/.process.args = ["sh", "-c", &]/') | ${3:-.}"
}

status_of() {
	davit-runtime state "$1" | jq -r .status
}

# The process that a container began with.
pid_of() {
	davit-runtime state "$1" | jq -r .pid
}
