#!/bin/sh
# What the image is for: debug and release builds, by make. The digests prove that every variant builds the same programs.
set -e
for kind in Debug Release; do
    cmake -S /project -B /tmp/$kind -DCMAKE_TOOLCHAIN_FILE=/project/aarch64.cmake -DCMAKE_BUILD_TYPE=$kind >/tmp/log ||
        { cat /tmp/log; exit 1; }
    cmake --build /tmp/$kind >/dev/null
    aarch64-linux-gnu-strip -o /tmp/$kind/stripped /tmp/$kind/hello
    sha256sum /tmp/$kind/hello /tmp/$kind/stripped
done
aarch64-linux-gnu-readelf --file-header /tmp/Release/hello | grep Machine
