#!/bin/sh
# Each link is an applet that is there, and the usual ones work together.
set -eu
busybox --list > /tmp/applets
for link in /usr/bin/* /usr/sbin/*; do
    [ -L "$link" ] || continue
    [ "$(readlink -f "$link")" = /usr/bin/busybox ] || { echo "$link leads elsewhere" >&2; exit 1; }
    grep -Fqx "$(basename "$link")" /tmp/applets || { echo "$link is no applet" >&2; exit 1; }
done
[ "$(id -un)" = nonroot ]
cd "$(mktemp -d)"
seq 1 100 | awk '{ sum += $1 } END { print sum }' | sed 's/^/sum /' > sum
[ "$(cat sum)" = "sum 5050" ]
mkdir -p one/two && cp sum one/two && tar -czf one.tar.gz one && rm -r one && tar -xzf one.tar.gz
find . -name sum -type f | xargs md5sum | cut -d' ' -f1 | sort -u | wc -l | grep -qx 1
[ "$(TZ=Asia/Tokyo date -d @0 +%H)" = 00 ] || [ "$(TZ=JST-9 date -d @0 +%H)" = 09 ]
echo hello > page
httpd -f -p 8080 &
for _ in $(seq 1 100); do [ "$(wget -qO- http://localhost:8080/page 2>/dev/null)" = hello ] && break; usleep 50000; done
[ "$(wget -qO- http://localhost:8080/page)" = hello ]
kill $!
