# The explorer's tests once more, with the copy driver: nobody notices.
mkdir -p /tmp/below/{lower,upper,work}
mount -t overlay below /var/lib/davit \
	-o lowerdir=/tmp/below/lower,upperdir=/tmp/below/upper,workdir=/tmp/below/work || exit 1
. "${0%/*}/38-explorer.sh"
