# Searching a registry's index, over real HTTP.
. "${0%/*}/../support/flow.sh"

cd "$flow_tmp" || exit 1
export HOME=$flow_tmp
search-index >port &
eventually 5 [ -s port ]
index=127.0.0.1:$(cat port)

test "names are listed with the most starred first, as a table of docker's columns"
expect davit search $index/nginx
check [ "$(wc -l <<<"$out")" = 26 ]
check [ "$(head -n 2 <<<"$out" | tr -s ' ')" = "NAME DESCRIPTION STARS OFFICIAL
user/nginx-24 Number 24 24 " ]

test "a limit is asked for, and has its bounds"
expect davit search --limit 100 $index/nginx
check [ "$(wc -l <<<"$out")" = 33 ]
check grep -qE '^nginx +Official build of Nginx, which is described … +20000 +\[OK\]$' <<<"$out"
expect davit search --limit 3 $index/nginx
check [ "$(wc -l <<<"$out")" = 4 ]
for limit in 0 101 -1; do
	expect_fail 1 davit search --limit=$limit $index/nginx
	check_error ".*limit $limit is outside the range of \[1, 100\]"
done

test "descriptions are cut unless that is not wanted, and never more than one line"
expect davit search --limit 100 --no-trunc $index/nginx
check grep -q 'described by a very long sentence\.' <<<"$out"
check grep -q 'red  \[31m, two lines,  2J and a  tab' <<<"$out"
expect davit search --format '{{.Description}}' $index/mlaut
check_output 'ääääääääääääääääääääääääääääääääääääääääääää…'

test "filters narrow it down, and formats are templates"
expect davit search --limit 100 -f is-official=true --format '{{.Name}} {{.StarCount}}' $index/nginx
check_output 'nginx 20000'
expect davit search --limit 100 -f stars=28 -f is-official=false --format '{{.Name}}' $index/nginx
check_output 'user/nginx-29
user/nginx-28'
expect davit search --limit 1 --format json $index/nginx-7
check [ "$(jq -r .Name <<<"$out")" = user/nginx-7 ]
expect_fail 1 davit search -f stars=many $index/nginx
check_error ".*invalid filter 'stars=\[many\]'"
expect_fail 1 davit search -f colour=red $index/nginx
check_error ".*invalid filter 'colour'"

test "an index that wants a login gets the stored one"
expect_fail 1 davit search $index/private
check_error '.*no basic auth credentials are stored for it'
mkdir .docker
echo "{\"auths\": {\"$index\": {\"auth\": \"$(printf ada:secret | base64)\"}}}" >.docker/config.json
expect davit search --format '{{.Name}}' $index/private
check_output nginx

test "whatever goes wrong is one sentence"
while IFS=$'\t' read -r words sentence; do
	expect_fail 1 davit search "$index/$words"
	check [ "$(wc -l <<<"$err")" = 1 ]
	check_error ".*($sentence).*"
done <<-'END'
	html	the answer to the search: not JSON
	broken	answered HTTP 400: bad words
	huge	sent more than the 4194304 bytes allowed
	nameless	a result has no name
END
faulty-registry >other &
eventually 5 [ -s other ]
expect_fail 1 davit search 127.0.0.1:$(cat other)/x
check_error '.*cannot be searched: it has no such API'
expect_fail 1 davit search https://x/y
check_error '.*a registry is named without its scheme'
