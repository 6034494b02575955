# A context of a million files: copied, and known again; and left out by .dockerignore in next to no time.
# sandbox: --store tmpfs --size 8G
. "${0%/*}/../support/flow.sh"
export DAVIT_TEST=1
cd /var/lib/davit || exit 1
davit image bootstrap --quiet demo >/dev/null
mkdir ctx
python3 -c '
import os
for d in range(1000):
    os.mkdir(f"ctx/d{d}")
    for f in range(1000):
        os.close(os.open(f"ctx/d{d}/f{f}", os.O_CREAT | os.O_WRONLY))
'
printf 'FROM davit/demo\nCOPY . /src\nRUN find /src -type f | wc -l >/n\n' >ctx/Dockerfile

test "all of them are copied"
expect davit build -q -t million ctx
expect davit run --rm --network none million cat /n
check_output 1000001

test "and known again, and one more is found among them"
expect davit build --progress plain -t million ctx
check [ "$(grep -c CACHED <<<"$err")" = 2 ]
echo more >ctx/d500/f500
expect davit build --dry-run ctx
check [ "$(grep -c '^to do' <<<"$out")" = 2 ]

test "what .dockerignore leaves out costs nothing"
echo 'd*' >ctx/.dockerignore
expect timeout 2 davit build -q -t few ctx
expect davit run --rm --network none few cat /n
check_output 2
