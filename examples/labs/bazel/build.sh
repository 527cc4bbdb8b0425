#!/bin/bash
# build.sh TARGET OUT: what Bazel makes of the target, as OUT/image.tar. Bazel comes from npm: the last version there that
# has the C++ rules in itself, so that nothing else is fetched. Where you have one: bazel build "//:$1".
set -euo pipefail
bazel=(npx --yes --package=@bazel/bazel-linux_x64@0.28.1 bazel)
state=$(mktemp -d)
trap 'chmod -R u+w "$state" && rm -r "$state"' EXIT
"${bazel[@]}" --batch --output_user_root="$state" build --symlink_prefix=/ --curses=no "//:$1"
built=$("${bazel[@]}" --batch --output_user_root="$state" info bazel-bin)
cp "$built/$1.tar" "$2/image.tar"
