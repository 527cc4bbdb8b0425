#!/bin/bash
# build.sh NAME...: build these recipes as survive/NAME in the local Docker engine (see ../corpus/start-docker)
set -u
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- $(dirname */Dockerfile)
# what a container does not know of this machine: its certificates, which whoever installs ca-certificates then has, and Maven's repository
docker image inspect corpus/base >/dev/null 2>&1 || ../corpus/build.sh hello-c
docker image inspect survive/base >/dev/null 2>&1 ||
  { echo 'FROM corpus/base'; echo 'COPY . /usr/local/share/ca-certificates/'; } |
  DOCKER_BUILDKIT=0 docker build -q -t survive/base -f - /usr/local/share/ca-certificates >/dev/null
trusted=$(python3 -c 'from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)')
maven=$(unzip -p /usr/share/maven/lib/maven-model-builder-3.x.jar org/apache/maven/model/pom-4.0.0.xml 2>/dev/null |
  grep -om1 'https://[^<]*')
failed=0
for n in "$@"; do
  s=$(date +%s)
  if DOCKER_BUILDKIT=0 docker build --network host --build-arg BASE=survive/base \
       --build-arg PIP_TRUSTED_HOST="$trusted" --build-arg MAVEN="$maven" -t "survive/$n" "$n" > "/tmp/survive-build-$n.log" 2>&1
  then r=ok; else r="FAILED, see /tmp/survive-build-$n.log"; failed=1; fi
  echo "$n: $r, $(( $(date +%s) - s )) s, $(docker inspect -f '{{.Size}}' "survive/$n" 2>/dev/null) bytes"
done
exit $failed
