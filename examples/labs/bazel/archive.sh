#!/bin/bash
# archive.sh PROGRAM OUT: a docker-archive whose one layer is the program; the same program gives the same bytes
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
install -D -m 755 "$1" "$directory/root/hello"
pack() { tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --directory="$@"; }
pack "$directory/root" hello >"$directory/layer.tar"
diff_id=$(sha256sum <"$directory/layer.tar" | cut -d' ' -f1)
cat >"$directory/config.json" <<END
{"architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/hello"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$diff_id"]}}
END
echo '[{"Config": "config.json", "RepoTags": ["bazel/hello:latest"], "Layers": ["layer.tar"]}]' >"$directory/manifest.json"
pack "$directory" config.json layer.tar manifest.json >"$2"
