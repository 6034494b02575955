FROM python:3
RUN <<-PYTHON
	#!/usr/bin/env python3
	import sys
	print(sys.version)
	PYTHON
RUN bash -e <<'ONE' && sh <<TWO
echo "$0 one"
ONE
echo two
TWO
COPY <<"crontab" <<entry.sh /etc/app/
*/5 * * * * root /usr/bin/job
crontab
#!/bin/sh
exec ${APP:-/app} "\$@"
entry.sh
RUN cat <<EOF > /etc/motd
Welcome to $(hostname)
  indented
EOF
